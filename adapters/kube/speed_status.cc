#include "adapters/kube/speed_status.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "adapters/kube/json_fields.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

bool Differ(const InstanceSpeed& written, const InstanceSpeed& next) {
  constexpr double kALittle = 0.02;
  return IsBelieved(written) != IsBelieved(next) ||
         std::abs(next.speed / written.speed - 1) > kALittle;
}

}  // namespace

json ToJson(const SpeedReport& report) {
  json families = json::array();
  for (const auto& [family, speed] : report.families)
    families.push_back({{"family", family},
                        {"speed", speed.speed},
                        {"low", speed.low},
                        {"high", speed.high},
                        {"windows", speed.windows}});
  return {{"reference", report.reference}, {"message", report.why}, {"families", families}};
}

SpeedReport SpeedReportFrom(const json& object) {
  SpeedReport report;
  report.reference = TextAt(object, {"reference"});
  report.why = TextAt(object, {"message"});
  const json* const families = FieldAt(object, {"families"});
  if (families == nullptr || !families->is_array()) return report;
  for (const json& each : *families) {
    const std::string family = TextAt(each, {"family"});
    const double speed = NumberAt(each, {"speed"}).value_or(0);
    const double low = NumberAt(each, {"low"}).value_or(0);
    const double high = NumberAt(each, {"high"}).value_or(0);
    const std::int64_t windows = WholeAt(each, {"windows"}).value_or(0);
    if (family.empty() || !(low > 0) || !(low <= speed) || !(speed <= high) || windows < 0)
      continue;
    report.families[family] = {speed, low, high, static_cast<std::size_t>(windows)};
  }
  return report;
}

bool IsNews(const std::optional<SpeedReport>& written, const std::optional<SpeedReport>& next) {
  if (written.has_value() != next.has_value()) return true;
  if (!next) return false;
  return written->reference != next->reference ||
         !std::ranges::equal(
             written->families, next->families, [](const auto& before, const auto& after) {
               return before.first == after.first && !Differ(before.second, after.second);
             });
}

}  // namespace loadcurve::kube
