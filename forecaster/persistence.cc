#include "forecaster/persistence.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>

namespace loadcurve {
namespace {

constexpr std::size_t kWindows = 5;

class FittedPersistence final : public FittedModel {
 public:
  void Observe(double load) override {
    if (std::isnan(load)) return;
    if (recent_.size() == kWindows) recent_.pop_front();
    recent_.push_back(load);
  }

  std::vector<double> Predict(std::size_t horizon) const override {
    const double sum = std::accumulate(recent_.begin(), recent_.end(), 0.0);
    const double level = std::max(0.0, sum / static_cast<double>(recent_.size()));
    std::vector<double> path(horizon, level);
    return path;
  }

  bool empty() const { return recent_.empty(); }

 private:
  std::deque<double> recent_;
};

}  // namespace

Result<std::unique_ptr<FittedModel>> Persistence::Fit(const LoadSeries& history) const {
  auto fitted = std::make_unique<FittedPersistence>();
  const auto loads = history.values();
  std::size_t first = loads.size();
  for (std::size_t known = 0; first > 0 && known < kWindows;)
    if (!std::isnan(loads[--first])) ++known;
  for (const double load : loads.subspan(first)) fitted->Observe(load);
  if (fitted->empty())
    return Fail(ErrorCode::kInsufficientData, "persistence needs at least one measured value");
  return fitted;
}

}  // namespace loadcurve
