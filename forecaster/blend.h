#pragma once

#include <span>
#include <vector>

#include "forecaster/backtest.h"
#include "forecaster/forecast_model.h"

namespace loadcurve {

// A model and its part in a blend.
struct BlendMember {
  const ForecastModel* model = nullptr;  // outlives the blend
  // Step by step ahead, at least one; further ones have the last. >= 0, and at each step the shares
  // of all members add up to 1.
  std::vector<double> shares;
};

// The weighted mean of what several models foretell, with weights of its own for each step ahead.
// Models err in different ways, so the mean often errs less than the best of them (Bates and
// Granger, 1969).
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

// Puts in their place shares that fall with the sixth power of the loss, so that a member twice as
// bad hardly counts. Losses >= 0, at least one; those without loss share all.
void ToShares(std::span<double> losses);

// How members are weighted, from what each missed at the origins at which all were tried.
class BlendShares {
 public:
  // Of members with the same origins, at least one each, none of which foretells more than
  // `horizon`.
  BlendShares(std::span<const std::vector<RollingOrigin>> members, std::size_t horizon);

  // By member, then by step ahead (BlendMember::shares): by the mean absolute error at steps about
  // as far ahead, from half as far to half as far again.
  std::vector<std::vector<double>> OfAll() const { return Of(members_.front().size()); }

  // What the blend would have foretold at the same origins: with the shares of all; or at each with
  // those that the others give, so that its errors are those of a blend to which the origin is new.
  std::vector<RollingOrigin> Origins(bool is_new_to_each) const;

 private:
  std::vector<std::vector<double>> Of(std::size_t left_out) const;

  std::span<const std::vector<RollingOrigin>> members_;
  std::size_t horizon_;
  // By member: sums of absolute errors at all origins over the first steps ahead.
  std::vector<std::vector<double>> sums_;
};

}  // namespace loadcurve
