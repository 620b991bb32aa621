#include "scaler/twin/families.h"

#include <algorithm>
#include <array>
#include <utility>

#include "scaler/twin/loadcurve_policy.h"
#include "scaler/twin/rivals.h"
#include "scaler/twin/scheduled_family.h"

namespace loadcurve::twin {
namespace {

using MakeFamily = std::unique_ptr<PolicyFamily> (*)(const FamilyInputs&);

// The `cron` trigger of KEDA, the crons of an EHPA: the largest of all triggers holds.
template <MakeFamily make>
std::unique_ptr<PolicyFamily> WithFloors(const FamilyInputs& inputs) {
  return WithSchedules(make(inputs), inputs, ScheduleKind::kFloors);
}

// The instanceBounds of AHPA, the scheduled actions of AWS.
template <MakeFamily make>
std::unique_ptr<PolicyFamily> WithBounds(const FamilyInputs& inputs) {
  return WithSchedules(make(inputs), inputs, ScheduleKind::kBounds);
}

constexpr std::array<std::pair<std::string_view, MakeFamily>, 12> kFamilies = {{
    {"loadcurve", Loadcurve},
    {"hpa-cpu", HpaOnCpu},
    {"hpa-qps", HpaOnQps},
    {"hpa-metricsqps", HpaOnMetricsQps},
    {"keda-cron", WithFloors<KedaCron>},
    {"crane-ehpa", WithFloors<CraneEhpa>},
    {"ahpa", WithBounds<AhpaStyle>},
    {"aws-predictive", WithBounds<AwsPredictive>},
    {"phpa", Phpa},
    {"cudgx", CudgxKeeper},
    {"quantile", VolatilityQuantile},
    {"static-peak", StaticPeak},
}};

Result<MakeFamily> Find(std::string_view name) {
  std::string known;
  for (const auto& [family, make] : kFamilies) {
    if (family == name) return make;
    known += ", " + std::string(family);
  }
  return Fail(ErrorCode::kInvalidArgument,
              "'" + std::string(name) + "' is not a policy; expected all" + known);
}

}  // namespace

std::vector<std::string_view> FamilyNames() {
  std::vector<std::string_view> names;
  for (const auto& [name, make] : kFamilies) names.push_back(name);
  return names;
}

Result<std::vector<std::unique_ptr<PolicyFamily>>> MakeFamilies(std::string_view names,
                                                                const FamilyInputs& inputs) {
  std::vector<MakeFamily> chosen;
  if (names == "all") {
    for (const auto& [name, make] : kFamilies) chosen.push_back(make);
  } else {
    for (std::size_t from = 0; from <= names.size();) {
      const std::size_t comma = std::min(names.find(',', from), names.size());
      LC_TRY(const MakeFamily make, Find(names.substr(from, comma - from)));
      chosen.push_back(make);
      from = comma + 1;
    }
  }
  std::vector<std::unique_ptr<PolicyFamily>> families;
  for (const MakeFamily make : chosen) families.push_back(make(inputs));
  return families;
}

}  // namespace loadcurve::twin
