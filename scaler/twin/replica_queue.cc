#include "scaler/twin/replica_queue.h"

#include <algorithm>
#include <cmath>

namespace loadcurve::twin {
namespace {

constexpr double kFullestSteady = 0.98;
constexpr double kLeastMean = 1e-9;
// A negative binomial varies more than a Poisson number; so does this one, but for rounding.
constexpr double kLeastExcess = 1e-6;
constexpr double kAlike = 1e-2;   // of the mean and the standard deviation
constexpr double kSteady = 1e-3;  // of the mean and the standard deviation

}  // namespace

ReplicaQueue::ReplicaQueue(double rho) {
  const double steady = std::min(rho, kFullestSteady);
  mean_ = std::max(kLeastMean, steady / (1 - steady));
  variance_ = mean_ * (1 + mean_);
}

double ReplicaQueue::Empty() const {
  return std::exp(mean_ * mean_ / (variance_ - mean_) * std::log(mean_ / variance_));
}

void ReplicaQueue::Pass(double rho, double time) {
  const double empty = Empty();
  const double busy = 1 - empty;
  const double mean = mean_;
  mean_ = std::max(kLeastMean, (mean + time * rho) / (1 + time * busy / mean));
  variance_ = (variance_ + time * (rho + busy)) / (1 + 2 * time * empty * mean / variance_);
  variance_ = std::max(variance_, mean_ * (1 + kLeastExcess));
}

void ReplicaQueue::MixIn(const ReplicaQueue& other, double share) {
  const double second = (1 - share) * (variance_ + mean_ * mean_) +
                        share * (other.variance_ + other.mean_ * other.mean_);
  mean_ = (1 - share) * mean_ + share * other.mean_;
  variance_ = std::max(second - mean_ * mean_, mean_ * (1 + kLeastExcess));
}

bool ReplicaQueue::IsLike(const ReplicaQueue& other) const {
  return std::abs(mean_ - other.mean_) <= kAlike * mean_ &&
         std::abs(variance_ - other.variance_) <= 2 * kAlike * variance_;
}

bool ReplicaQueue::IsSteadyAt(double rho) const {
  if (rho >= 1) return false;
  const double mean = rho / (1 - rho);
  return std::abs(mean_ - mean) <= kSteady * mean &&
         std::abs(variance_ - mean * (1 + mean)) <= 2 * kSteady * mean * (1 + mean);
}

}  // namespace loadcurve::twin
