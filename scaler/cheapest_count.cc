#include "scaler/cheapest_count.h"

#include <algorithm>
#include <cmath>

namespace loadcurve {
namespace {

constexpr double kRoundingError = 1e-9;
constexpr double kMostReplicas = 1e6;
// Counts are tried one by one up to this, and then in steps of this share of themselves.
constexpr double kFinestShare = 1.0 / 256;

// Straight lines through the logarithm of the chance.
class LogChance {
 public:
  explicit LogChance(const UpperLoad& load) : load_(load) {}

  // Loads are asked for in rising order.
  double At(double capacity) {
    const std::size_t last = load_.loads.size() - 1;
    if (capacity <= load_.loads.front().value()) return Log(0);
    while (above_ < last && load_.loads[above_].value() <= capacity) ++above_;
    const std::size_t below = above_ - 1;
    const double width = load_.loads[above_].value() - load_.loads[below].value();
    if (!(width > 0)) return Log(above_);
    const double share = (capacity - load_.loads[below].value()) / width;
    return Log(below) + share * (Log(above_) - Log(below));
  }

 private:
  double Log(std::size_t i) const { return std::log(1 - load_.levels[i]); }

  const UpperLoad& load_;
  std::size_t above_ = 1;
};

}  // namespace

double ChanceBeyond(const UpperLoad& load, MetricsQps capacity) {
  if (load.loads.size() == 1) return 1 - load.levels.front();
  return std::exp(LogChance(load).At(capacity.value()));
}

Replicas CheapestCount(const UpperLoad& load, const CountPrice& price) {
  const double lowest = load.loads.front().value() / price.per_replica.value();
  const double first = std::min(std::ceil(lowest * (1 - kRoundingError)), kMostReplicas);
  if (load.loads.size() == 1) return Replicas(static_cast<std::int64_t>(first));
  LogChance chance(load);
  double best = first;
  double least = first + price.shortage_cost;
  for (double count = first; count <= kMostReplicas;
       count += std::max(1.0, std::floor(count * kFinestShare))) {
    const double shortage =
        price.shortage_cost * std::exp(chance.At(count * price.per_replica.value()));
    if (count + shortage < least) {
      least = count + shortage;
      best = count;
    }
    // No count further up can cost less than itself.
    if (shortage < 1 || count >= least) break;
  }
  return Replicas(static_cast<std::int64_t>(best));
}

}  // namespace loadcurve
