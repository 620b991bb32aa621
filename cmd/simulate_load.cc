#include "cmd/simulate_load.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <limits>
#include <utility>
#include <variant>
#include <vector>

#include "adapters/http/curl_transport.h"
#include "adapters/store/sqlite_history_store.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "cmd/chosen_profile.h"
#include "cmd/duration_option.h"
#include "cmd/source_factory.h"
#include "cmd/stored_history.h"
#include "metrics/measured_load.h"

namespace loadcurve {
namespace {

TimePoint Floor(TimePoint time, Duration step) {
  return TimePoint(time.time_since_epoch() / step * step);
}

// Windows that the source cannot vouch for are missing; nullopt where none is left.
Result<std::optional<LoadSeries>> SeriesOf(const Measurement& measured,
                                           const ScalingProfile& profile) {
  const ScalingProfileFields& fields = profile.fields();
  if (const auto* requests = std::get_if<MeasuredRequests>(&measured))
    return MeasuredLoad(*requests, *fields.load.weights);
  const auto& windows = std::get<ToldLoad>(measured).windows;
  if (windows.empty()) return std::nullopt;
  const Duration step = fields.forecast.step;
  const TimePoint start = windows.front().window_start;
  const auto count = static_cast<std::size_t>((windows.back().window_start - start) / step + 1);
  std::vector<double> values(count, std::numeric_limits<double>::quiet_NaN());
  for (const LoadSample& window : windows)
    if (window.is_complete)
      values[static_cast<std::size_t>((window.window_start - start) / step)] = window.load.value();
  return LoadSeries::Make(start, step, std::move(values), fields.load.Scale());
}

Error NothingKnown(const std::string& where, const ScalingProfile& profile) {
  return {ErrorCode::kNotFound, where + " knows no whole window of " +
                                    ToString(profile.fields().forecast.step) + " of '" +
                                    HistoryName(profile) + "'"};
}

}  // namespace

void SimulateLoad::AddTo(CLI::App& command) {
  series_.AddTo(command, {});
  command
      .add_option("--history", history_,
                  "Instead: a history store, as serve and history import fill it; with --profile")
      ->option_text("STORE");
  prometheus_.AddTo(command);
  command
      .add_option("--span", span_,
                  "How much of the past of a store or Prometheus is taken (default: 14d)")
      ->option_text("DURATION");
  command
      .add_option("--profile", profile_,
                  "Loadcurve decides by its objective, limits, start-up and capacity")
      ->option_text("FILE");
  command.add_option("--workload", workload_, "Which, where the file has several profiles")
      ->option_text("NAME");
}

Result<std::optional<ScalingProfile>> SimulateLoad::Profile() const {
  if (profile_.empty()) return std::nullopt;
  LC_TRY(ScalingProfile profile, ChosenProfile(profile_, workload_));
  if (!profile.fields().load.per_replica)
    return Fail(ErrorCode::kInvalidArgument,
                profile_ +
                    ": spec.load.perReplica is absent; expected what one replica carries, "
                    "as 'loadcurve calibrate' measures it");
  return profile;
}

Result<LoadSeries> SimulateLoad::FromHistory(const ScalingProfile& profile) const {
  if (!profile.fields().load.weights)
    return Fail(ErrorCode::kInvalidArgument,
                "--history holds requests, and the load of this profile is none of requests; "
                "expected --prometheus or --series");
  LC_TRY(const Duration span, PositiveDurationOf("--span", span_));
  LC_TRY(const auto store, store::SqliteHistoryStore::Open(history_, false));
  LC_TRY(const auto workloads, store->Workloads());
  const auto found = std::ranges::find(workloads, HistoryName(profile), &StoredWorkload::name);
  if (found == workloads.end())
    return tl::unexpected<Error>(NothingKnown("--history: " + history_, profile));
  LC_TRY(auto load,
         StoredLoad(*store, profile, std::max(found->since, found->until - span), found->until));
  if (!load) return tl::unexpected<Error>(NothingKnown("--history: " + history_, profile));
  return *std::move(load);
}

Result<LoadSeries> SimulateLoad::FromPrometheus(const ScalingProfile& profile,
                                                TimePoint now) const {
  LC_TRY(const Duration span, PositiveDurationOf("--span", span_));
  LC_TRY(const PrometheusAddress address, prometheus_.ToAddress());
  if (!profile.fields().load.source.prometheus)
    return Fail(ErrorCode::kInvalidArgument,
                "--prometheus: the profile's spec.load.source says nothing of a Prometheus");
  const SystemClock clock;
  http::CurlTransport transport(TransportOptionsOf(address), clock);
  SourceFactory sources(transport, address, {}, span);
  LC_TRY(const auto source, sources.For(profile));
  const TimePoint until = Floor(now, profile.fields().forecast.step);
  LC_TRY(const Measurement measured, source->Read(until - span, until));
  LC_TRY(auto load, SeriesOf(measured, profile));
  if (!load) return tl::unexpected<Error>(NothingKnown("--prometheus: " + address.url, profile));
  return *std::move(load);
}

Result<SimulatedLoad> SimulateLoad::Read(TimePoint now) const {
  LC_TRY(auto profile, Profile());
  LC_TRY(const PrometheusAddress address, prometheus_.ToAddress());
  const int sources =
      int{!series_.path().empty()} + int{!history_.empty()} + int{!address.url.empty()};
  if (sources != 1)
    return Fail(ErrorCode::kInvalidArgument,
                "one of --series FILE (columns time,value), --history STORE and --prometheus URL "
                "is needed");
  if (!series_.path().empty()) {
    LC_TRY(series::SeriesFormat format, series_.Format());
    LC_TRY(LoadSeries series, series::ReadSeries(series_.path(), format));
    return SimulatedLoad{series_.path(), std::move(series), std::move(profile)};
  }
  if (!profile)
    return Fail(ErrorCode::kInvalidArgument,
                "--history and --prometheus need --profile FILE, which says whose load is meant "
                "and what a request weighs");
  if (!history_.empty()) {
    LC_TRY(LoadSeries series, FromHistory(*profile));
    return SimulatedLoad{history_, std::move(series), std::move(profile)};
  }
  LC_TRY(LoadSeries series, FromPrometheus(*profile, now));
  return SimulatedLoad{address.url, std::move(series), std::move(profile)};
}

}  // namespace loadcurve
