#include "cmd/output.h"

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/check.h"

namespace loadcurve {
namespace {

bool LooksLikeNumber(const std::string& cell) {
  if (cell.empty() || cell == "-") return true;
  return cell.find_first_not_of("0123456789.+-eE%") == std::string::npos;
}

// Code points, not bytes, so that accents do not shift a column.
std::size_t WidthOf(const std::string& cell) {
  return static_cast<std::size_t>(
      std::count_if(cell.begin(), cell.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string CsvCell(const std::string& cell) {
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

void AppendCsvRow(const std::vector<std::string>& row, std::string& text) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) text += ',';
    text += CsvCell(row[i]);
  }
  text += '\n';
}

}  // namespace

void AddOutputOption(CLI::App& command, OutputFormat& format) {
  static const std::map<std::string, OutputFormat> kNames = {
      {"table", OutputFormat::kTable}, {"csv", OutputFormat::kCsv}, {"json", OutputFormat::kJson}};
  command.add_option("-o,--output", format, "How to print: table (default), csv or json")
      ->transform(CLI::CheckedTransformer(kNames, CLI::ignore_case).description(""))
      ->option_text("table|csv|json");
}

std::string ToText(const Table& table) {
  std::vector<std::size_t> widths(table.header.size());
  std::vector<bool> is_number(table.header.size(), true);
  for (std::size_t column = 0; column < widths.size(); ++column) {
    widths[column] = WidthOf(table.header[column]);
    for (const auto& row : table.rows) {
      Check(row.size() == table.header.size(), "every row has one cell a column");
      widths[column] = std::max(widths[column], WidthOf(row[column]));
      if (!LooksLikeNumber(row[column])) is_number[column] = false;
    }
  }
  std::string text;
  const auto append = [&](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
      const std::string padding(widths[column] - WidthOf(row[column]), ' ');
      if (column > 0) line += "  ";
      line += is_number[column] ? padding + row[column] : row[column] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  };
  append(table.header);
  for (const auto& row : table.rows) append(row);
  return text;
}

std::string ToCsv(const Table& table) {
  std::string text;
  AppendCsvRow(table.header, text);
  for (const auto& row : table.rows) AppendCsvRow(row, text);
  return text;
}

std::string ExactNumber(double value) {
  if (std::isnan(value)) return "";
  if (value == std::floor(value) && std::abs(value) < 1e15) return fmt::format("{:.0f}", value);
  return fmt::format("{}", value);
}

std::string RoundNumber(double value, int digits) {
  if (std::isnan(value)) return "-";
  return fmt::format("{:.{}g}", value, digits);
}

Progress::Progress() : is_terminal_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (is_shown_) fmt::print(stderr, "\r\033[K");
}

void Progress::Show(const std::string& line) {
  if (!is_terminal_) return;
  fmt::print(stderr, "\r\033[K{}", line);
  std::fflush(stderr);
  is_shown_ = true;
}

}  // namespace loadcurve
