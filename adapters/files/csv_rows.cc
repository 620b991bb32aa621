#include "adapters/files/csv_rows.h"

#include <algorithm>
#include <utility>

#include "adapters/files/csv_reader.h"

namespace loadcurve::files {

Result<CsvRows> CsvRows::Parse(std::string_view text, const std::string& name) {
  CsvReader reader(text, name);
  LC_TRY(const auto* header, reader.Next());
  if (header->empty())
    return Fail(ErrorCode::kInvalidArgument, name + " is empty; expected CSV with a header");
  CsvRows table;
  table.header_ = *header;
  while (true) {
    LC_TRY(const auto* cells, reader.Next());
    if (cells->empty()) return table;
    if (cells->size() != table.header_.size())
      return Fail(ErrorCode::kInvalidArgument,
                  reader.Where() + ": found " + std::to_string(cells->size()) +
                      " cells; expected " + std::to_string(table.header_.size()) +
                      " as in the header");
    table.rows_.push_back({reader.line(), *cells});
  }
}

std::optional<std::size_t> CsvRows::ColumnOf(std::string_view header) const {
  const auto found = std::find(header_.begin(), header_.end(), header);
  if (found == header_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header_.begin());
}

}  // namespace loadcurve::files
