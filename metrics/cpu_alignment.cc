#include "metrics/cpu_alignment.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "metrics/block_bootstrap.h"
#include "metrics/weight_fit.h"

namespace loadcurve {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

// CPU above this share of the limit is cut off by it, and no longer shows the load.
constexpr double kSaturatedShare = 0.95;
// A pause in which so many requests were to be expected, at the rate of the rest of the
// sample, is a hole in the log, if pauses are not always that long.
constexpr double kUnlikelySilence = 20;
constexpr double kUnusualSilence = 3;

// How badly a coarse model explains the CPU at a lag.
double ErrorAt(const CpuAlignment& alignment, Duration lag) {
  const CostWindows windows = alignment.At(lag).windows;
  if (windows.size() < kFewestWindows) return std::numeric_limits<double>::infinity();
  return RoughError(windows);
}

// Errors at 0, one stride, two strides, ...: the first that is a valley and not worse than the
// least by more than luck. Short lags are common, long ones are not.
std::size_t FirstGoodValley(std::span<const double> errors, double luck) {
  const double least = *std::min_element(errors.begin(), errors.end());
  for (std::size_t i = 0; i < errors.size(); ++i) {
    const bool falls_before = i == 0 || errors[i] <= errors[i - 1];
    const bool rises_after = i == 0 || i + 1 == errors.size() || errors[i] <= errors[i + 1];
    if (falls_before && rises_after && (1 - luck) * errors[i] <= least) return i;
  }
  return 0;
}

Duration TypicalLength(std::span<const CpuSample> cpu) {
  std::vector<double> lengths;
  for (const CpuSample& sample : cpu) lengths.push_back(Seconds(sample.to - sample.from));
  return Duration(std::llround(QuantileOf(std::move(lengths), 0.5) * 1e6));
}

}  // namespace

AlignedWindows CpuAlignment::At(Duration lag) const {
  AlignedWindows aligned;
  const Duration silence = TypicalSilence(lag);
  std::vector<const CpuSample*> used;
  for (const CpuSample& sample : cpu_) {
    const char* reason = ReasonToExclude(sample, lag, silence);
    if (reason == nullptr)
      used.push_back(&sample);
    else
      ++aligned.excluded[reason];
  }
  aligned.windows = Windows(used, lag);
  return aligned;
}

double CpuAlignment::RequestsIn(const CpuSample& sample, Duration lag) const {
  double requests = 0;
  for (std::size_t column = 0; column < timeline_.columns().size(); ++column)
    requests += timeline_.HeldIn(column, sample.from - lag, sample.to - lag).requests;
  return requests;
}

// The median of the longest pauses of samples with requests.
Duration CpuAlignment::TypicalSilence(Duration lag) const {
  std::vector<double> silences;
  for (const CpuSample& sample : cpu_) {
    if (RequestsIn(sample, lag) < 1) continue;
    silences.push_back(Seconds(timeline_.LongestGap(sample.from - lag, sample.to - lag)));
  }
  if (silences.empty()) return Duration(0);
  return Duration(std::llround(QuantileOf(std::move(silences), 0.5) * 1e6));
}

bool CpuAlignment::HasHole(const CpuSample& sample, Duration lag, Duration typical_silence) const {
  const double silence = Seconds(timeline_.LongestGap(sample.from - lag, sample.to - lag));
  const double busy = Seconds(sample.to - sample.from) - silence;
  return silence > kUnusualSilence * Seconds(typical_silence) &&
         silence * RequestsIn(sample, lag) > kUnlikelySilence * busy;
}

const char* CpuAlignment::ReasonToExclude(const CpuSample& sample, Duration lag,
                                          Duration typical_silence) const {
  const TimePoint from = sample.from - lag;
  const TimePoint to = sample.to - lag;
  if (sample.is_throttled) return "throttled";
  const double limit = options_.cpu_limit.value() * static_cast<double>(options_.replicas.value()) *
                       static_cast<double>(sample.replicas.value());
  if (options_.has_cpu_limit && sample.used.value() >= kSaturatedShare * limit) return "saturated";
  if (from < timeline_.begin() || to > timeline_.end()) return "outside_log";
  if (RequestsIn(sample, lag) < 1) return "no_requests";
  if (HasHole(sample, lag, typical_silence)) return "gap";
  return nullptr;
}

CostWindows CpuAlignment::Windows(const std::vector<const CpuSample*>& used, Duration lag) const {
  const auto rows = static_cast<Index>(used.size());
  const auto columns = static_cast<Index>(timeline_.columns().size());
  CostWindows windows{
      {}, Eigen::MatrixXd(rows, columns), Eigen::MatrixXd(rows, columns), VectorXd(rows)};
  for (const RequestTimeline::Column& column : timeline_.columns())
    windows.columns.push_back({column.route, column.mean_seconds});
  for (Index row = 0; row < rows; ++row) {
    const CpuSample& sample = *used[static_cast<std::size_t>(row)];
    const auto replicas = static_cast<double>(sample.replicas.value());
    const double seconds = Seconds(sample.to - sample.from) * replicas;
    windows.cores(row) = sample.used.value() / replicas;
    for (Index column = 0; column < columns; ++column) {
      const auto held =
          timeline_.HeldIn(static_cast<std::size_t>(column), sample.from - lag, sample.to - lag);
      windows.requests(row, column) = held.requests / seconds;
      windows.held(row, column) = held.seconds / seconds;
    }
  }
  return windows;
}

Duration FindLag(const RequestTimeline& timeline, std::span<const CpuSample> cpu,
                 const CalibrationOptions& options, Duration step) {
  constexpr Duration kUsualLag = std::chrono::seconds(30);
  constexpr Duration kLongestLag = std::chrono::minutes(3);
  const Duration length = TypicalLength(cpu);
  const Duration longest = std::min(
      {std::max(2 * length, kUsualLag), kLongestLag, (timeline.end() - timeline.begin()) / 4});
  std::vector<CpuSample> on_record;
  for (const CpuSample& sample : cpu) {
    if (sample.from - longest >= timeline.begin() && sample.to <= timeline.end())
      on_record.push_back(sample);
  }
  const RequestTimeline routes = timeline.ByRoute();
  const CpuAlignment alignment(routes, on_record, options);
  // Half a standard error of a mean error: the more samples, the less is luck.
  const double luck =
      0.5 / std::sqrt(static_cast<double>(std::max<std::size_t>(1, on_record.size())));
  const Duration stride = std::max(length / 4, step);
  std::vector<double> errors;
  for (Duration lag{0}; lag <= longest; lag += stride) errors.push_back(ErrorAt(alignment, lag));
  const Duration coarse = stride * static_cast<std::int64_t>(FirstGoodValley(errors, luck));
  if (coarse == Duration(0)) return coarse;
  const Duration fine = std::max(length / 20, step);
  Duration best = coarse;
  double least = ErrorAt(alignment, coarse);
  for (Duration lag = coarse - stride + fine; lag < coarse + stride; lag += fine) {
    const double error = ErrorAt(alignment, lag);
    if (error >= least) continue;
    least = error;
    best = lag;
  }
  return best;
}

}  // namespace loadcurve
