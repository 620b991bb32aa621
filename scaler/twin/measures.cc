#include "scaler/twin/measures.h"

#include <algorithm>
#include <cmath>

#include "scaler/twin/counting.h"

namespace loadcurve::twin {
namespace {

constexpr double kRoundingError = 1e-9;

int SignOf(double value) {
  return value > 0 ? 1 : value < 0 ? -1 : 0;
}

// Means over the measured steps, as fractions.
struct Elasticity {
  double theta_u = 0;
  double theta_o = 0;
  double tau_u = 0;
  double tau_o = 0;
  double instability = 0;
};

class Comparison {
 public:
  void Add(double need, double supply) {
    Elasticity& sums = sums_;
    sums.theta_u += std::max(need - supply, 0.0) / need;
    sums.theta_o += std::max(supply - need, 0.0) / need;
    sums.tau_u += supply < need ? 1 : 0;
    sums.tau_o += supply > need ? 1 : 0;
    if (count_ > 0) {
      const int apart = std::abs(SignOf(supply - last_supply_) - SignOf(need - last_need_));
      sums.instability += std::min(apart, 1);
    }
    last_need_ = need;
    last_supply_ = supply;
    ++count_;
  }

  Elasticity Means() const {
    const double n = std::max(1.0, count_);
    return {sums_.theta_u / n, sums_.theta_o / n, sums_.tau_u / n, sums_.tau_o / n,
            sums_.instability / std::max(1.0, n - 1)};
  }

 private:
  Elasticity sums_;
  double count_ = 0;
  double last_need_ = 0;
  double last_supply_ = 0;
};

// The geometric mean of how many times better than `base` each measure is.
std::optional<double> Speedup(const Elasticity& base, const Elasticity& found) {
  const double product_found = found.theta_u * found.theta_o * found.tau_u * found.tau_o;
  const double product_base = base.theta_u * base.theta_o * base.tau_u * base.tau_o;
  if (!(product_found > 0)) return std::nullopt;
  return std::pow(product_base / product_found, 0.25);
}

}  // namespace

double MeanDemand(std::span<const double> demand) {
  double sum = 0;
  double count = 0;
  for (const double load : demand) {
    if (std::isnan(load)) continue;
    sum += load;
    ++count;
  }
  return count > 0 ? sum / count : 0;
}

Measures Measure(const Judged& judged, std::span<const StepRecord> records) {
  Measures measures;
  Comparison own;
  Comparison constant;
  const auto unscaled =
      static_cast<double>(CountFor(MeanDemand(judged.demand.subspan(judged.first))).value());
  double steps = 0;
  double short_steps = 0;
  double load = 0;
  double beyond = 0;
  double changes = 0;
  for (std::size_t i = judged.first; i < records.size(); ++i) {
    const auto supply = static_cast<double>(records[i].ready.value());
    measures.replica_hours += supply * Seconds(judged.step) / 3600;
    measures.paid_replica_hours += records[i].paid_replica_seconds / 3600;
    measures.waiting_replica_hours += records[i].waiting_replica_seconds / 3600;
    if (i > judged.first && records[i].total != records[i - 1].total) ++changes;
    const double demand = judged.demand[i];
    if (std::isnan(demand)) continue;
    ++steps;
    short_steps += demand > supply + kRoundingError ? 1 : 0;
    load += demand;
    beyond += std::max(0.0, demand - supply);
    const auto need = static_cast<double>(CountFor(demand).value());
    own.Add(need, supply);
    constant.Add(need, unscaled);
  }
  const double span_days =
      static_cast<double>(records.size() - judged.first) * Seconds(judged.step) / 86400;
  measures.violation_minutes_ratio = steps > 0 ? short_steps / steps : 0;
  measures.violation_requests_ratio = load > 0 ? beyond / load : 0;
  measures.changes_per_day = changes / span_days;
  const Elasticity found = own.Means();
  measures.theta_u = 100 * found.theta_u;
  measures.theta_o = 100 * found.theta_o;
  measures.tau_u = 100 * found.tau_u;
  measures.tau_o = 100 * found.tau_o;
  measures.instability = 100 * found.instability;
  measures.elastic_speedup = Speedup(constant.Means(), found);
  return measures;
}

}  // namespace loadcurve::twin
