#include "scaler/right_sizer.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "scaler/replica_decider.h"
#include "scaler/right_sizing.h"
#include "scaler/step_start.h"

namespace loadcurve {
namespace {

constexpr Duration kShortestWindow = std::chrono::minutes(5);

}  // namespace

Duration SizingWindow(Duration step) {
  return step * std::max<std::int64_t>(1, (kShortestWindow + step - Duration(1)) / step);
}

SizingInputs SizingInputsOf(const ScalingProfileFields& fields) {
  const ReplicaCapacity& capacity = *fields.load.per_replica;
  SizingInputs inputs;
  inputs.planned = CarriedByOne(fields);
  inputs.sustained = PlannedLoad(capacity) / capacity.target_share.value();
  inputs.binding = capacity.binding;
  if (fields.right_sizing) inputs.prices = fields.right_sizing->prices;
  if (fields.objective.prices) {
    inputs.replica_hour = fields.objective.prices->replica_hour;
  } else if (fields.budget) {
    inputs.replica_hour = fields.budget->replica_hour;
  }
  return inputs;
}

RightSizer::RightSizer(std::unique_ptr<UsageSource> usage, Duration offset)
    : usage_(std::move(usage)), offset_(offset) {
  advice_.why = "nobody looked yet";
}

bool RightSizer::IsDue(TimePoint now) {
  // A clock that was set back waits no longer than it would have.
  if (!next_ || *next_ > now + kEvery + offset_) next_ = now + offset_;
  return now >= *next_;
}

void RightSizer::Look(const Present& present) {
  const ScalingProfileFields& fields = present.profile.fields();
  const TimePoint until = StepStart(present.now, present.load.step());
  const Duration window = SizingWindow(present.load.step());
  const auto used =
      usage_->Read(until - fields.right_sizing->history / window * window, until, window);
  next_ = present.now + (used ? kEvery : kAgainAfter);
  if (!used) {
    if (advice_.containers.empty()) {
      advice_ = {.at = present.now};
      advice_.why = "nothing is advised: " + used.error().message;
    }
    return;
  }
  if (!fields.load.per_replica) {
    advice_ = {.at = present.now};
    advice_.why = "nothing is advised: what one replica carries is not known";
    return;
  }
  const auto load = present.load.Between(until - fields.right_sizing->history, until);
  SizingInputs inputs = SizingInputsOf(fields);
  inputs.now = present.now;
  inputs.usage = &*used;
  inputs.window = window;
  if (load) inputs.load = &*load;
  inputs.resources = present.resources;
  inputs.replicas = present.replicas;
  advice_ = AdviseSizes(inputs);
}

}  // namespace loadcurve
