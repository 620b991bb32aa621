#include "metrics/online_calibration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <utility>
#include <vector>

#include "metrics/calibration.h"
#include "metrics/cpu_alignment.h"
#include "metrics/prediction_saving.h"
#include "metrics/replica_load.h"
#include "metrics/request_timeline.h"
#include "metrics/rival_predictions.h"
#include "metrics/usable_cpu.h"

namespace loadcurve {
namespace {

using Eigen::Index;
using Eigen::VectorXd;
using Rows = std::vector<Index>;

constexpr std::size_t kMostRoutes = 16;
// One-sided 5 %, as in Calibrate.
constexpr double kExplainingErrors = 1.64;
// Less is not worth learning the past anew.
constexpr double kLeastGain = 0.05;
// The mean distance of a window's shares of held time from the usual ones: below it weights
// cannot be told apart, whatever a fit says.
constexpr double kLeastVariation = 0.02;
// Of all windows: the longest stretch first.
constexpr std::array kStretches = {1, 2, 4};

std::string Text(const char* format, double a, double b = 0, double c = 0) {
  std::array<char, 240> text{};
  std::snprintf(text.data(), text.size(), format, a, b, c);
  return text.data();
}

Rows RowsOf(Index begin, Index end) {
  Rows rows(static_cast<std::size_t>(end - begin));
  std::iota(rows.begin(), rows.end(), begin);
  return rows;
}

// Four digits: what stands in a status should be short, and a weight is not known better.
double Rounded(double value) {
  if (!(value > 0)) return 0;
  const double scale = std::pow(10.0, 3 - std::floor(std::log10(value)));
  return std::round(value * scale) / scale;
}

Result<RequestWeights> ShortWeights(const WeightFit& fit) {
  LC_TRY(const RequestWeights exact, FittedWeights(fit));
  std::vector<WeightCurve> curves(exact.curves().begin(), exact.curves().end());
  for (WeightCurve& curve : curves) {
    for (WeightKnot& knot : curve.knots) knot.weight = knot.low = knot.high = Rounded(knot.weight);
  }
  return RequestWeights::Fitted(std::move(curves),
                                CpuSeconds(Rounded(fit.cpu_per_request.value())));
}

// One stretch of windows, judged.
class Trial {
 public:
  Trial(const CostWindows& windows, const RequestCosts& in_force, std::optional<CpuCores> limit,
        const OnlineCalibrationOptions& options, OnlineCalibration& result)
      : windows_(windows),
        in_force_(in_force),
        limit_(limit),
        options_(options),
        load_(LoadOf(windows, in_force.weights)),
        result_(result) {}

  void Run() {
    result_.windows_used = windows_.size();
    if (LoadNeverChanges()) return Keep(CalibrationOutcome::kTooLittle, "the load never changes");
    seen_ = PredictRivals(windows_, load_, Promise(), options_.fit.folds);
    const double variation = MixVariation(windows_);
    if (variation >= kLeastVariation && WeightsWin()) return AdoptWeights();
    if (CapacityWins()) return Adopt(in_force_.weights, LineCost());
    Explain(variation);
  }

 private:
  void Keep(CalibrationOutcome outcome, std::string why) {
    result_.outcome = outcome;
    result_.why = std::move(why);
  }

  bool LoadNeverChanges() const {
    return load_.maxCoeff() - load_.minCoeff() <= 1e-3 * std::abs(load_.mean());
  }

  double Share() const {
    return (in_force_.per_replica ? in_force_.per_replica->target_share : options_.target_share)
        .value();
  }

  // What is in force says of CPU only where CPU binds, and its limit is known.
  std::optional<CpuPromise> Promise() const {
    if (!limit_ || !in_force_.per_replica ||
        in_force_.per_replica->binding != BindingResource::kCpu)
      return std::nullopt;
    return CpuPromise{*limit_ * Share(), in_force_.per_replica->load};
  }

  bool Explains(const VectorXd& prediction) const {
    return SavingInErrors(prediction, seen_.constant, seen_.measured) > kExplainingErrors;
  }

  // Notes the comparison as it decides.
  bool Beats(const VectorXd& candidate, const VectorXd& rival) {
    result_.saving_in_errors = SavingInErrors(candidate, rival, seen_.measured);
    result_.error_candidate = CpuCores(TypicalSize(seen_.measured - candidate));
    result_.error_in_force = CpuCores(TypicalSize(seen_.measured - rival));
    return result_.saving_in_errors > kAdoptingErrors &&
           result_.error_candidate <= result_.error_in_force * (1 - kLeastGain);
  }

  bool WeightsWin() {
    return Beats(seen_.candidate, seen_.line) &&
           (!seen_.promised || Beats(seen_.candidate, *seen_.promised)) &&
           Explains(seen_.candidate);
  }

  bool CapacityWins() {
    if (!in_force_.per_replica) return Explains(seen_.line);
    return seen_.promised && Beats(seen_.line, *seen_.promised) && Explains(seen_.line);
  }

  UnitCost LineCost() const { return LineUnitCost(load_, windows_.cores, options_.fit); }

  // CPU that one replica may use; absent where nothing says so.
  std::optional<CpuCores> Budget() const {
    if (limit_) return *limit_ * Share();
    if (!in_force_.per_replica) return std::nullopt;
    const LineFit line = FitLine(load_, windows_.cores);
    return CpuCores(line.idle + line.factor * in_force_.per_replica->load.value());
  }

  void AdoptWeights() {
    const auto fit = FitWeights(windows_, options_.fit);
    if (!fit) return Keep(CalibrationOutcome::kUnexplained, fit.error().message);
    auto weights = ShortWeights(*fit);
    if (!weights) return Keep(CalibrationOutcome::kUnexplained, weights.error().message);
    Adopt(*std::move(weights), FittedUnitCost(*fit));
  }

  std::optional<ReplicaLoad> LoadBySlots(const RequestWeights& weights) const {
    if (!in_force_.per_replica || !in_force_.per_replica->slots) return std::nullopt;
    return SlotsLoad(windows_, weights, BusySlots(in_force_.per_replica->slots->value() * Share()));
  }

  // Memory, a lock or a dependency keep limiting a replica whatever its CPU allows: what is in
  // force, in other weights. Absent where none of these binds.
  std::optional<ReplicaLoad> LoadByWhatElseBinds(const RequestWeights& weights) const {
    if (!in_force_.per_replica) return std::nullopt;
    const ReplicaCapacity& capacity = *in_force_.per_replica;
    if (capacity.binding == BindingResource::kCpu || capacity.binding == BindingResource::kSlots ||
        load_.mean() <= 0)
      return std::nullopt;
    const double scale = LoadOf(windows_, weights).mean() / load_.mean();
    return ReplicaLoad{capacity.load * scale, capacity.low * scale, capacity.high * scale,
                       capacity.binding};
  }

  void Adopt(RequestWeights weights, const UnitCost& cost) {
    const auto budget = Budget();
    if (!budget)
      return Keep(CalibrationOutcome::kUnknownCapacity,
                  "neither a CPU limit (kube_pod_container_resource_limits) nor a "
                  "spec.load.perReplica says how much CPU a replica may use");
    std::string why_absent;
    std::optional<ReplicaLoad> carried = CpuLoad(cost, *budget, why_absent);
    if (!carried) return Keep(CalibrationOutcome::kUnknownCapacity, why_absent);
    const auto by_slots = LoadBySlots(weights);
    if (by_slots && by_slots->load < carried->load) carried = by_slots;
    const auto by_others = LoadByWhatElseBinds(weights);
    if (by_others && by_others->load < carried->load) carried = by_others;
    ReplicaCapacity capacity{.load = carried->load,
                             .low = carried->low,
                             .high = carried->high,
                             .binding = carried->binding,
                             .weights_version = weights.version(),
                             .target_share = Ratio(Share()),
                             .slots = {}};
    if (in_force_.per_replica) capacity.slots = in_force_.per_replica->slots;
    if (!(capacity.low.value() > 0)) capacity.low = capacity.load * 0.1;
    const std::string relief = LimitRelief(weights, capacity);
    result_.outcome = CalibrationOutcome::kAdopted;
    result_.idle = CpuCores(cost.idle);
    result_.why = Text("on later windows it errs by %.3g cores a replica", Typical(weights)) +
                  InForceText() + relief;
    result_.adopted = RequestCosts{std::move(weights), std::move(capacity)};
  }

  double Typical(const RequestWeights& weights) const {
    const bool is_new = weights.version() != in_force_.weights.version();
    return TypicalSize(seen_.measured - (is_new ? seen_.candidate : seen_.line));
  }

  std::string InForceText() const {
    if (!in_force_.per_replica) return ", and no capacity was known";
    return Text(", what was in force by %.3g (%.1f standard errors of the difference)",
                result_.error_in_force.value(), result_.saving_in_errors);
  }

  std::string LimitRelief(const RequestWeights& weights, ReplicaCapacity& capacity) const {
    if (!in_force_.per_replica) return "";
    const double before = load_.mean() / PlannedLoad(*in_force_.per_replica).value();
    const double after = LoadOf(windows_, weights).mean() / PlannedLoad(capacity).value();
    const double relief = after > 0 ? before / after : 1;
    if (relief <= kMostRelief) return "";
    for (MetricsQps* part : {&capacity.load, &capacity.low, &capacity.high})
      *part = *part * (kMostRelief / relief);
    return Text("; a replica would carry %.3g times as much, and is counted on for %.3g at first",
                relief, kMostRelief);
  }

  void Explain(double variation) {
    if (!Explains(seen_.candidate) && !Explains(seen_.line))
      return Keep(CalibrationOutcome::kUnexplained, "the CPU does not follow the requests");
    const VectorXd& rival = seen_.promised ? *seen_.promised : seen_.line;
    if (variation < kLeastVariation)
      return Keep(
          CalibrationOutcome::kNotBetter,
          Text("the mix of requests varies by %.2g %%, and weights are not told apart below "
               "%.2g %%",
               100 * variation, 100 * kLeastVariation));
    Beats(seen_.candidate, rival);
    Keep(CalibrationOutcome::kNotBetter,
         Text("on later windows a fit errs by %.3g cores a replica and what is in force by %.3g: "
              "%.1f standard errors of the difference",
              result_.error_candidate.value(), result_.error_in_force.value(),
              result_.saving_in_errors) +
             Text(", of %.0f that are asked for", kAdoptingErrors));
  }

  const CostWindows& windows_;
  const RequestCosts& in_force_;
  std::optional<CpuCores> limit_;
  const OnlineCalibrationOptions& options_;
  VectorXd load_;  // in the weights in force, of one replica
  RivalPredictions seen_;
  OnlineCalibration& result_;
};

std::string TooFew(const OnlineCalibration& result) {
  std::string text = std::to_string(result.windows_used) + " usable windows of " +
                     std::to_string(kFewestOnlineWindows) + " that are needed";
  std::string left_out;
  for (const auto& [reason, count] : result.windows_excluded)
    left_out += (left_out.empty() ? "; left out: " : ", ") + std::to_string(count) + " " + reason;
  return text + left_out;
}

// Windows of one replica each, in order of time.
CostWindows WindowsOf(const CalibrationEvidence& evidence, OnlineCalibration& result) {
  const auto series = evidence.requests.counts.series();
  UsableCpu usable = UsableOf(evidence.cpu.samples, evidence.requests);
  result.windows_excluded = std::move(usable.excluded);
  if (series.empty() || usable.samples.empty()) return {};
  const RequestTimeline timeline(evidence.requests.counts, series.front().workload, kMostRoutes);
  if (timeline.IsEmpty()) return {};
  CalibrationOptions options;
  options.has_cpu_limit = evidence.cpu.limit.has_value();
  options.cpu_limit = evidence.cpu.limit.value_or(CpuCores(1));
  const Duration lag = FindLag(timeline, usable.samples, options, evidence.requests.counts.step());
  AlignedWindows aligned = CpuAlignment(timeline, usable.samples, options).At(lag);
  for (const auto& [reason, count] : aligned.excluded) result.windows_excluded[reason] += count;
  return std::move(aligned.windows);
}

}  // namespace

std::string_view Name(CalibrationOutcome outcome) {
  switch (outcome) {
    case CalibrationOutcome::kAdopted:
      return "Adopted";
    case CalibrationOutcome::kNotBetter:
      return "NotBetter";
    case CalibrationOutcome::kTooLittle:
      return "TooLittleEvidence";
    case CalibrationOutcome::kUnexplained:
      return "CpuUnexplained";
    case CalibrationOutcome::kUnknownCapacity:
      return "UnknownCapacity";
    case CalibrationOutcome::kNotMeasured:
      return "NotMeasured";
  }
  return "Unknown";
}

Result<OnlineCalibration> CalibrateOnline(const CalibrationEvidence& evidence,
                                          const RequestCosts& in_force,
                                          const OnlineCalibrationOptions& options) {
  if (!(options.target_share.value() > 0 && options.target_share.value() <= 1))
    return Fail(ErrorCode::kInvalidArgument, "the target share must be above 0 and at most 1");
  OnlineCalibration first;
  const CostWindows windows = WindowsOf(evidence, first);
  first.windows_used = windows.size();
  if (windows.size() < kFewestOnlineWindows) {
    first.why = TooFew(first);
    return first;
  }
  for (const int part : kStretches) {
    const Index n = windows.size() / part;
    if (n < kFewestOnlineWindows) break;
    OnlineCalibration result = first;
    const CostWindows latest = windows.Rows(RowsOf(windows.size() - n, windows.size()));
    Trial(latest, in_force, evidence.cpu.limit, options, result).Run();
    if (result.outcome == CalibrationOutcome::kAdopted) return result;
    if (part == kStretches.front()) first = std::move(result);
  }
  return first;
}

}  // namespace loadcurve
