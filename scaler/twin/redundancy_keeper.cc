#include "scaler/twin/redundancy_keeper.h"

#include <algorithm>
#include <cmath>

#include "scaler/twin/rivals.h"
#include "scaler/twin/swept_family.h"

namespace loadcurve::twin {
namespace {

constexpr std::int64_t kMostAtOnce = 30;
constexpr Duration kEvery = std::chrono::seconds(60);

// Asked each minute, or each step where that is longer; silent while replicas start, since a
// running task of the service makes the keeper skip it, and without load, since then it gets
// no samples.
class KeeperPolicy final : public Policy {
 public:
  KeeperPolicy(const Timing& timing, RedundancyBand band)
      : band_(band), every_steps_(std::max<std::size_t>(1, timing.StepsIn(kEvery))) {}

  Replicas Wanted(const Moment& moment) override {
    const double load = moment.known.back();
    if (moment.step % every_steps_ != 0 || moment.total != moment.ready || !(load > 0))
      return moment.total;
    const double redundancy = static_cast<double>(moment.ready.value()) / load;
    return moment.total + Replicas(KeeperStep(redundancy, moment.total, band_));
  }

 private:
  RedundancyBand band_;
  std::size_t every_steps_;
};

}  // namespace

int KeeperStep(double redundancy, Replicas count, const RedundancyBand& band) {
  const int percent = static_cast<int>(std::min(100 * redundancy, 1e9));
  if (band.low_percent < percent && percent < band.high_percent) return 0;
  const int middle = (band.low_percent + band.high_percent) / 2;
  const auto now = static_cast<double>(count.value());
  const double wanted =
      std::floor(std::min(middle / 100.0 / std::max(redundancy, 1e-9) * now, 1e9));
  const auto step =
      static_cast<std::int64_t>(std::ceil((wanted - now) * band.execute_ratio_percent / 100.0));
  if (step > 0)
    return static_cast<int>(
        std::min({step, std::max<std::int64_t>(0, (band.max - count).value()), kMostAtOnce}));
  return -static_cast<int>(
      std::min({-step, std::max<std::int64_t>(0, (count - band.min).value()), kMostAtOnce}));
}

std::unique_ptr<PolicyFamily> CudgxKeeper(const FamilyInputs& inputs) {
  constexpr int kBandWidthPercent = 40;
  return std::make_unique<SweptFamily>(
      "cudgx", Sweep{"min_redundancy", Geometrically(2.5, 0.9, 18)}, std::vector<double>{},
      [timing = inputs.timing](double low, std::span<const double>) {
        RedundancyBand band;
        band.low_percent = static_cast<int>(std::lround(100 * low));
        band.high_percent = band.low_percent + kBandWidthPercent;
        band.execute_ratio_percent = 100;
        return std::make_unique<KeeperPolicy>(timing, band);
      });
}

}  // namespace loadcurve::twin
