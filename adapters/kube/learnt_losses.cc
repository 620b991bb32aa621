#include "adapters/kube/learnt_losses.h"

#include <nlohmann/json.hpp>

#include "adapters/kube/capacity_profile_status.h"
#include "adapters/kube/capacity_resource.h"
#include "adapters/kube/json_fields.h"
#include "adapters/kube/status_fields.h"
#include "base/time_text.h"

namespace loadcurve::kube {

Result<LearntLosses> LossReader::Ask() {
  LC_TRY(const nlohmann::json object, client_.Get({kCapacityProfiles, "", profile_}));
  const nlohmann::json* const status = FieldAt(object, {"status"});
  const auto nodes = status == nullptr ? std::nullopt : CapacityProfileStatusFrom(*status).nodes;
  if (!nodes || nodes->as_of == TimePoint())
    return Fail(ErrorCode::kNotFound, "CapacityProfile " + profile_ +
                                          ": status.nodes.asOf is absent: nobody plans its nodes");
  return LearntLosses{SeenLossesOf(*nodes), nodes->as_of};
}

Result<LearntLosses> LossReader::Read() {
  auto asked = Ask();
  if (asked) {
    last_ = *std::move(asked);
  } else if (!IsRetryable(asked.error().code) || !last_) {
    last_.reset();
    return tl::unexpected(std::move(asked).error());
  }
  if (clock_.Now() - last_->as_of > kBelieved)
    return Fail(ErrorCode::kInsufficientData, "status.nodes of CapacityProfile " + profile_ +
                                                  " is of " + WholeSeconds(last_->as_of) +
                                                  ", more than " + loadcurve::ToString(kBelieved) +
                                                  " old");
  return *last_;
}

}  // namespace loadcurve::kube
