#include "cmd/capacity_json.h"

#include <nlohmann/json.hpp>

namespace loadcurve {

using nlohmann::json;

json ToJson(const RateEstimate& estimate) {
  return {{"value", estimate.value}, {"low", estimate.low}, {"high", estimate.high}};
}

json ToJson(const std::optional<RateEstimate>& estimate) {
  return estimate ? ToJson(*estimate) : json(nullptr);
}

json ToJson(const ReplicaCapacity& capacity) {
  return {{"metricsqps", capacity.load.value()},
          {"low", capacity.low.value()},
          {"high", capacity.high.value()},
          {"binding", Name(capacity.binding)},
          {"weights_version", capacity.weights_version}};
}

json ToJson(const ProfileComparison& comparison) {
  return {{"before", ToJson(comparison.before)},
          {"after", ToJson(comparison.after)},
          {"method", comparison.method},
          {"since", comparison.since},
          {"target_version", comparison.target_version},
          {"agree", comparison.change.change == CapacityChange::kUnchanged},
          {"change", Name(comparison.change.change)},
          {"ratio", comparison.change.ratio},
          {"low", comparison.change.low},
          {"high", comparison.change.high}};
}

}  // namespace loadcurve
