#include "adapters/logs/formats.h"

#include <array>
#include <utility>

#include "adapters/logs/csv_parser.h"
#include "adapters/logs/elb_parser.h"
#include "adapters/logs/envoy_parser.h"
#include "adapters/logs/json_parser.h"
#include "adapters/logs/text_format.h"

namespace loadcurve::logs {
namespace {

// Those that are no text formats of nginx or Apache.
constexpr std::array<std::string_view, 5> kNames = {"envoy", "alb", "elb", "json", "csv"};

TextFormatOptions TextOptions(const FormatOptions& options) {
  return {options.wanted, options.workload_source, options.duration, options.time_zone};
}

const FieldMap& FieldsOf(const FormatOptions& options) {
  return options.fields ? *options.fields : FieldMap::WellKnown();
}

tl::unexpected<Error> UnknownName(std::string_view name, const std::string& text_names) {
  std::string names;
  for (const std::string_view known : kNames) names += std::string(known) + ", ";
  return Fail(ErrorCode::kInvalidArgument,
              "'" + std::string(name) + "' is not a log format; expected one of " + names +
                  text_names + "an nginx log_format or an Apache LogFormat");
}

}  // namespace

Result<std::unique_ptr<LineParser>> FormatByName(std::string_view name,
                                                 const FormatOptions& options) {
  const auto wanted = options.wanted;
  const auto source = options.workload_source;
  if (name == "envoy") return std::make_unique<EnvoyParser>(wanted, source);
  if (name == "alb") return std::make_unique<AlbParser>(wanted, source);
  if (name == "elb") return std::make_unique<ClassicElbParser>(wanted, source);
  if (name == "json") return std::make_unique<JsonParser>(FieldsOf(options), wanted, source);
  if (name == "csv") return CsvParser::Make(options.first_line, FieldsOf(options), wanted, source);
  if (IsTextFormat(name)) return TextFormat(name, TextOptions(options));
  std::string names;
  for (auto& format : KnownTextFormats(TextOptions(options))) {
    if (format->FormatName() == name) return std::move(format);
    if (names.find(format->FormatName()) == std::string::npos)
      names += std::string(format->FormatName()) + ", ";
  }
  return UnknownName(name, names);
}

Result<std::unique_ptr<LineParser>> FormatOfFields(const FormatOptions& options) {
  return FormatByName(options.first_line.starts_with('{') ? "json" : "csv", options);
}

std::vector<std::unique_ptr<LineParser>> KnownFormats(const FormatOptions& options) {
  std::vector<std::unique_ptr<LineParser>> formats;
  for (const std::string_view name : kNames) {
    if (auto format = FormatByName(name, options)) formats.push_back(*std::move(format));
  }
  for (auto& format : KnownTextFormats(TextOptions(options))) formats.push_back(std::move(format));
  return formats;
}

}  // namespace loadcurve::logs
