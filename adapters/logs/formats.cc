#include "adapters/logs/formats.h"

#include "adapters/logs/envoy_parser.h"

namespace loadcurve::logs {

std::vector<std::unique_ptr<LineParser>> KnownFormats(const FormatOptions& options) {
  std::vector<std::unique_ptr<LineParser>> formats;
  formats.push_back(std::make_unique<EnvoyParser>(options.wanted, options.workload_source));
  return formats;
}

Result<std::unique_ptr<LineParser>> FormatByName(std::string_view name,
                                                 const FormatOptions& options) {
  std::string names;
  for (std::unique_ptr<LineParser>& format : KnownFormats(options)) {
    if (format->FormatName() == name) return std::move(format);
    names += (names.empty() ? "" : ", ") + std::string(format->FormatName());
  }
  return Fail(ErrorCode::kInvalidArgument,
              "'" + std::string(name) + "' is not a log format; expected one of " + names);
}

}  // namespace loadcurve::logs
