#include "forecaster/seasonal_naive.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/check.h"

namespace loadcurve {
namespace {

class FittedSeasonalNaive final : public FittedModel {
 public:
  // `mean` stands in for a phase of the season that was never measured.
  FittedSeasonalNaive(std::size_t season, double mean) : last_season_(season, mean) {}

  // A phase keeps what was measured last in it, so a gap repeats the season before.
  void Observe(double load) override {
    if (!std::isnan(load)) last_season_[next_] = std::max(0.0, load);
    if (++next_ == last_season_.size()) next_ = 0;
  }

  std::vector<double> Predict(std::size_t horizon) const override {
    std::vector<double> path(horizon);
    for (std::size_t ahead = 0; ahead < horizon; ++ahead)
      path[ahead] = last_season_[(next_ + ahead) % last_season_.size()];
    return path;
  }

 private:
  std::vector<double> last_season_;
  std::size_t next_ = 0;
};

}  // namespace

SeasonalNaive::SeasonalNaive(std::size_t season) : season_(season) {
  Check(season > 0, "a season holds at least one step");
}

Result<std::unique_ptr<FittedModel>> SeasonalNaive::Fit(const LoadSeries& history) const {
  const std::size_t measured = history.size() - history.MissingCount();
  if (history.size() < season_ || measured == 0)
    return Fail(ErrorCode::kInsufficientData,
                "seasonal naive needs one whole season of " + std::to_string(season_) + " steps");
  double sum = 0;
  for (const double load : history.values())
    if (!std::isnan(load)) sum += load;
  const double mean = std::max(0.0, sum / static_cast<double>(measured));
  auto fitted = std::make_unique<FittedSeasonalNaive>(season_, mean);
  for (const double load : history.values()) fitted->Observe(load);
  return fitted;
}

}  // namespace loadcurve
