#include "scaler/twin/fault_run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "scaler/hpa_value.h"
#include "scaler/replica_decision.h"
#include "scaler/twin/cluster.h"
#include "scaler/twin/hpa_rule.h"

namespace loadcurve::twin {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kStep = minutes(1);
const TimePoint kStart(std::chrono::hours(500'000));

// A replica carries 10 requests a second of 0.1 s, planned at 0.7 of that, and has 4 slots.
constexpr double kPlanned = 7;
constexpr double kCarries = 10;
constexpr double kMeanSeconds = 0.1;
constexpr double kRefusedSeconds = 0.002;
constexpr double kPatience = 30;  // seconds after which a client gives up

// Recognized where the fault fills so much of a window, or leaves so little.
constexpr double kVisible = 0.3;
constexpr double kAlmostAll = 0.95;
constexpr std::size_t kSteadyMinutes = 12;
constexpr std::size_t kOldMinutes = 5;
constexpr std::size_t kOutageMinutes = kLongestOutage / kStep;

Result<ScalingProfile> ProfileOf(const FaultScript& script) {
  ScalingProfileFields fields{
      .load = {.weights = RequestWeights::Occupancy(std::chrono::milliseconds(100)).value()}};
  fields.metadata.name = "web";
  ReplicaCapacity capacity;
  capacity.load = capacity.low = capacity.high = MetricsQps(kCarries);
  capacity.weights_version = fields.load.Scale();
  if (script.has_slots) capacity.slots = BusySlots(4);
  fields.load.per_replica = capacity;
  fields.startup = script.startup;
  fields.bounds = {script.min, script.max};
  fields.behavior.scale_down_window = script.scale_down_window;
  fields.behavior.scale_up.max_step = script.up_step;
  fields.behavior.scale_down.max_step = script.down_step;
  return ScalingProfile::Make(std::move(fields));
}

// How much of one minute each fault takes, times its severity.
struct Minute {
  std::array<double, kFaults> share{};     // of the minute
  std::array<double, kFaults> strength{};  // and of the requests
  double Of(Fault fault) const { return strength[static_cast<std::size_t>(fault)]; }
  double Taken(Fault fault) const { return share[static_cast<std::size_t>(fault)]; }
  bool IsClean() const {
    return std::ranges::all_of(share, [](double part) { return part == 0; });
  }
};

std::vector<Minute> MinutesOf(const FaultScript& script) {
  std::vector<Minute> all(script.loads.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Duration begin = kStep * static_cast<std::int64_t>(i);
    for (const FaultEvent& event : script.events) {
      const Duration from = std::max(begin, event.from);
      const Duration to = std::min(begin + kStep, event.from + event.length);
      if (to <= from) continue;
      const auto fault = static_cast<std::size_t>(event.fault);
      const double share = Seconds(to - from) / Seconds(kStep);
      all[i].share[fault] = std::max(all[i].share[fault], share);
      all[i].strength[fault] = std::max(all[i].strength[fault], share * event.severity);
    }
  }
  return all;
}

// What one minute of the service looked like.
EvidenceWindow Serve(const FaultScript& script, const Minute& minute, double load, Replicas ready) {
  const double wanted = load * kPlanned * (1 - minute.Taken(Fault::kOutage));
  const double storm = minute.Of(Fault::kRetryStorm);
  const double failed = wanted * std::min(1.0, storm + minute.Of(Fault::kRefusal));
  const double retried = 2 * storm * wanted;
  const double carries = kCarries * static_cast<double>(ready.value());
  const double hung = minute.Of(Fault::kHang);
  const double tried = wanted - failed;
  const double served = std::min(tried, carries) * (1 - hung);
  const double waits = std::max(0.0, tried - carries) * kPatience + hung * tried * Seconds(kStep);
  const double slow = carries > 0 ? 1 + std::max(0.0, tried - carries) * kPatience / carries : 1;
  const double errors = failed + retried;
  EvidenceWindow window{.load = MetricsQps(served + errors * kRefusedSeconds / kMeanSeconds),
                        .requests = served + errors,
                        .ready = ready};
  if (served + errors > 0) {
    window.error_share = Ratio(errors / (served + errors));
    window.mean_seconds =
        (served * kMeanSeconds * slow + errors * kRefusedSeconds) / (served + errors);
  }
  if (script.has_gauge) window.in_flight = BusySlots(tried * kMeanSeconds + waits);
  return window;
}

class Run {
 public:
  Run(const FaultScript& script, const FaultRunOptions& options, const ScalingProfile& profile)
      : script_(script),
        options_(options),
        profile_(profile),
        minutes_(MinutesOf(script)),
        known_(script.loads.size(), std::numeric_limits<double>::quiet_NaN()),
        windows_(script.loads.size()),
        cluster_(NeedAt(0), script.startup, kStart) {}

  Result<FaultTally> All() {
    tally_.runs = 1;
    for (minute_ = 0; minute_ < script_.loads.size(); ++minute_) LC_TRY_VOID(Tick());
    return std::move(tally_);
  }

 private:
  TimePoint At(std::size_t minute) const {
    return kStart + kStep * static_cast<std::int64_t>(minute);
  }
  // Of the window that ended now.
  const Minute& Here() const { return minutes_[minute_]; }

  void Violate(const std::string& what) {
    constexpr std::size_t kMost = 20;
    if (tally_.violations.size() < kMost)
      tally_.violations.push_back("seed " + std::to_string(script_.seed) + ", minute " +
                                  std::to_string(minute_) + ": " + what);
  }

  // What a decision on nothing but this minute's true load needs.
  Replicas NeedAt(std::size_t minute) const {
    const double gone = minutes_[minute].Taken(Fault::kOutage);
    const double load = script_.loads[minute] * (1 - gone);
    const double planned =
        script_.has_forecast ? std::max(1.0, kMargin * script_.forecast_bias) : 1;
    const auto need = static_cast<std::int64_t>(std::ceil(load * planned * (1 - 1e-9)));
    return std::clamp(Replicas(need), script_.min, script_.max);
  }

  void Hear() {
    windows_[minute_] = Serve(script_, Here(), script_.loads[minute_], cluster_.ready());
    windows_[minute_].start = At(minute_);
    const double carries = kPlanned * static_cast<double>(cluster_.ready().value());
    if (script_.loads[minute_] * kPlanned > carries * kCarries / kPlanned) short_at_ = minute_;
    const bool is_silent = Here().Taken(Fault::kSilence) > 0;
    const bool is_late = Here().Taken(Fault::kLate) > 0;
    const double half = Here().Of(Fault::kHalfHeard);
    coverage_ = Ratio(half > 0 ? 1 - std::max(half, 0.2) : 1);
    if (Here().Taken(Fault::kRestart) > 0 &&
        (minute_ == 0 || minutes_[minute_ - 1].Taken(Fault::kRestart) == 0))
      Restart();
    if (is_silent || half > 0) return;
    late_.push_back(minute_);
    if (is_late) return;
    for (const std::size_t minute : std::exchange(late_, {})) {
      EvidenceWindow window = windows_[minute];
      // Gauges are of the moment of the reading.
      if (minute != minute_) window.in_flight.reset();
      known_[minute] = window.load.value();
      record_.Note(window);
    }
  }

  // The windows of before are read again, without gauges.
  void Restart() {
    record_ = EvidenceRecord(kStep, MetricsQps(kCarries));
    for (std::size_t i = 0; i < minute_; ++i) {
      if (std::isnan(known_[i])) continue;
      EvidenceWindow window = windows_[i];
      window.in_flight.reset();
      window.ready.reset();
      record_.Note(window);
    }
    past_needs_.clear();
    if (wanted_) past_needs_.push_back({At(minute_), *wanted_});
    wanted_.reset();
  }

  Result<std::optional<Forecast>> Foretell(TimePoint now, const LoadSeries& measured) const {
    const LoadSeries demand = record_.Demand(measured, kStep * kForecastSteps);
    const auto values = demand.values();
    std::size_t last = values.size();
    while (last > 0 && std::isnan(values[last - 1])) --last;
    if (!script_.has_forecast || last == 0) return std::optional<Forecast>();
    const double load = values[last - 1] * script_.forecast_bias;
    ForecastParts parts{demand.TimeAt(last), kStep, {0.5, 0.95}, {}, demand.weights_version()};
    const std::int64_t rows = (now - parts.issued_at + script_.startup) / kStep + 3;
    for (std::int64_t i = 0; i < rows; ++i) {
      parts.loads.push_back(load);
      parts.loads.push_back(kMargin * load);
    }
    LC_TRY(Forecast forecast, Forecast::Make(std::move(parts)));
    return std::optional(std::move(forecast));
  }

  Result<void> Tick() {
    totals_.push_back(cluster_.total());
    Hear();
    const TimePoint now = At(minute_ + 1) + seconds(5);
    const std::size_t since = minute_ >= kSeen ? minute_ - kSeen + 1 : 0;
    LC_TRY(const LoadSeries measured,
           LoadSeries::Make(
               At(since), kStep,
               std::vector<double>(known_.begin() + static_cast<std::ptrdiff_t>(since),
                                   known_.begin() + static_cast<std::ptrdiff_t>(minute_ + 1)),
               profile_.fields().load.Scale()));
    LC_TRY(const auto forecast, Foretell(now, measured));
    evidence_ = record_.Judge({now, coverage_, kStep * kFreshSteps});
    DecisionInputs inputs{.current = Observed(), .now = now, .measured = &measured};
    if (forecast) inputs.forecast = &*forecast;
    for (std::size_t i = minute_ + 1; i-- > 0;) {
      if (std::isnan(known_[i])) continue;
      inputs.error_share = windows_[i].error_share;
      break;
    }
    if (script_.has_gauge && !std::isnan(known_[minute_]))
      inputs.busy_slots = windows_[minute_].in_flight;
    inputs.coverage = coverage_;
    inputs.past_needs = past_needs_;
    inputs.wanted = wanted_;
    if (options_.judges_evidence) inputs.evidence = evidence_;
    LC_TRY(const ReplicaDecision decision, Decide(inputs, profile_));
    Judge(inputs, decision);
    past_needs_.push_back({now, decision.need});
    std::erase_if(past_needs_, [&](const PastNeed& need) {
      return need.decided_at < now - script_.scale_down_window;
    });
    wanted_ = decision.desired;
    Follow(now, decision.desired);
    return {};
  }

  Replicas Observed() const {
    const bool is_old = Here().Taken(Fault::kOldCount) > 0;
    return totals_[is_old && minute_ >= kOldMinutes ? minute_ - kOldMinutes : minute_];
  }

  void Follow(TimePoint now, Replicas desired) {
    const TimePoint end = At(minute_ + 2);
    if (!script_.is_hpa) {
      cluster_.Ask(desired, now);
    } else {
      for (TimePoint sync = now + seconds(10); sync < end; sync += kHpaSync) {
        const Replicas value = HpaValueFor(cluster_.total(), desired, Ratio(kHpaTolerance));
        cluster_.Ask(hpa_.Sync(static_cast<double>(value.value()), cluster_.total(), sync), sync);
      }
    }
    cluster_.BeginSpan(end);
  }

  void Judge(const DecisionInputs& inputs, const ReplicaDecision& decision) {
    wants_.push_back(decision.desired);
    ++tally_.ticks;
    if (decision.desired != decision.current) ++tally_.changes;
    CheckReasons(decision);
    CheckLimits(inputs, decision);
    CheckWindow(inputs, decision);
    CheckFaults(inputs, decision);
    CheckRecovery(decision);
  }

  void CheckReasons(const ReplicaDecision& decision) {
    Replicas at = decision.current;
    bool holds = !decision.reasons.empty();
    for (const DecisionReason& reason : decision.reasons) {
      holds = holds && reason.before == at && !reason.why.empty();
      at = reason.after;
    }
    if (!holds || at != decision.desired) Violate("the reasons do not lead to the decision");
  }

  void CheckLimits(const DecisionInputs& inputs, const ReplicaDecision& decision) {
    const Replicas desired = decision.desired;
    if (desired < script_.min || desired > script_.max) Violate("outside the bounds");
    const Replicas change = desired - inputs.current;
    const bool is_bound = desired == script_.min || desired == script_.max;
    if (script_.up_step && change > *script_.up_step && !is_bound) Violate("grows too fast");
    if (script_.down_step && Replicas(0) - change > *script_.down_step && !is_bound)
      Violate("shrinks too fast");
  }

  // The count that a hold holds, by the documented rule.
  Replicas Standing(const DecisionInputs& inputs) const {
    Replicas wanted = inputs.wanted.value_or(inputs.current);
    if (script_.up_step) wanted = std::min(wanted, inputs.current + *script_.up_step);
    return std::min(script_.max, std::max(inputs.current, wanted));
  }

  void CheckWindow(const DecisionInputs& inputs, const ReplicaDecision& decision) {
    Replicas highest(0);
    for (const PastNeed& need : inputs.past_needs)
      if (need.decided_at >= inputs.now - script_.scale_down_window)
        highest = std::max(highest, need.replicas);
    if (decision.desired < std::min(highest, Standing(inputs)))
      Violate("falls to " + std::to_string(decision.desired.value()) + " below the window's need " +
              std::to_string(highest.value()));
  }

  // The latest window that the controller knows; absent where there is none.
  std::optional<std::size_t> LatestKnown() const {
    for (std::size_t i = minute_ + 1; i-- > 0;)
      if (!std::isnan(known_[i])) return i;
    return std::nullopt;
  }

  // Whether all demand, or all that ends, went from a steady load at once or within kSteadyMinutes,
  // `minute` being one of the minutes without it, no longer than an outage is waited for.
  bool IsSurprise(std::size_t minute, Fault fault) const {
    std::size_t gone = minute;
    while (gone > 0 && minutes_[gone - 1].Of(fault) > kAlmostAll) --gone;
    std::size_t first = gone;
    while (first > 0 && minutes_[first - 1].Of(fault) > 0) --first;
    if (gone - first > kSteadyMinutes || first < kSteadyMinutes) return false;
    if (minute - first + 2 > kOutageMinutes) return false;
    double least = std::numeric_limits<double>::infinity();
    double most = 0;
    for (std::size_t i = first - kSteadyMinutes; i < first; ++i) {
      if (!minutes_[i].IsClean() || std::isnan(known_[i])) return false;
      least = std::min(least, known_[i]);
      most = std::max(most, known_[i]);
    }
    return least > 0 && least >= 0.6 * most;
  }

  // The fault that makes the present evidence bad for certain.
  std::optional<Fault> BadBy() const {
    const auto known = LatestKnown();
    if (coverage_ < Ratio(0.9)) return Fault::kHalfHeard;
    if (!known || minute_ - *known >= kFreshSteps) return Fault::kSilence;
    const Minute& minute = minutes_[*known];
    const double error_share = windows_[*known].error_share.value();
    if (error_share >= kTooManyErrors.value())
      return minute.Of(Fault::kRetryStorm) > 0 ? Fault::kRetryStorm : Fault::kRefusal;
    const double gone = minute.Taken(Fault::kOutage);
    if (gone > kAlmostAll && minute.Of(Fault::kHang) == 0)
      return IsSurprise(*known, Fault::kOutage) ? std::optional(Fault::kOutage) : std::nullopt;
    const double hung = minute.Of(Fault::kHang);
    if (gone > 0 || hung == 0) return std::nullopt;
    const bool is_seen =
        script_.has_gauge && *known == minute_ && hung >= kVisible && IsSurpriseHang(*known);
    const bool is_gone = hung > kAlmostAll && IsSurprise(*known, Fault::kHang);
    return is_seen || is_gone ? std::optional(Fault::kHang) : std::nullopt;
  }

  // It was seen how the workload is when it is well, and the gauge all through the hang.
  bool IsSurpriseHang(std::size_t minute) const {
    std::size_t first = minute;
    while (first > 0 && minutes_[first - 1].Of(Fault::kHang) > 0) --first;
    if (first < kSteadyMinutes) return false;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = first - kSteadyMinutes; i < first; ++i) {
      if (!minutes_[i].IsClean() || std::isnan(known_[i])) return false;
      least = std::min(least, known_[i]);
    }
    for (std::size_t i = first; i <= minute; ++i)
      for (const Fault fault : {Fault::kSilence, Fault::kLate, Fault::kHalfHeard, Fault::kRestart})
        if (minutes_[i].Taken(fault) > 0) return false;
    // Where more ends than before although some hangs, the load has risen, and is learnt.
    for (std::size_t i = first + 1; i < minute; ++i)
      if (!(known_[i] <= 0.75 * least)) return false;
    return known_[minute] <= 0.75 * least;
  }

  void CheckFaults(const DecisionInputs& inputs, const ReplicaDecision& decision) {
    const auto fault = BadBy();
    if (!fault) return;
    ++tally_.faulty_ticks;
    ++tally_.named[static_cast<std::size_t>(*fault)][static_cast<std::size_t>(evidence_.kind)];
    if (decision.desired < Standing(inputs))
      Violate("shrinks from " + std::to_string(Standing(inputs).value()) + " to " +
              std::to_string(decision.desired.value()) + " on " + std::string(twin::Name(*fault)) +
              ", taken for " + std::string(loadcurve::Name(evidence_.kind)));
  }

  // Whether nothing was wrong in that minute, or only that demand stays away for good, as was
  // heard.
  bool IsAsItShouldBe(std::size_t minute) const {
    if (minutes_[minute].IsClean()) return true;
    for (std::size_t fault = 0; fault < kFaults; ++fault)
      if (static_cast<Fault>(fault) != Fault::kOutage && minutes_[minute].share[fault] > 0)
        return false;
    for (std::size_t i = 0; i <= kOutageMinutes; ++i)
      if (i > minute || minutes_[minute - i].Taken(Fault::kOutage) < 1 ||
          std::isnan(known_[minute - i]))
        return false;
    return true;
  }

  // Replicas that are full show no more load than they carry: after a count was given up it comes
  // back a start-up at a time.
  bool IsStillGrowing() const {
    const auto span = static_cast<std::size_t>(script_.startup / kStep) + 2;
    return short_at_ == minute_ && minute_ >= span && wants_[minute_] > wants_[minute_ - span];
  }

  void CheckRecovery(const ReplicaDecision& decision) {
    const auto back = static_cast<std::size_t>((script_.scale_down_window + kRecovery) / kStep);
    if (minute_ < back + 1) return;
    Replicas highest(0);
    Replicas least = script_.max;
    for (std::size_t i = minute_ - back; i <= minute_; ++i) {
      if (!IsAsItShouldBe(i)) return;
      highest = std::max(highest, NeedAt(i));
    }
    const auto reach = static_cast<std::size_t>(kRecovery / kStep);
    for (std::size_t i = minute_ - reach; i <= minute_; ++i) least = std::min(least, NeedAt(i));
    // As fast as the profile allows is fast enough.
    for (const DecisionReason& reason : decision.reasons)
      if (reason.stage == DecisionStage::kStepLimit) return;
    ++tally_.checked_ticks;
    const auto desired = static_cast<double>(decision.desired.value());
    if (!IsStillGrowing() && desired < std::floor(0.9 * static_cast<double>(least.value())))
      Violate("has " + std::to_string(decision.desired.value()) + " where " +
              std::to_string(least.value()) + " are needed");
    // What waits takes slots, and more replicas than its load.
    if (short_at_ && minute_ - *short_at_ <= back) return;
    if (desired > std::ceil(1.1 * static_cast<double>(highest.value())))
      Violate("has " + std::to_string(decision.desired.value()) + " where at most " +
              std::to_string(highest.value()) + " were needed, on " +
              std::string(loadcurve::Name(evidence_.kind)));
  }

  static constexpr double kMargin = 1.2;    // of the 0.95 quantile
  static constexpr std::size_t kSeen = 60;  // minutes of load that a decision is shown

  const FaultScript& script_;
  const FaultRunOptions& options_;
  const ScalingProfile& profile_;
  std::vector<Minute> minutes_;
  std::vector<double> known_;
  std::vector<EvidenceWindow> windows_;
  Cluster cluster_;
  HpaRule hpa_;
  EvidenceRecord record_{kStep, MetricsQps(kCarries)};
  Evidence evidence_;
  std::size_t minute_ = 0;
  Ratio coverage_{1};
  std::vector<std::size_t> late_;
  std::vector<Replicas> totals_;
  std::vector<Replicas> wants_;
  std::vector<PastNeed> past_needs_;
  std::optional<Replicas> wanted_;
  std::optional<std::size_t> short_at_;  // the last minute short of capacity
  FaultTally tally_;
};

}  // namespace

void FaultTally::Add(const FaultTally& other) {
  runs += other.runs;
  ticks += other.ticks;
  faulty_ticks += other.faulty_ticks;
  checked_ticks += other.checked_ticks;
  changes += other.changes;
  for (std::size_t fault = 0; fault < kFaults; ++fault)
    for (std::size_t kind = 0; kind < kEvidenceKinds; ++kind)
      named[fault][kind] += other.named[fault][kind];
  violations.insert(violations.end(), other.violations.begin(), other.violations.end());
}

Result<FaultTally> RunFaults(const FaultScript& script, const FaultRunOptions& options) {
  LC_TRY(const ScalingProfile profile, ProfileOf(script));
  return Run(script, options, profile).All();
}

}  // namespace loadcurve::twin
