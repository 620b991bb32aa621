#include "metrics/request_weights.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "base/check.h"
#include "base/time_text.h"

namespace loadcurve {
namespace {

bool IsStep(WeightsKind kind) {
  return kind == WeightsKind::kCudgx || kind == WeightsKind::kTable;
}

// FNV-1a over exact values, so that equal weights have equal versions everywhere.
class Fingerprint {
 public:
  void Add(std::string_view text) {
    for (const char c : text) AddByte(static_cast<std::uint8_t>(c));
    AddByte(0);
  }
  void Add(std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) AddByte(static_cast<std::uint8_t>(number >> shift));
  }
  void Add(double number) { Add(std::bit_cast<std::uint64_t>(number)); }

  std::string ToHex() const {
    std::array<char, 9> text{};
    std::snprintf(text.data(), text.size(), "%08x", static_cast<unsigned>(hash_ ^ (hash_ >> 32)));
    return text.data();
  }

 private:
  void AddByte(std::uint8_t byte) { hash_ = (hash_ ^ byte) * 0x100000001B3U; }

  std::uint64_t hash_ = 0xCBF29CE484222325U;
};

std::string FingerprintOf(std::span<const WeightCurve> curves, double reference) {
  Fingerprint fingerprint;
  fingerprint.Add(reference);
  for (const WeightCurve& curve : curves) {
    fingerprint.Add(curve.route);
    for (const WeightKnot& knot : curve.knots) {
      fingerprint.Add(static_cast<std::uint64_t>(knot.upper.count()));
      fingerprint.Add(knot.weight);
    }
  }
  return fingerprint.ToHex();
}

// The weight of the segment that holds the duration; past the last, the last one's.
double StepWeight(const WeightCurve& curve, double duration_us) {
  for (const WeightKnot& knot : curve.knots) {
    if (duration_us <= static_cast<double>(knot.upper.count())) return knot.weight;
  }
  return curve.knots.back().weight;
}

double LinearWeight(const WeightCurve& curve, double duration_us) {
  const auto& knots = curve.knots;
  if (knots.size() == 1) return knots.front().weight;
  std::size_t right = 1;
  while (right + 1 < knots.size() && duration_us > static_cast<double>(knots[right].upper.count()))
    ++right;
  const WeightKnot& a = knots[right - 1];
  const WeightKnot& b = knots[right];
  const double slope = (b.weight - a.weight) / static_cast<double>((b.upper - a.upper).count());
  return a.weight + slope * (duration_us - static_cast<double>(a.upper.count()));
}

std::string Describe(const WeightCurve& curve, const WeightKnot& knot) {
  return "route '" + curve.route + "', duration " + ToString(knot.upper);
}

// Empty when the curve is as it must be; else what is wrong.
std::string Fault(const WeightCurve& curve, bool may_fall) {
  if (curve.knots.empty()) return "route '" + curve.route + "' has no weights";
  for (std::size_t i = 0; i < curve.knots.size(); ++i) {
    const WeightKnot& knot = curve.knots[i];
    if (!std::isfinite(knot.weight) || knot.weight < 0)
      return Describe(curve, knot) + ": the weight is " + std::to_string(knot.weight) +
             "; expected a finite number of 0 or more";
    if (i == 0) continue;
    if (knot.upper <= curve.knots[i - 1].upper)
      return Describe(curve, knot) + ": expected rising durations";
    if (!may_fall && knot.weight < curve.knots[i - 1].weight)
      return Describe(curve, knot) + ": the weight falls from " +
             std::to_string(curve.knots[i - 1].weight) + " to " + std::to_string(knot.weight) +
             "; a longer request of one route cannot cost less";
  }
  return "";
}

WeightKnot Knot(Duration upper, double weight) {
  return {upper, weight, weight, weight};
}

}  // namespace

std::string_view Name(WeightsKind kind) {
  switch (kind) {
    case WeightsKind::kCudgx:
      return "cudgx";
    case WeightsKind::kOccupancy:
      return "occupancy";
    case WeightsKind::kTable:
      return "table";
    case WeightsKind::kFitted:
      return "fitted";
  }
  return "unknown";
}

RequestWeights::RequestWeights(WeightsKind kind, std::vector<WeightCurve> curves)
    : kind_(kind), version_(Name(kind)), curves_(std::move(curves)) {
  for (std::size_t i = 0; i < curves_.size(); ++i) curve_of_route_.emplace(curves_[i].route, i);
  Check(curve_of_route_.contains(kAnyRoute), "there is a curve for any route");
}

RequestWeights RequestWeights::Cudgx() {
  using std::chrono::milliseconds;
  constexpr Duration kTick(1);
  return {WeightsKind::kCudgx,
          {{std::string(kAnyRoute),
            {Knot(milliseconds(10) - kTick, 0.1), Knot(milliseconds(50) - kTick, 0.5),
             Knot(milliseconds(100) - kTick, 2), Knot(milliseconds(500) - kTick, 4),
             Knot(Duration::max(), 8)}}}};
}

Result<RequestWeights> RequestWeights::Occupancy(Duration reference) {
  if (reference <= Duration(0))
    return Fail(ErrorCode::kInvalidArgument,
                "the reference request takes " + ToString(reference) + "; expected more than 0");
  RequestWeights weights(WeightsKind::kOccupancy,
                         {{std::string(kAnyRoute), {Knot(Duration(0), 0), Knot(reference, 1)}}});
  weights.reference_duration_ = reference;
  weights.version_ += "-" + ToString(reference);
  return weights;
}

Result<RequestWeights> RequestWeights::Table(std::vector<WeightKnot> segments) {
  WeightCurve curve{std::string(kAnyRoute), std::move(segments)};
  if (const std::string fault = Fault(curve, true); !fault.empty())
    return Fail(ErrorCode::kInvalidArgument, fault);
  if (curve.knots.back().upper != Duration::max())
    return Fail(ErrorCode::kInvalidArgument, "the last segment ends at " +
                                                 ToString(curve.knots.back().upper) +
                                                 "; expected a last segment without an end");
  RequestWeights weights(WeightsKind::kTable, {std::move(curve)});
  weights.version_ += "-" + FingerprintOf(weights.curves_, 0);
  return weights;
}

Result<RequestWeights> RequestWeights::Fitted(std::vector<WeightCurve> curves,
                                              CpuSeconds reference_cpu) {
  if (!(reference_cpu.value() > 0) || !std::isfinite(reference_cpu.value()))
    return Fail(ErrorCode::kInvalidArgument, "the reference request costs " +
                                                 std::to_string(reference_cpu.value()) +
                                                 " CPU seconds; expected more than 0");
  bool has_any = false;
  for (const WeightCurve& curve : curves) {
    if (const std::string fault = Fault(curve, false); !fault.empty())
      return Fail(ErrorCode::kInvalidArgument, fault);
    if (curve.knots.front().upper != Duration(0))
      return Fail(ErrorCode::kInvalidArgument,
                  "route '" + curve.route + "': expected a first weight at duration 0");
    if (curve.route == kAnyRoute) has_any = true;
  }
  if (!has_any)
    return Fail(ErrorCode::kInvalidArgument,
                "no weights for route '*'; expected a curve for routes not seen in training");
  RequestWeights weights(WeightsKind::kFitted, std::move(curves));
  weights.reference_cpu_ = reference_cpu;
  weights.version_ += "-" + FingerprintOf(weights.curves_, reference_cpu.value());
  return weights;
}

std::string RequestWeights::Provenance() const {
  switch (kind_) {
    case WeightsKind::kCudgx:
      return "CudgX's constants: 0.1/0.5/2/4/8 for requests below 10/50/100/500 ms and above";
    case WeightsKind::kOccupancy:
      return "time held, relative to a reference request of " + ToString(*reference_duration_) +
             ": the load is concurrency / " + ToString(*reference_duration_);
    case WeightsKind::kTable:
      return "a table given by the user";
    case WeightsKind::kFitted: {
      std::array<char, 96> text{};
      std::snprintf(text.data(), text.size(),
                    "fitted to measured CPU; a reference request costs %.3g CPU seconds",
                    reference_cpu_->value());
      return text.data();
    }
  }
  return "unknown";
}

const WeightCurve& RequestWeights::CurveFor(const SeriesKey& series) const {
  std::string_view route = series.route;
  if (series.request_class == RequestClass::kError) route = kErrorRoute;
  if (series.request_class == RequestClass::kLongLived) route = kLongLivedRoute;
  auto found = curve_of_route_.find(route);
  if (found == curve_of_route_.end()) found = curve_of_route_.find(kAnyRoute);
  return curves_[found->second];
}

double RequestWeights::LoadOf(const SeriesKey& series, const RequestCell& cell) const {
  const WeightCurve& curve = CurveFor(series);
  if (IsStep(kind_)) {
    if (cell.count == 0) return 0;
    const auto count = static_cast<double>(cell.count);
    return count * StepWeight(curve, static_cast<double>(cell.duration_us) / count);
  }
  const double held_us = cell.BusySeconds() * 1e6;
  const double requests = cell.SharedCount();
  if (requests <= 0) return 0;
  return requests * LinearWeight(curve, held_us / requests);
}

double RequestWeights::CostOf(const SeriesKey& series, Duration duration) const {
  const auto us = static_cast<double>(duration.count());
  const WeightCurve& curve = CurveFor(series);
  return IsStep(kind_) ? StepWeight(curve, us) : LinearWeight(curve, us);
}

bool RequestWeights::IsApproximateWith(const DurationBounds& bounds) const {
  if (!IsStep(kind_)) return false;
  const auto edges = bounds.upper();
  for (const WeightCurve& curve : curves_) {
    for (const WeightKnot& knot : curve.knots) {
      if (knot.upper != Duration::max() &&
          !std::binary_search(edges.begin(), edges.end(), knot.upper))
        return true;
    }
  }
  return false;
}

}  // namespace loadcurve
