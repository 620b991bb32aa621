#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/logs/field_gatherer.h"
#include "adapters/logs/field_map.h"
#include "adapters/logs/line_parser.h"
#include "base/result.h"

namespace loadcurve::logs {

// CSV by RFC 4180 with a header: commas, quotes around what holds commas or quotes, a quote
// doubled within. A quoted line break is not read (kShape). A line with fewer or more columns
// than the header is kShape. A line equal to the header is kHeader, so that files may be
// joined.
class CsvParser final : public LineParser {
 public:
  // `header` is the first line of the log. With a map of the user's, a column that the header
  // lacks is kInvalidArgument and names those it has; with FieldMap::WellKnown(), a header
  // without a known time or duration is.
  [[nodiscard]] static Result<std::unique_ptr<LineParser>> Make(
      std::string_view header, const FieldMap& fields, WantedFields wanted,
      WorkloadSource workload_source = WorkloadSource::kBestKnown);

  BadLine Parse(std::string_view line, LoggedRequest& request) override;
  std::unique_ptr<LineParser> Clone() const override;
  std::string_view FormatName() const override { return "csv"; }
  std::string DurationSource() const override { return duration_source_; }

 private:
  struct UsedColumn {
    std::size_t index = 0;
    FieldSource source;
  };

  CsvParser(WantedFields wanted, WorkloadSource workload_source)
      : gatherer_(wanted, workload_source) {}
  CsvParser(const CsvParser&) = default;

  std::string_view Unquote(std::string_view quoted, std::size_t line_size);

  std::string header_;
  std::size_t column_count_ = 0;
  std::vector<UsedColumn> used_;  // by index
  std::string duration_source_;
  FieldGatherer gatherer_;
  std::string unquoted_;  // columns of this line in which quotes were doubled
};

}  // namespace loadcurve::logs
