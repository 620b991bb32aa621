#pragma once

#include <span>
#include <vector>

#include "forecaster/backtest.h"
#include "forecaster/forecast_model.h"

namespace loadcurve {

// A model and its part in a blend.
struct BlendMember {
  const ForecastModel* model = nullptr;  // outlives the blend
  double share = 0;                      // > 0; all shares add up to 1
};

// The weighted mean of what several models foretell. Models err in different ways, so the
// mean often errs less than the best of them (Bates and Granger, 1969).
class Blend final : public ForecastModel {
 public:
  // At least one member.
  explicit Blend(std::vector<BlendMember> members);

  std::string_view name() const override { return "blend"; }
  std::size_t least_history() const override;
  [[nodiscard]] Result<std::unique_ptr<FittedModel>> Fit(const LoadSeries& history) const override;

  std::span<const BlendMember> members() const { return members_; }

 private:
  std::vector<BlendMember> members_;
};

// Shares that fall with the fourth power of the loss, so that a member twice as bad hardly
// counts. Losses >= 0, at least one; those without loss share all.
std::vector<double> SharesByLoss(std::span<const double> losses);

// What the blend would have foretold at the origins at which its members were tried; all
// of them at the same ones.
std::vector<RollingOrigin> BlendOrigins(std::span<const std::vector<RollingOrigin>> members,
                                        std::span<const double> shares);

}  // namespace loadcurve
