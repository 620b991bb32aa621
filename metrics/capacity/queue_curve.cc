#include "metrics/capacity/queue_curve.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "metrics/capacity/slot_queue.h"

namespace loadcurve {
namespace {

// A tail over a minute is known no better than to 5 %.
constexpr double kTailError = 0.05;
constexpr double kGrowthError = 0.7;
constexpr double kFullest = 0.999;

double WaitOf(double servers, double used_share) {
  const double u = std::clamp(used_share, 0.0, kFullest);
  return ErlangC(servers, servers * u) / (servers * (1 - u));
}

}  // namespace

double QueueCurve::TailAt(double used_share) const {
  return light_seconds * (1 + growth * WaitOf(servers, used_share));
}

double QueueCurve::ShareWithin(double target_seconds) const {
  if (TailAt(0) > target_seconds) return 0;
  if (TailAt(kFullest) <= target_seconds) return 1;
  double low = 0;
  double high = kFullest;
  constexpr int kHalvings = 40;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (TailAt(middle) <= target_seconds ? low : high) = middle;
  }
  return low;
}

QueueCurve FitQueueCurve(std::span<const TailPoint> points, double servers) {
  // tail = a + b wait with a = light and b = light * growth, so that growth near 1 is b near a.
  Eigen::Matrix2d normal = Eigen::Matrix2d::Zero();
  Eigen::Vector2d right = Eigen::Vector2d::Zero();
  double least = points.front().tail_seconds;
  double weights = 0;
  for (const TailPoint& point : points) {
    const double scale = point.weight / std::pow(point.tail_seconds * kTailError, 2);
    const Eigen::Vector2d row(1, WaitOf(servers, point.used_share));
    normal += scale * row * row.transpose();
    right += scale * point.tail_seconds * row;
    least = std::min(least, point.tail_seconds);
    weights += point.weight;
  }
  const Eigen::Vector2d pull(-1, 1);
  normal += pull * pull.transpose() / std::pow(least * kGrowthError, 2);
  const Eigen::Vector2d solution = normal.ldlt().solve(right);
  QueueCurve curve{.light_seconds = std::max(solution(0), least / 100), .servers = servers};
  curve.growth = std::max(0.0, solution(1) / curve.light_seconds);
  double squares = 0;
  for (const TailPoint& point : points)
    squares += point.weight * std::pow(curve.TailAt(point.used_share) / point.tail_seconds - 1, 2);
  curve.error = weights > 0 ? std::sqrt(squares / weights) : 0;
  return curve;
}

}  // namespace loadcurve
