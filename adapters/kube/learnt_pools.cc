#include "adapters/kube/learnt_pools.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/kube/capacity_profile_status.h"
#include "adapters/kube/capacity_resource.h"
#include "adapters/kube/json_fields.h"
#include "adapters/kube/status_fields.h"
#include "base/time_text.h"

namespace loadcurve::kube {

Result<LearntPoolsReader::Told> LearntPoolsReader::Ask() {
  LC_TRY(const nlohmann::json object, client_.Get({kCapacityProfiles, "", profile_}));
  Told told;
  const nlohmann::json* const field = FieldAt(object, {"status"});
  if (field == nullptr) return told;
  const CapacityProfileStatus status = CapacityProfileStatusFrom(*field);
  told.speeds = status.speeds;
  if (!status.nodes || status.nodes->as_of == TimePoint()) return told;
  told.seen = SeenLossesOf(*status.nodes);
  told.as_of = status.nodes->as_of;
  return told;
}

Result<capacity::LossRecord> LearntPoolsReader::Believed(const Told& told) const {
  if (!told.seen)
    return Fail(ErrorCode::kNotFound, "CapacityProfile " + profile_ +
                                          ": status.nodes.asOf is absent: nobody plans its nodes");
  if (clock_.Now() - told.as_of > kBelieved)
    return Fail(ErrorCode::kInsufficientData, "status.nodes of CapacityProfile " + profile_ +
                                                  " is of " + WholeSeconds(told.as_of) +
                                                  ", more than " + loadcurve::ToString(kBelieved) +
                                                  " old");
  return *told.seen;
}

Result<LearntPools> LearntPoolsReader::Read() {
  auto asked = Ask();
  if (asked) {
    last_ = *std::move(asked);
  } else if (!IsRetryable(asked.error().code) || !last_) {
    last_.reset();
    return tl::unexpected(std::move(asked).error());
  }
  return LearntPools{.speeds = last_->speeds, .seen = Believed(*last_)};
}

}  // namespace loadcurve::kube
