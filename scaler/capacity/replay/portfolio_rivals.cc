// Portfolios by mean and variance: ExoSphere (Sharma et al., SIGMETRICS 2017) and SpotWeb
// (Ali-Eldin et al., HPDC 2019). Both choose shares of pools that make cost and a multiple of the
// variance of failures least together; the means and the covariance of failures are learnt here as
// they happen. Shares are chosen again each hour, and when a pool comes or goes.

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "scaler/capacity/replay/spot_filling.h"
#include "scaler/capacity/replay/spot_rivals.h"

namespace loadcurve::capacity {
namespace {

using Vector = std::vector<double>;

// What differs between the two.
struct PortfolioRule {
  std::string_view name;
  double risk_aversion = 1;   // times a' V a
  double failure_cost = 0;    // of a failure an hour, by share
  double most_of_a_pool = 1;  // share
};

// How often pools are away, and together, with the weight of a day.
class FailureStatistics {
 public:
  explicit FailureStatistics(std::size_t pools)
      : size_(pools), mean_(pools, 0), square_(pools * pools, 0), losses_(pools, 0) {}

  void Observe(const Vector& away, double seconds) {
    const double kept = std::exp(-seconds / 86400);
    weight_ = kept * weight_ + 1;
    hours_ = kept * hours_ + seconds / 3600;
    for (std::size_t i = 0; i < size_; ++i) {
      losses_[i] = kept * losses_[i];
      if (!last_.empty()) losses_[i] += std::max(0.0, away[i] - last_[i]);
      mean_[i] = kept * mean_[i] + away[i];
      for (std::size_t j = 0; j < size_; ++j)
        square_[i * size_ + j] = kept * square_[i * size_ + j] + away[i] * away[j];
    }
    last_ = away;
  }

  double Covariance(std::size_t i, std::size_t j) const {
    return square_[i * size_ + j] / weight_ - mean_[i] / weight_ * mean_[j] / weight_;
  }
  double LossesPerHour(std::size_t i) const { return hours_ > 0 ? losses_[i] / hours_ : 0; }

 private:
  std::size_t size_;
  double weight_ = 0;
  double hours_ = 0;
  Vector mean_;
  Vector square_;  // row by row
  Vector losses_;
  Vector last_;
};

// The nearest point of {0 <= a <= most, sum a = 1}, by bisection on what is taken off each.
void Project(Vector& shares, const Vector& most) {
  double low = -1;
  double high = 1;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    low = std::min(low, shares[i] - most[i] - 1);
    high = std::max(high, shares[i] + 1);
  }
  const auto at = [&](double off, std::size_t i) {
    return std::clamp(shares[i] - off, 0.0, most[i]);
  };
  for (int step = 0; step < 60; ++step) {
    const double middle = (low + high) / 2;
    double sum = 0;
    for (std::size_t i = 0; i < shares.size(); ++i) sum += at(middle, i);
    (sum > 1 ? low : high) = middle;
  }
  const double off = (low + high) / 2;
  for (std::size_t i = 0; i < shares.size(); ++i) shares[i] = at(off, i);
}

class Portfolio : public SpotPolicy {
 public:
  Portfolio(SpotPolicyTerms terms, PortfolioRule rule)
      : terms_(std::move(terms)),
        rule_(rule),
        failures_(terms_.pools.size()),
        shares_(terms_.pools.size(), 0),
        is_there_(terms_.pools.size(), false) {}

  std::string_view name() const override { return rule_.name; }

  SpotTarget Wanted(const SpotMoment& moment) override {
    if (!moment.is_notice) Observe(moment);
    if (IsDue(moment)) Choose(moment);
    SpotTarget target{std::vector<std::int64_t>(moment.pools.size(), 0), 0};
    target.on_demand = FillByShares(moment, shares_, moment.demand, target.spot);
    return target;
  }

 private:
  void Observe(const SpotMoment& moment) {
    Vector away;
    for (const PoolMoment& pool : moment.pools)
      away.push_back(pool.in_stock >= moment.demand ? 0 : 1);
    failures_.Observe(away, Seconds(terms_.gap));
  }

  bool IsDue(const SpotMoment& moment) {
    bool is_due = moment.now >= next_;
    for (std::size_t i = 0; i < is_there_.size(); ++i) {
      const bool is_there = moment.pools[i].stock > 0 && moment.pools[i].leaving == 0;
      is_due |= is_there != is_there_[i];
      is_there_[i] = is_there;
    }
    return is_due;
  }

  // Projected gradient from equal shares.
  void Choose(const SpotMoment& moment) {
    next_ = moment.now + std::chrono::hours(1);
    const std::size_t size = shares_.size();
    Vector most(size, 0);
    double room = 0;
    for (std::size_t i = 0; i < size; ++i) {
      most[i] = is_there_[i] ? rule_.most_of_a_pool : 0;
      room += most[i];
    }
    std::ranges::fill(shares_, 0);
    if (room <= 0) return;
    // One pool alone cannot be less than all.
    if (room < 1)
      for (double& share : most) share /= room;
    for (std::size_t i = 0; i < size; ++i) shares_[i] = most[i] / std::max(1.0, room);
    // The gradient changes at most by 2 risk_aversion times the largest sum of a row.
    double steepest = 1e-9;
    for (std::size_t i = 0; i < size; ++i) {
      double row = 0;
      for (std::size_t j = 0; j < size; ++j) row += std::abs(failures_.Covariance(i, j));
      steepest = std::max(steepest, 2 * rule_.risk_aversion * row);
    }
    Vector gradient(size);
    for (int step = 0; step < 200; ++step) {
      for (std::size_t i = 0; i < size; ++i) {
        gradient[i] = moment.pools[i].price + rule_.failure_cost * failures_.LossesPerHour(i);
        for (std::size_t j = 0; j < size; ++j)
          gradient[i] += 2 * rule_.risk_aversion * failures_.Covariance(i, j) * shares_[j];
      }
      for (std::size_t i = 0; i < size; ++i) shares_[i] -= gradient[i] / steepest;
      Project(shares_, most);
    }
  }

  SpotPolicyTerms terms_;
  PortfolioRule rule_;
  FailureStatistics failures_;
  Vector shares_;
  std::vector<bool> is_there_;
  Duration next_{0};
};

}  // namespace

std::unique_ptr<SpotPolicy> MakeExoSphere(const SpotPolicyTerms& terms) {
  return std::make_unique<Portfolio>(terms, PortfolioRule{.name = "exosphere"});
}

// Its example run: P = 0.02 and L = 0.02 a failure, gamma = 5, no pool beyond half. What it holds
// in excess of the demand is what its forecast may miss; the demand is known here.
std::unique_ptr<SpotPolicy> MakeSpotWeb(const SpotPolicyTerms& terms) {
  return std::make_unique<Portfolio>(terms, PortfolioRule{.name = "spotweb",
                                                          .risk_aversion = 5,
                                                          .failure_cost = 0.02 * 0.02,
                                                          .most_of_a_pool = 0.5});
}

}  // namespace loadcurve::capacity
