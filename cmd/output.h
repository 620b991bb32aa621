#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "cmd/command_line.h"

namespace loadcurve {

enum class OutputFormat { kTable, kCsv, kJson };

// Adds -o, --output table|csv|json.
void AddOutputOption(CLI::App& command, OutputFormat& format);

// Made by the one of three that the format asks for; each is called without arguments.
template <class Text, class Csv, class Json>
std::string InFormat(OutputFormat format, Text text, Csv csv, Json json) {
  if (format == OutputFormat::kJson) return json();
  return format == OutputFormat::kCsv ? csv() : text();
}

// Rows of text under a header; every row has as many cells as the header.
struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};

// Columns aligned for the eye: numbers to the right, words to the left.
std::string ToText(const Table& table);

// RFC 4180: cells with a comma, a quote or a line break are quoted; lines end in \n.
std::string ToCsv(const Table& table);

// The shortest decimal that reads back as the same double; "" for NaN.
std::string ExactNumber(double value);

// `digits` significant digits, without trailing zeros, for tables: 1234.5678 -> 1234.57
// with 6; "-" for NaN.
std::string RoundNumber(double value, int digits = 6);

// A line on stderr that overwrites itself; silent unless stderr is a terminal.
class Progress {
 public:
  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Show(const std::string& line);

 private:
  bool is_terminal_;
  bool is_shown_ = false;
};

}  // namespace loadcurve
