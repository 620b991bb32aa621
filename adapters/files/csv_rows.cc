#include "adapters/files/csv_rows.h"

#include <algorithm>
#include <utility>

namespace loadcurve::files {
namespace {

// Cuts a text into rows of cells, keeping count of lines.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
  }

  bool AtEnd() const { return rest_.empty(); }
  std::size_t line() const { return line_; }

  // False where a quote never closes.
  bool TakeRow(std::vector<std::string>& cells) {
    cells.clear();
    while (true) {
      cells.emplace_back();
      if (!TakeCell(cells.back())) return false;
      if (rest_.empty()) return true;
      const char end = rest_.front();
      rest_.remove_prefix(1);
      if (end == ',') continue;
      ++line_;
      return true;
    }
  }

 private:
  // Leaves the comma or line break that ends the cell.
  bool TakeCell(std::string& cell) {
    if (rest_.starts_with('"')) return TakeQuoted(cell);
    const std::size_t end = std::min(rest_.find_first_of(",\n"), rest_.size());
    cell = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (!cell.empty() && cell.back() == '\r' && !rest_.starts_with(',')) cell.pop_back();
    return true;
  }

  bool TakeQuoted(std::string& cell) {
    rest_.remove_prefix(1);
    while (true) {
      const std::size_t quote = rest_.find('"');
      if (quote == std::string_view::npos) return false;
      const std::string_view part = rest_.substr(0, quote);
      line_ += static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
      cell += part;
      rest_.remove_prefix(quote + 1);
      if (!rest_.starts_with('"')) break;
      cell += '"';
      rest_.remove_prefix(1);
    }
    // What follows a closing quote up to the separator is kept as it stands.
    const std::size_t end = std::min(rest_.find_first_of(",\n"), rest_.size());
    std::string_view tail = rest_.substr(0, end);
    if (tail.ends_with('\r')) tail.remove_suffix(1);
    cell += tail;
    rest_.remove_prefix(end);
    return true;
  }

  std::string_view rest_;
  std::size_t line_ = 1;
};

}  // namespace

Result<CsvRows> CsvRows::Parse(std::string_view text, const std::string& name) {
  CsvRows table;
  Scanner scanner(text);
  Row row;
  while (!scanner.AtEnd()) {
    row.line = scanner.line();
    const std::string where = name + ":" + std::to_string(row.line);
    if (!scanner.TakeRow(row.cells))
      return Fail(ErrorCode::kInvalidArgument, where + ": a quote that never closes");
    if (row.cells.size() == 1 && row.cells.front().empty()) continue;
    if (table.header_.empty()) {
      table.header_ = row.cells;
      continue;
    }
    if (row.cells.size() != table.header_.size())
      return Fail(ErrorCode::kInvalidArgument,
                  where + ": found " + std::to_string(row.cells.size()) + " cells; expected " +
                      std::to_string(table.header_.size()) + " as in the header");
    table.rows_.push_back(row);
  }
  if (table.header_.empty())
    return Fail(ErrorCode::kInvalidArgument, name + " is empty; expected CSV with a header");
  return table;
}

std::optional<std::size_t> CsvRows::ColumnOf(std::string_view header) const {
  const auto found = std::find(header_.begin(), header_.end(), header);
  if (found == header_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header_.begin());
}

}  // namespace loadcurve::files
