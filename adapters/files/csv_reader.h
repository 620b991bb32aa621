#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace loadcurve::files {

// Reads the rows of a CSV text (RFC 4180) one after the other: quoted cells may hold commas,
// doubled quotes and line breaks; lines end in \n or \r\n; a byte-order mark and lines
// without any character are skipped.
class CsvReader {
 public:
  // `text` outlives this object; `file_name` is for messages.
  CsvReader(std::string_view text, std::string_view file_name);

  // The cells of the next row, valid until the next call; no cells at the end. A quote
  // that is never closed, or followed by more than a comma, is kInvalidArgument.
  [[nodiscard]] Result<const std::vector<std::string>*> Next();

  // Where the row that Next gave last begins, counted from 1; and "file.csv:12".
  std::size_t line() const { return row_line_; }
  std::string Where() const;

 private:
  [[nodiscard]] Result<void> TakeCell(std::string& cell);
  [[nodiscard]] Result<void> TakeQuoted(std::string& cell);

  std::string_view rest_;
  std::string_view file_name_;
  std::size_t line_ = 1;      // of the character that comes next
  std::size_t row_line_ = 1;  // where the last row began
  std::vector<std::string> cells_;
};

}  // namespace loadcurve::files
