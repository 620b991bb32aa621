#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace loadcurve::files {

// A whole CSV table with a header, as CsvReader reads it.
class CsvRows {
 public:
  struct Row {
    std::size_t line = 0;  // where it begins, from 1
    std::vector<std::string> cells;
  };

  // A row with more or fewer cells than the header, or a quote that never closes, is
  // kInvalidArgument with `name` and the line. So is a text without a header.
  [[nodiscard]] static Result<CsvRows> Parse(std::string_view text, const std::string& name);

  const std::vector<std::string>& header() const { return header_; }
  const std::vector<Row>& rows() const { return rows_; }

  std::optional<std::size_t> ColumnOf(std::string_view header) const;

 private:
  std::vector<std::string> header_;
  std::vector<Row> rows_;
};

}  // namespace loadcurve::files
