#include "adapters/files/csv_reader.h"

#include <algorithm>

namespace loadcurve::files {

CsvReader::CsvReader(std::string_view text, std::string_view file_name)
    : rest_(text), file_name_(file_name) {
  if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
}

std::string CsvReader::Where() const {
  return std::string(file_name_) + ":" + std::to_string(row_line_);
}

Result<void> CsvReader::TakeQuoted(std::string& cell) {
  rest_.remove_prefix(1);
  while (true) {
    const std::size_t quote = rest_.find('"');
    if (quote == std::string_view::npos)
      return Fail(ErrorCode::kInvalidArgument,
                  Where() + ": a quoted cell is never closed; expected a second '\"'");
    for (const char c : rest_.substr(0, quote)) line_ += c == '\n' ? 1 : 0;
    cell += rest_.substr(0, quote);
    rest_.remove_prefix(quote + 1);
    if (!rest_.starts_with('"')) return {};
    cell += '"';
    rest_.remove_prefix(1);
  }
}

Result<void> CsvReader::TakeCell(std::string& cell) {
  if (rest_.starts_with('"')) {
    LC_TRY_VOID(TakeQuoted(cell));
    if (rest_.empty() || rest_.starts_with(',') || rest_.starts_with('\n') ||
        rest_.starts_with("\r\n"))
      return {};
    return Fail(ErrorCode::kInvalidArgument,
                Where() + ": text follows the closing quote of a cell; expected a comma");
  }
  const std::size_t end = std::min(rest_.find_first_of(",\n"), rest_.size());
  cell = rest_.substr(0, end);
  rest_.remove_prefix(end);
  if (cell.ends_with('\r') && !rest_.starts_with(',')) cell.pop_back();
  return {};
}

Result<const std::vector<std::string>*> CsvReader::Next() {
  while (rest_.starts_with('\n') || rest_.starts_with("\r\n")) {
    rest_.remove_prefix(rest_.starts_with('\n') ? 1 : 2);
    ++line_;
  }
  row_line_ = line_;
  std::size_t count = 0;
  bool is_open = !rest_.empty();
  while (is_open) {
    if (count == cells_.size()) cells_.emplace_back();
    cells_[count].clear();
    LC_TRY_VOID(TakeCell(cells_[count++]));
    if (rest_.starts_with("\r\n")) rest_.remove_prefix(1);
    is_open = rest_.starts_with(',');
    if (rest_.starts_with('\n')) ++line_;
    if (!rest_.empty()) rest_.remove_prefix(1);
  }
  cells_.resize(count);
  return &cells_;
}

}  // namespace loadcurve::files
