#include "scaler/capacity/plan/plan_terms.h"

#include <cmath>

namespace loadcurve::capacity {
namespace {

Result<void> Refuse(const std::string& name, double value, const std::string& expected) {
  return Fail(ErrorCode::kInvalidArgument,
              name + " is " + std::to_string(value) + "; expected " + expected);
}

Result<void> ValidateShare(const std::string& name, const std::optional<Ratio>& share) {
  if (share && !(share->value() > 0 && share->value() <= 1))
    return Refuse(name, share->value(), "a share above 0 and up to 1");
  return {};
}

}  // namespace

Result<void> PlanTerms::Validate() const {
  if (!(level > 0 && level < 1)) return Refuse("level", level, "a probability within (0, 1)");
  if (!(tail > 0 && tail < 1)) return Refuse("tail", tail, "a probability within (0, 1)");
  if (!(most_shortfall.value() >= 0 && most_shortfall.value() <= 1))
    return Refuse("mostShortfall", most_shortfall.value(), "a share in [0, 1]");
  LC_TRY_VOID(ValidateShare("mostSpot", most_spot));
  LC_TRY_VOID(ValidateShare("mostInZone", most_in_zone));
  LC_TRY_VOID(ValidateShare("mostInFamily", most_in_family));
  for (const CpuQuota& quota : quotas)
    if (!(quota.cpu.value() >= 0)) return Refuse("a quota", quota.cpu.value(), "cores >= 0");
  if (spend_cap && !(spend_cap->value() > 0 && std::isfinite(spend_cap->value())))
    return Refuse("spendCap", spend_cap->value(), "USD an hour above 0");
  if (!(loss_cost >= 0 && std::isfinite(loss_cost)))
    return Refuse("lossCost", loss_cost, "USD >= 0");
  if (!(move_cost >= 0 && std::isfinite(move_cost)))
    return Refuse("moveCost", move_cost, "USD >= 0");
  if (hold <= Duration(0)) return Refuse("hold", Seconds(hold), "more than zero seconds");
  if (!(move_margin.value() >= 0 && move_margin.value() < 1))
    return Refuse("moveMargin", move_margin.value(), "a share in [0, 1)");
  return {};
}

}  // namespace loadcurve::capacity
