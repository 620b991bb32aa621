#include "scaler/latency_correction.h"

#include <algorithm>
#include <cmath>

#include "base/time_text.h"
#include "scaler/reason_words.h"

namespace loadcurve {
namespace {

const double kMost = std::log(1.5);
constexpr double kGain = 0.1;
constexpr double kSlowerBack = 12;
// Windows that are judged together, so that one of them decides nothing.
constexpr std::size_t kWindows = 3;
// Of fewer requests a share says nothing.
constexpr double kFewestRequests = 100;
// What is left of a correction that decays; less changes no count.
constexpr double kGone = 0.005;

}  // namespace

LatencyCorrection::LatencyCorrection(const LatencyTarget& target, Duration settle)
    : target_(target), settle_(settle) {}

void LatencyCorrection::Resume(double share) {
  integral_ = std::clamp(-std::log(share), 0.0, kMost);
}

void LatencyCorrection::Judge(TimePoint start, Duration length, const LateRequests& requests,
                              const LatencyStanding& standing) {
  constexpr double kDeviations = 2;
  if (next_ && start < *next_) return;
  if (next_ && start > *next_) windows_.clear();
  next_ = start + length;
  windows_.push_back({length, requests});
  if (windows_.size() > kWindows) windows_.pop_front();
  LateRequests all;
  for (const Window& window : windows_) {
    all.served += window.requests.served;
    all.late += window.requests.late;
  }
  if (windows_.size() < kWindows || all.served < kFewestRequests) return;
  late_share_ = all.late / all.served;
  const double allowed = (1 - target_.quantile) * all.served;
  const double burn = all.late / allowed;
  const double part = kGain * Seconds(length) / Seconds(settle_);
  const bool is_clear = all.late > allowed + kDeviations * std::sqrt(allowed);
  if (is_clear && standing.is_capacity_right && standing.may_grow && !standing.is_at_most)
    integral_ = std::min(kMost, integral_ + part * std::min(burn - 1, 1.0));
  if (burn < 1 && standing.may_shrink) integral_ -= part / kSlowerBack * (1 - burn);
  if (integral_ < kGone) integral_ = 0;
}

double LatencyCorrection::share() const {
  return std::exp(-integral_);
}

std::string LatencyCorrection::Why() const {
  if (integral_ == 0) return "";
  const std::string late = Short(late_share_ * 100) + " % of the answers are later than " +
                           ToString(target_.within) + ", of " +
                           Short((1 - target_.quantile) * 100) + " % that may be";
  const std::string limit =
      integral_ < kMost ? "" : "; more is not tried, since more replicas do not seem to help";
  return late + ": planned with " + Short(share()) + " of the capacity" + limit;
}

}  // namespace loadcurve
