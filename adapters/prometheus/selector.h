#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace loadcurve::prometheus {

enum class MatchKind : std::uint8_t {
  kIs,            // =
  kIsNot,         // !=
  kMatches,       // =~, the whole value, RE2
  kDoesNotMatch,  // !~
};

struct LabelMatcher {
  std::string label;
  MatchKind kind = MatchKind::kIs;
  std::string value;

  bool operator==(const LabelMatcher&) const = default;
};

// The PromQL of an instant vector selector: `http_seconds_bucket{pod=~"a-.*"}`. Values are
// escaped. A metric name that PromQL does not take bare (OpenTelemetry's dots, in UTF-8
// servers) goes as {__name__="..."}; without a name the matchers say all.
std::string SelectorText(std::string_view metric, std::span<const LabelMatcher> matchers);

// The text with everything that RE2 would not take literally escaped.
std::string RegexLiteral(std::string_view text);

}  // namespace loadcurve::prometheus
