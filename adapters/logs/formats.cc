#include "adapters/logs/formats.h"

#include <utility>

#include "adapters/logs/envoy_parser.h"
#include "adapters/logs/text_format.h"

namespace loadcurve::logs {
namespace {

TextFormatOptions TextOptions(const FormatOptions& options) {
  return {options.wanted, options.workload_source, options.duration, options.time_zone};
}

}  // namespace

std::vector<std::unique_ptr<LineParser>> KnownFormats(const FormatOptions& options) {
  std::vector<std::unique_ptr<LineParser>> formats;
  formats.push_back(std::make_unique<EnvoyParser>(options.wanted, options.workload_source));
  for (auto& format : KnownTextFormats(TextOptions(options))) formats.push_back(std::move(format));
  return formats;
}

Result<std::unique_ptr<LineParser>> FormatByName(std::string_view name,
                                                 const FormatOptions& options) {
  if (IsTextFormat(name)) return TextFormat(name, TextOptions(options));
  std::string names;
  for (std::unique_ptr<LineParser>& format : KnownFormats(options)) {
    if (format->FormatName() == name) return std::move(format);
    if (names.find(format->FormatName()) == std::string::npos)
      names += std::string(format->FormatName()) + ", ";
  }
  return Fail(ErrorCode::kInvalidArgument, "'" + std::string(name) +
                                               "' is not a log format; expected one of " + names +
                                               "an nginx log_format or an Apache LogFormat");
}

}  // namespace loadcurve::logs
