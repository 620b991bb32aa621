#include "adapters/replay/arrival_sequence.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"

namespace loadcurve::replay {

ArrivalSequence::ArrivalSequence(std::shared_ptr<const RequestSet> requests, ArrivalKind kind,
                                 std::uint64_t seed, Part part)
    : requests_(std::move(requests)),
      kind_(kind),
      part_(part),
      random_(seed * 0x9E3779B97F4A7C15U + part.number),
      index_(part.number) {
  Check(!requests_->arrivals.empty(), "a load has something to send");
  if (kind_ == ArrivalKind::kRecorded) return;
  of_route_.resize(requests_->routes.size());
  turn_.resize(of_route_.size());
  for (const RecordedArrival& arrival : requests_->arrivals)
    of_route_[requests_->requests[arrival.request].route].push_back(arrival.request);
  for (auto& route : of_route_) std::shuffle(route.begin(), route.end(), random_);
  SetMix(requests_->Mix());
}

void ArrivalSequence::SetMix(std::span<const double> shares) {
  if (kind_ == ArrivalKind::kRecorded) return;
  Check(shares.size() == of_route_.size(), "a mix has one share a route");
  upper_share_.clear();
  double sum = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (!of_route_[i].empty()) sum += shares[i];
    upper_share_.push_back(sum);
  }
  Check(sum > 0, "a mix has a route to send");
  for (double& share : upper_share_) share /= sum;
}

// In [0, 1), the same on every platform.
double ArrivalSequence::Uniform() {
  return static_cast<double>(random_() >> 11U) * 0x1p-53;
}

std::uint32_t ArrivalSequence::Draw() {
  const auto found = std::upper_bound(upper_share_.begin(), upper_share_.end(), Uniform());
  const auto route = static_cast<std::size_t>(std::min(found, std::prev(upper_share_.end())) -
                                              upper_share_.begin());
  const auto& choice = of_route_[route];
  return choice[turn_[route]++ % choice.size()];
}

DueRequest ArrivalSequence::Next() {
  const std::uint64_t index = std::exchange(index_, index_ + part_.of);
  if (kind_ == ArrivalKind::kConstant) return {static_cast<double>(index), Draw()};
  if (kind_ == ArrivalKind::kPoisson) {
    at_ -= std::log1p(-Uniform()) * static_cast<double>(part_.of);
    return {at_, Draw()};
  }
  const auto& arrivals = requests_->arrivals;
  const std::uint64_t place = index % arrivals.size();
  const auto round = static_cast<double>(index - place);
  if (arrivals.back().at <= Duration(0))
    return {static_cast<double>(index), arrivals[place].request};
  const double phase = Seconds(arrivals[place].at) * requests_->MeanRate();
  return {round + phase, arrivals[place].request};
}

void Pace::SetRate(double rate, Duration now) {
  at_ += Seconds(now - real_) * rate_;
  real_ = now;
  rate_ = rate;
}

Duration Pace::RealTimeOf(double at) const {
  constexpr double kCenturySeconds = 3.2e9;
  if (rate_ <= 0) return Duration::max();
  const double seconds = (at - at_) / rate_;
  if (seconds > kCenturySeconds) return Duration::max();
  return real_ + Duration(std::llround(seconds * 1e6));
}

}  // namespace loadcurve::replay
