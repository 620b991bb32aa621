#include "scaler/adopted_calibration.h"

#include <tuple>
#include <utility>

namespace loadcurve {
namespace {

std::optional<MetricsQps> LoadOf(const std::optional<ReplicaCapacity>& capacity) {
  return capacity ? std::optional(capacity->load) : std::nullopt;
}

}  // namespace

bool AdoptedCalibration::operator==(const AdoptedCalibration& other) const {
  return costs.weights.version() == other.costs.weights.version() &&
         costs.per_replica == other.costs.per_replica && adopted_at == other.adopted_at &&
         instead_of == other.instead_of && instead_of_load == other.instead_of_load;
}

bool CalibrationReport::operator==(const CalibrationReport& other) const {
  const auto attempt = [](const OnlineCalibration& one) {
    return std::tuple(one.outcome, one.why, one.idle, one.windows_used, one.windows_excluded,
                      one.error_in_force, one.error_candidate, one.saving_in_errors);
  };
  return adopted == other.adopted && tried_at == other.tried_at &&
         attempt(last) == attempt(other.last);
}

AdoptedCalibration AdoptedFor(const ScalingProfile& spec, RequestCosts costs, TimePoint now) {
  const RequestCosts own = CostsOf(spec);
  return {std::move(costs), now, own.weights.version(), LoadOf(own.per_replica)};
}

bool IsFor(const AdoptedCalibration& adopted, const ScalingProfile& spec) {
  if (!spec.fields().load.calibration.is_online) return false;
  const RequestCosts own = CostsOf(spec);
  return adopted.instead_of == own.weights.version() &&
         adopted.instead_of_load == LoadOf(own.per_replica);
}

Result<ScalingProfile> WithCosts(const ScalingProfile& spec, const RequestCosts& costs) {
  ScalingProfileFields fields = spec.fields();
  fields.load.weights = costs.weights;
  const auto stated = std::exchange(fields.load.per_replica, costs.per_replica);
  // Memory is stated, and nothing that a calibration finds.
  if (stated && fields.load.per_replica) fields.load.per_replica->memory = stated->memory;
  return ScalingProfile::Make(std::move(fields));
}

RequestCosts CostsOf(const ScalingProfile& profile) {
  return {*profile.fields().load.weights, profile.fields().load.per_replica};
}

}  // namespace loadcurve
