#include "adapters/logs/csv_parser.h"

#include <algorithm>
#include <utility>

#include "adapters/logs/byte_order_mark.h"

namespace loadcurve::logs {
namespace {

// The length of the column that `rest` begins with, quotes included; npos where its quotes
// do not close or something follows them.
std::size_t ColumnLength(std::string_view rest) {
  if (!rest.starts_with('"')) return std::min(rest.find(','), rest.size());
  std::size_t at = 1;
  while (true) {
    at = rest.find('"', at);
    if (at == std::string_view::npos) return at;
    ++at;
    if (at == rest.size() || rest[at] == ',') return at;
    if (rest[at] != '"') return std::string_view::npos;
    ++at;
  }
}

std::string WithoutQuotes(std::string_view column) {
  if (!column.starts_with('"')) return std::string(column);
  std::string text;
  for (std::size_t i = 1; i + 1 < column.size(); ++i) {
    text += column[i];
    i += column[i] == '"';
  }
  return text;
}

Result<std::vector<std::string>> ReadHeader(std::string_view header) {
  std::vector<std::string> names;
  std::string_view rest = header;
  while (true) {
    const std::size_t length = ColumnLength(rest);
    if (length == std::string_view::npos)
      return Fail(ErrorCode::kInvalidArgument,
                  "the header of the CSV has a quote that does not close");
    names.push_back(WithoutQuotes(rest.substr(0, length)));
    if (length == rest.size()) return names;
    rest.remove_prefix(length + 1);
  }
}

std::string Listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

Result<std::unique_ptr<LineParser>> CsvParser::Make(std::string_view header, const FieldMap& fields,
                                                    WantedFields wanted,
                                                    WorkloadSource workload_source) {
  header = WithoutMark(header);
  LC_TRY(const std::vector<std::string> names, ReadHeader(header));
  std::unique_ptr<CsvParser> parser(new CsvParser(wanted, workload_source));
  parser->header_ = header;
  parser->column_count_ = names.size();
  const bool is_well_known = &fields == &FieldMap::WellKnown();
  FieldMap used = fields.Where([&](const FieldSource& source) {
    return std::find(names.begin(), names.end(), source.column) != names.end();
  });
  for (const FieldSource& source : fields.sources()) {
    const auto found = std::find(names.begin(), names.end(), source.column);
    if (found != names.end()) {
      parser->used_.push_back({static_cast<std::size_t>(found - names.begin()), source});
    } else if (!is_well_known) {
      return Fail(ErrorCode::kInvalidArgument, "--fields names the column '" + source.column +
                                                   "'; the CSV has " + Listed(names));
    }
  }
  if (!used.CanPlaceRequests())
    return Fail(ErrorCode::kInvalidArgument,
                "no column of the CSV (" + Listed(names) +
                    ") is known to hold a time and a duration; name them with "
                    "--fields end=COLUMN,duration=COLUMN:ms");
  std::sort(parser->used_.begin(), parser->used_.end(),
            [](const UsedColumn& a, const UsedColumn& b) { return a.index < b.index; });
  parser->duration_source_ = used.DurationColumns();
  return parser;
}

std::unique_ptr<LineParser> CsvParser::Clone() const {
  return std::unique_ptr<LineParser>(new CsvParser(*this));
}

std::string_view CsvParser::Unquote(std::string_view quoted, std::size_t line_size) {
  quoted = quoted.substr(1, quoted.size() - 2);
  if (quoted.find('"') == std::string_view::npos) return quoted;
  // All columns of a line together fit into its size, so earlier views stay valid.
  if (unquoted_.empty()) unquoted_.reserve(line_size);
  const std::size_t first = unquoted_.size();
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    unquoted_ += quoted[i];
    i += quoted[i] == '"';
  }
  return std::string_view(unquoted_).substr(first);
}

BadLine CsvParser::Parse(std::string_view line, LoggedRequest& request) {
  request = {};
  line = WithoutMark(line);
  if (line == header_) return BadLine::kHeader;
  gatherer_.Clear();
  unquoted_.clear();
  auto used = used_.begin();
  std::string_view rest = line;
  std::size_t index = 0;
  while (true) {
    const std::size_t length = ColumnLength(rest);
    if (length == std::string_view::npos) return BadLine::kShape;
    for (; used != used_.end() && used->index == index; ++used) {
      std::string_view text = rest.substr(0, length);
      if (text.starts_with('"')) text = Unquote(text, line.size());
      gatherer_.Take(used->source, text);
    }
    ++index;
    if (length == rest.size()) break;
    rest.remove_prefix(length + 1);
  }
  return index == column_count_ ? gatherer_.Finish(request) : BadLine::kShape;
}

}  // namespace loadcurve::logs
