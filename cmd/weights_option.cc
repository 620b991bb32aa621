#include "cmd/weights_option.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "adapters/profile_codec/profile_codec.h"
#include "base/time_text.h"

namespace loadcurve {

void WeightsOption::AddTo(CLI::App& command) {
  command
      .add_option("--weights", name_,
                  "What requests cost: occupancy (default; time held), cudgx (its five "
                  "constants), or a file of ScalingProfiles as calibrate writes it")
      ->option_text("occupancy|cudgx|FILE");
  command
      .add_option("--reference", reference_,
                  "With occupancy: how long the reference request takes (default 100ms)")
      ->option_text("DURATION");
}

Result<void> WeightsOption::Load() {
  if (name_ == "cudgx") {
    for_all_ = RequestWeights::Cudgx();
    return {};
  }
  if (name_ == "occupancy") {
    LC_TRY(const Duration reference, ParseDuration(reference_));
    LC_TRY(for_all_, RequestWeights::Occupancy(reference));
    return {};
  }
  const auto profiles = profile_codec::ReadProfiles(name_);
  if (!profiles && profiles.error().code == ErrorCode::kNotFound)
    return Fail(ErrorCode::kNotFound, "--weights is '" + name_ +
                                          "': there is no such file; expected occupancy, cudgx "
                                          "or a file of ScalingProfiles");
  if (!profiles) return Within("--weights", profiles.error());
  for (const ScalingProfile& profile : *profiles) {
    const LoadSpec& load = profile.fields().load;
    if (!load.weights) continue;
    const std::string workload =
        load.source.workload.empty() ? profile.Workload().name : load.source.workload;
    of_workload_.emplace(profiles->size() == 1 && load.source.workload.empty() ? "" : workload,
                         *load.weights);
  }
  if (of_workload_.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "--weights is '" + name_ +
                    "', whose profiles weigh no requests; expected one with spec.load.weights");
  return {};
}

const RequestWeights* WeightsOption::Of(const std::string& workload) const {
  if (for_all_) return &*for_all_;
  if (const auto found = of_workload_.find(workload); found != of_workload_.end())
    return &found->second;
  const bool is_only_one = of_workload_.size() == 1;
  const bool tells_apart = !workload.empty() && !of_workload_.contains("");
  return is_only_one && !tells_apart ? &of_workload_.begin()->second : nullptr;
}

bool WeightsOption::IsByRoute() const {
  return std::any_of(of_workload_.begin(), of_workload_.end(),
                     [](const auto& entry) { return entry.second.curves().size() > 1; });
}

}  // namespace loadcurve
