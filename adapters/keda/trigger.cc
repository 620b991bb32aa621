#include "adapters/keda/trigger.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include "scaler/scaling_profile.h"

namespace loadcurve::keda {
namespace {

constexpr std::string_view kProfile = "scalingprofile";
constexpr std::string_view kMetric = "metric";
constexpr std::string_view kTarget = "target";

tl::unexpected<Error> Refuse(std::string_view entry, std::string_view found,
                             std::string_view expected) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("metadata.{} is '{}'; expected {}", entry, found, expected));
}

std::string Value(const TriggerText& text, std::string_view entry, std::string otherwise) {
  const auto found = text.metadata.find(std::string(entry));
  return found == text.metadata.end() ? std::move(otherwise) : found->second;
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

// 'scalingProfile' would be passed over, and something else scaled.
Result<void> CheckSpelling(const TriggerText& text) {
  for (const auto& [entry, value] : text.metadata) {
    for (const std::string_view ours : {kProfile, kMetric, kTarget}) {
      if (entry != ours && LowerCase(entry) == ours)
        return Fail(ErrorCode::kInvalidArgument,
                    fmt::format("metadata has '{}'; expected '{}'", entry, ours));
    }
  }
  return {};
}

Result<double> TargetOf(const TriggerText& text, const std::string& metric, bool is_count) {
  const std::string written = Value(text, kTarget, is_count ? "1" : "");
  double target = 0;
  const char* const end = written.data() + written.size();
  const auto [stop, error] = std::from_chars(written.data(), end, target);
  if (error != std::errc() || stop != end || !std::isfinite(target) || target <= 0)
    return Refuse(kTarget, written,
                  fmt::format("a number above 0, the {} that one replica is to have", metric));
  if (is_count && target != 1)
    return Refuse(kTarget, written,
                  fmt::format("1, or none: {} is the count of replicas itself", metric));
  return target;
}

}  // namespace

Result<Trigger> TriggerOf(const TriggerText& text, const std::vector<std::string>& metrics) {
  LC_TRY_VOID(CheckSpelling(text));
  const std::string profile = Value(text, kProfile, text.name);
  if (!IsDnsLabel(profile))
    return Refuse(kProfile, profile, "the name of a ScalingProfile in the same namespace");
  const std::string metric = Value(text, kMetric, metrics.front());
  if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end())
    return Refuse(kMetric, metric, fmt::format("one of {}", fmt::join(metrics, ", ")));
  LC_TRY(const double target, TargetOf(text, metric, metric == metrics.front()));
  return Trigger{{text.namespace_name, profile, metric}, target};
}

}  // namespace loadcurve::keda
