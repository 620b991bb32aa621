#include "cmd/stored_history.h"

#include "metrics/measured_load.h"
#include "scaler/workload_status.h"

namespace loadcurve {

std::string HistoryName(const ScalingProfile& profile) {
  const LoadSource& source = profile.fields().load.source;
  if (source.kind == "logs") return source.workload;
  const ProfileName& name = profile.fields().metadata;
  return ToString(ProfileKey{name.namespace_name, name.name});
}

Result<std::optional<LoadSeries>> StoredLoad(HistoryStore& store, const ScalingProfile& profile,
                                             TimePoint since, TimePoint until) {
  LC_TRY(const MeasuredRequests measured,
         store.Measured(HistoryName(profile), since, until, profile.fields().forecast.step));
  return MeasuredLoad(measured, *profile.fields().load.weights);
}

}  // namespace loadcurve
