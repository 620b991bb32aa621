#include "metrics/calibration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

#include "base/time_text.h"
#include "metrics/cpu_alignment.h"
#include "metrics/request_timeline.h"

namespace loadcurve {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

// More routes than this cannot be told apart by a few hundred windows.
constexpr std::size_t kMostRoutes = 16;
// One-sided 5 %: what a saving must exceed, in its standard errors, to be more than luck.
constexpr double kWinningErrors = 1.64;

bool IsOrdinary(const std::string& route) {
  return route != kErrorRoute && route != kLongLivedRoute;
}

// Three significant digits: a reference is a convention, not a measurement.
Duration RoundedReference(double seconds) {
  const double us = std::max(1.0, seconds * 1e6);
  const double unit = std::pow(10, std::max(0.0, std::floor(std::log10(us)) - 2));
  return Duration(std::llround(std::round(us / unit) * unit));
}

double Correlation(const VectorXd& a, const VectorXd& b) {
  const VectorXd x = a.array() - a.mean();
  const VectorXd y = b.array() - b.mean();
  const double scale = x.norm() * y.norm();
  return scale > 0 ? x.dot(y) / scale : 0;
}

// True where requests take longer at times and cost no more CPU for it: they wait for
// something else.
bool LatencyMovesWithoutCpu(const CostWindows& windows, double idle) {
  const VectorXd requests = windows.requests.rowwise().sum();
  const VectorXd duration = windows.held.rowwise().sum().cwiseQuotient(requests);
  const VectorXd cost = (windows.cores.array() - idle).matrix().cwiseQuotient(requests);
  const double spread =
      std::sqrt((duration.array() - duration.mean()).square().mean()) / duration.mean();
  return spread > 0.25 && Correlation(duration, cost) < 0.2;
}

std::string Text(const char* format, double a, double b) {
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(), format, a, b);
  return text.data();
}

// Of one replica: what all of them cost without requests is shared by them.
UnitCost OfOneReplica(UnitCost cost, Replicas replicas) {
  const auto count = static_cast<double>(replicas.value());
  cost.idle /= count;
  for (double& idle : cost.resampled_idle) idle /= count;
  return cost;
}

void AddReplicaLoad(const CostWindows& windows, const UnitCost& cost,
                    const CalibrationOptions& options, WorkloadCalibration& result) {
  const double share = options.target_share.value();
  result.per_replica =
      CpuLoad(OfOneReplica(cost, options.replicas), CpuCores(options.cpu_limit.value() * share),
              result.no_replica_load_reason);
  const auto slots =
      options.slots ? SlotsLoad(windows, result.weights, BusySlots(options.slots->value() * share))
                    : std::nullopt;
  if (slots && (!result.per_replica || slots->load < result.per_replica->load))
    result.per_replica = slots;
}

void Judge(const CostWindows& windows, const Result<WeightFit>& fit,
           const WeightFitOptions& options, WorkloadCalibration& result) {
  if (!fit) {
    result.verdict_text = "prior kept: unidentifiable (" + fit.error().message + ")";
    return;
  }
  result.fit = *fit;
  result.out_of_sample = JudgeOutOfSample(windows, options);
  const OutOfSampleFits& fits = *result.out_of_sample;
  // R2 falls below 0 when a few samples went wrong, however well the others are met.
  const bool explains = fits.fitted.r2 > 0 || fits.saving_over_constant_in_errors > kWinningErrors;
  const bool wins = fits.saving_in_errors > kWinningErrors && explains &&
                    fits.fitted.r2 > fits.occupancy.r2 &&
                    fits.fitted.correlation >= fits.occupancy.correlation;
  if (wins) {
    auto weights = FittedWeights(*fit);
    if (weights) {
      result.weights = *std::move(weights);
      result.verdict = CalibrationVerdict::kFitted;
      result.verdict_text = "fitted";
      return;
    }
  }
  if (fits.occupancy.r2 < 0.5 && LatencyMovesWithoutCpu(windows, fit->idle.value())) {
    result.verdict = CalibrationVerdict::kNotCpuBound;
    result.verdict_text =
        "CPU does not explain the load: latency rises while CPU per request does not";
    return;
  }
  result.verdict_text =
      "prior kept: unidentifiable (" +
      Text("the fit does not clearly beat occupancy out of sample: R2 %.2f against %.2f)",
           fits.fitted.r2, fits.occupancy.r2);
}

// Each window's variance is in proportion to its CPU, and to a little that chance has no part in.
Eigen::VectorXd PrecisionByChance(const CostWindows& windows) {
  constexpr double kWithoutRequests = 0.05;  // of the mean CPU
  const Eigen::VectorXd precision =
      (windows.cores.array() + kWithoutRequests * windows.cores.mean()).inverse();
  return precision / precision.mean();
}

Result<void> CheckOptions(const CalibrationOptions& options) {
  if (!(options.cpu_limit.value() > 0))
    return Fail(ErrorCode::kInvalidArgument, "the CPU limit must be more than 0 cores");
  if (!(options.target_share.value() > 0 && options.target_share.value() <= 1))
    return Fail(ErrorCode::kInvalidArgument, "the target share must be above 0 and at most 1");
  if (options.replicas < Replicas(1))
    return Fail(ErrorCode::kInvalidArgument, "there must be at least 1 replica");
  if (options.slots && !(options.slots->value() > 0))
    return Fail(ErrorCode::kInvalidArgument, "slots must be more than 0");
  return {};
}

}  // namespace

Result<WorkloadCalibration> Calibrate(const RequestCounts& counts, const std::string& workload,
                                      std::span<const CpuSample> cpu,
                                      const CalibrationOptions& options) {
  LC_TRY_VOID(CheckOptions(options));
  const RequestTimeline timeline(counts, workload, kMostRoutes);
  double seconds = 0;
  double requests = 0;
  for (std::size_t c = 0; !timeline.IsEmpty() && c < timeline.columns().size(); ++c) {
    if (!IsOrdinary(timeline.columns()[c].route)) continue;
    const auto held = timeline.HeldIn(c, timeline.begin(), timeline.end());
    seconds += held.seconds;
    requests += held.requests;
  }
  if (requests <= 0 || seconds <= 0)
    return Fail(ErrorCode::kInsufficientData,
                "workload '" + workload + "' has no requests that took any time");

  LC_TRY(const RequestWeights prior,
         RequestWeights::Occupancy(RoundedReference(seconds / requests)));
  WorkloadCalibration result{.workload = workload, .weights = prior};
  if (cpu.empty()) {
    result.verdict_text = "prior kept: unidentifiable (there is no CPU of this workload)";
    result.no_replica_load_reason = "there is no CPU of this workload";
    return result;
  }

  const CpuAlignment alignment(timeline, cpu, options);
  result.lag = options.lag ? *options.lag : FindLag(timeline, cpu, options, counts.step());
  AlignedWindows aligned = alignment.At(result.lag);
  if (options.has_random_requests) aligned.windows.precision = PrecisionByChance(aligned.windows);
  const CostWindows& windows = aligned.windows;
  result.windows_excluded = std::move(aligned.excluded);
  result.windows_used = windows.size();
  if (windows.size() < 2) {
    result.verdict_text = "prior kept: unidentifiable (" + std::to_string(windows.size()) +
                          " usable windows; at least " + std::to_string(kFewestWindows) +
                          " are needed)";
    result.no_replica_load_reason = "too few usable windows";
    return result;
  }

  const Result<WeightFit> fit = FitWeights(windows, options.fit);
  Judge(windows, fit, options.fit, result);
  const UnitCost cost =
      result.verdict == CalibrationVerdict::kFitted
          ? FittedUnitCost(*fit)
          : LineUnitCost(windows.held.rowwise().sum() / Seconds(*prior.reference_duration()),
                         windows.cores, options.fit);
  result.idle = CpuCores(cost.idle);
  AddReplicaLoad(windows, cost, options, result);
  return result;
}

}  // namespace loadcurve
