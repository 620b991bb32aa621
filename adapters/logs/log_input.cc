#include "adapters/logs/log_input.h"

#include <algorithm>
#include <filesystem>
#include <span>
#include <string_view>
#include <utility>

#include "adapters/files/file_set.h"
#include "adapters/files/plain_file.h"
#include "adapters/logs/byte_order_mark.h"

namespace loadcurve::logs {
namespace {

constexpr std::size_t kSampleStep = 64 * 1024;
constexpr std::size_t kLargestSample = 4 << 20;

struct Sample {
  std::string bytes;
  bool is_whole = false;  // the log ends here
};

// The first lines, or all where there are fewer.
Result<Sample> TakeSample(files::ByteSource& source) {
  Sample sample;
  std::size_t lines = 0;
  while (lines < kSampleLines && sample.bytes.size() < kLargestSample) {
    const std::size_t before = sample.bytes.size();
    sample.bytes.resize(before + kSampleStep);
    LC_TRY(const std::size_t got, source.Read(std::span(sample.bytes).subspan(before)));
    sample.bytes.resize(before + got);
    lines += static_cast<std::size_t>(std::count(
        sample.bytes.begin() + static_cast<std::ptrdiff_t>(before), sample.bytes.end(), '\n'));
    if (got > 0) continue;
    sample.is_whole = true;
    break;
  }
  return sample;
}

std::vector<std::string_view> LinesOf(const Sample& sample) {
  std::vector<std::string_view> lines;
  std::string_view rest = WithoutMark(sample.bytes);
  while (!rest.empty() && lines.size() < kSampleLines) {
    const std::size_t size = rest.find('\n');
    if (size == std::string_view::npos && !sample.is_whole) break;
    std::string_view line = rest.substr(0, size);
    rest.remove_prefix(size == std::string_view::npos ? rest.size() : size + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

Result<void> LookAtFile(LogInput& input) {
  LC_TRY(const files::PlainFile file, files::PlainFile::Open(input.path));
  input.stored_bytes = file.Size();
  std::string beginning(files::kMagicSize, '\0');
  LC_TRY(const std::size_t got, file.ReadAt(0, beginning));
  beginning.resize(got);
  input.is_plain_file = files::CompressionOf(beginning) == files::Compression::kNone;
  return {};
}

// An input without lines has no parser.
Result<LogInput> OpenLog(const std::string& path, const LogOptions& options,
                         const FormatOptions& formats) {
  LogInput input;
  input.path = path;
  input.name = path == "-" ? "standard input" : path;
  // A pipe is opened once: its writer would notice a reader that goes away.
  std::error_code ignored;
  const bool is_regular = path != "-" && std::filesystem::is_regular_file(path, ignored);
  if (is_regular) LC_TRY_VOID(LookAtFile(input));
  LC_TRY(auto source, files::OpenBytes(path));
  LC_TRY(Sample sample, TakeSample(*source));
  const std::vector<std::string_view> lines = LinesOf(sample);
  if (!lines.empty()) {
    auto format = ChooseFormat(options.format, formats, lines);
    if (!format) return Within(input.name, format.error());
    input.format = *std::move(format);
  }
  if (!is_regular) input.stream = files::Rejoined(std::move(sample.bytes), std::move(source));
  return input;
}

}  // namespace

Result<std::vector<LogInput>> OpenLogs(const LogOptions& options, const FormatOptions& formats) {
  LC_TRY(const auto paths, files::ExpandPaths(options.paths));
  std::vector<LogInput> inputs;
  for (const std::string& path : paths) {
    LC_TRY(LogInput input, OpenLog(path, options, formats));
    if (input.format.parser != nullptr) inputs.push_back(std::move(input));
  }
  std::stable_sort(inputs.begin(), inputs.end(), [](const LogInput& a, const LogInput& b) {
    return a.format.first_end < b.format.first_end;
  });
  return inputs;
}

}  // namespace loadcurve::logs
