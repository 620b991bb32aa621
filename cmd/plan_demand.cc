#include "cmd/plan_demand.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "adapters/series/series_file.h"
#include "base/time_text.h"
#include "cmd/chosen_profile.h"
#include "forecaster/load_forecast.h"
#include "scaler/replica_decider.h"

namespace loadcurve {
namespace {

constexpr std::int64_t kMostSteps = 10'000;

Result<Forecast> ForecastUntil(const LoadSeries& past, TimePoint until,
                               const ScalingProfileFields& fields) {
  ForecastOptions options;
  const std::int64_t steps = (until - past.end()) / past.step() + 1;
  if (steps > kMostSteps)
    return Fail(ErrorCode::kInsufficientData, "the series ends at " + ToRfc3339(past.end()) +
                                                  ", too long before " + ToRfc3339(until) +
                                                  " for a forecast; --now tells another time");
  options.horizon = static_cast<std::size_t>(std::max<std::int64_t>(steps, 1));
  options.levels = {0.5, 0.75, 0.9, 0.95, 0.99};
  if (fields.forecast.season) options.seasons = {*fields.forecast.season};
  LC_TRY(ForecastReport report, ForecastLoad(past, options));
  return std::move(report.forecast);
}

}  // namespace

Result<pool_codec::DemandFile> DemandOfProfile(const std::string& profile_path,
                                               const std::string& workload,
                                               const SeriesArguments& series,
                                               std::span<const capacity::PodGroup> pods,
                                               TimePoint until) {
  LC_TRY(const ScalingProfile profile, ChosenProfile(profile_path, workload));
  const ScalingProfileFields& fields = profile.fields();
  if (!fields.load.per_replica)
    return Fail(ErrorCode::kInvalidArgument,
                profile_path +
                    ": spec.load.perReplica is absent; expected what one replica "
                    "carries, so that load becomes replicas");
  const auto group = std::ranges::find(pods, fields.metadata.name, &capacity::PodGroup::name);
  if (group == pods.end())
    return Fail(ErrorCode::kInvalidArgument,
                profile_path + ": metadata.name is '" + fields.metadata.name +
                    "'; expected one of the pools file's workloads, which say what a pod asks for");
  LC_TRY(const auto format, series.Format());
  LC_TRY(const LoadSeries past, series::ReadSeries(series.path(), format));
  LC_TRY(const Forecast forecast, ForecastUntil(past, until, fields));
  pool_codec::DemandFile demand;
  demand.levels.assign(forecast.levels().begin(), forecast.levels().end());
  capacity::ReplicaQuantiles path{*group, {}, {}};
  for (std::size_t ahead = 0; ahead < forecast.horizon(); ++ahead) {
    path.times.push_back(forecast.TimeAt(ahead));
    std::vector<double>& row = path.rows.emplace_back();
    for (const double load : forecast.Row(ahead)) {
      const double replicas = std::ceil(load / CarriedByOne(fields).value() - 1e-9);
      row.push_back(std::clamp(replicas, static_cast<double>(fields.bounds.min.value()),
                               static_cast<double>(fields.bounds.max.value())));
    }
  }
  demand.paths.push_back(std::move(path));
  return demand;
}

}  // namespace loadcurve
