#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "metrics/request_counts.h"

namespace loadcurve {

// Where weights come from. These are different scales: numbers measured with different
// weights never mix, hence RequestWeights::version().
enum class WeightsKind {
  kCudgx,      // CudgX's five constants, counted at completion as CudgX does
  kOccupancy,  // time held, relative to a reference request
  kTable,      // given by the user, a step per duration segment, counted at completion
  kFitted,     // regressed on measured CPU seconds
};

// "cudgx", "occupancy", "table", "fitted".
std::string_view Name(WeightsKind kind);

// A point of a weight curve: what a request of that duration costs, in reference requests.
struct WeightKnot {
  Duration upper{0};
  double weight = 0;
  // 90 % interval; equal to `weight` where none was estimated.
  double low = 0;
  double high = 0;

  bool operator==(const WeightKnot&) const = default;
};

// The cost of one request of a route by its duration.
struct WeightCurve {
  // The route class; kAnyRoute for routes without a curve of their own, kErrorRoute and
  // kLongLivedRoute for those classes of all routes.
  std::string route;
  std::vector<WeightKnot> knots;

  bool operator==(const WeightCurve&) const = default;
};

inline constexpr std::string_view kAnyRoute = "*";
inline constexpr std::string_view kErrorRoute = "(errors)";
inline constexpr std::string_view kLongLivedRoute = "(long-lived)";

// What requests cost, relative to a reference request, for one workload.
//
// Step weights (cudgx, table) give a request the weight of its segment (upper[i-1],
// upper[i]] in the window of its end. Linear weights (occupancy, fitted) interpolate
// between knots in the mean duration of a cell, go on with the last slope beyond the last
// knot, and charge each window with its part of the requests that were held there; so
// 49 ms and 51 ms weigh almost the same and a hang does not look idle.
class RequestWeights {
 public:
  // 0.1 / 0.5 / 2 / 4 / 8 for [0,10) [10,50) [50,100) [100,500) [500,inf) ms.
  static RequestWeights Cudgx();

  // weight = duration / reference; `reference` > 0 or kInvalidArgument. The load is then
  // concurrency / reference (Little's law).
  [[nodiscard]] static Result<RequestWeights> Occupancy(Duration reference);

  // One weight per segment; the last segment has upper = Duration::max(). Weights finite
  // and >= 0, edges rising; else kInvalidArgument.
  [[nodiscard]] static Result<RequestWeights> Table(std::vector<WeightKnot> segments);

  // One curve a route, kAnyRoute among them; knots rise in duration from 0 and never fall
  // in weight. `reference_cpu` are the CPU seconds of the reference request, > 0.
  [[nodiscard]] static Result<RequestWeights> Fitted(std::vector<WeightCurve> curves,
                                                     CpuSeconds reference_cpu);

  WeightsKind kind() const { return kind_; }

  // Names the scale: "cudgx", "occupancy-100ms", "table-1a2b3c4d", "fitted-9f8e7d6c";
  // equal versions, equal weights.
  const std::string& version() const { return version_; }

  // In words, for the reader of an output.
  std::string Provenance() const;

  std::span<const WeightCurve> curves() const { return curves_; }
  // Occupancy only.
  std::optional<Duration> reference_duration() const { return reference_duration_; }
  // Fitted only.
  std::optional<CpuSeconds> reference_cpu() const { return reference_cpu_; }

  // What a cell adds to the load of its window, in reference requests.
  double LoadOf(const SeriesKey& series, const RequestCell& cell) const;

  // What one request of that duration costs, in reference requests.
  double CostOf(const SeriesKey& series, Duration duration) const;

  // True where the edges of step weights are not edges of `bounds`: requests are then
  // charged by the mean duration of their cell, and the load is approximate.
  bool IsApproximateWith(const DurationBounds& bounds) const;

 private:
  RequestWeights(WeightsKind kind, std::vector<WeightCurve> curves);
  const WeightCurve& CurveFor(const SeriesKey& series) const;

  WeightsKind kind_;
  std::string version_;
  std::vector<WeightCurve> curves_;
  std::map<std::string, std::size_t, std::less<>> curve_of_route_;
  std::optional<Duration> reference_duration_;
  std::optional<CpuSeconds> reference_cpu_;
};

}  // namespace loadcurve
