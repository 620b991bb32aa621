#include "adapters/profile_codec/plan_terms_text.h"

#include <optional>
#include <string>

#include "adapters/profile_codec/objective_text.h"

namespace loadcurve::profile_codec {
namespace {

using capacity::PlanTerms;

void ReadPercent(Fields& fields, const std::string& name, std::optional<Ratio>& share) {
  std::string text;
  fields.Text(name, text);
  if (!fields.Has(name)) return;
  const auto percent = ParsePercent(text);
  if (!percent || !(percent->value() >= 0 && percent->value() <= 1))
    return fields.Refuse(name, "a share from 0% to 100%");
  share = percent;
}

void ReadPercent(Fields& fields, const std::string& name, Ratio& share) {
  std::optional<Ratio> read;
  ReadPercent(fields, name, read);
  share = read.value_or(share);
}

void ReadProbability(Fields& fields, const std::string& name, double& value) {
  fields.Number(name, value);
  if (!(value > 0 && value < 1)) fields.Refuse(name, "a probability within (0, 1)");
}

}  // namespace

void ReadAmount(Fields& fields, const std::string& name, double& value) {
  fields.Number(name, value);
  if (value < 0) fields.Refuse(name, "USD >= 0");
}

void ReadPlanObjective(Fields& fields, PlanTerms& terms) {
  ReadProbability(fields, "level", terms.level);
  ReadProbability(fields, "tail", terms.tail);
  ReadPercent(fields, "mostShortfall", terms.most_shortfall);
  ReadAmount(fields, "lossCost", terms.loss_cost);
  ReadAmount(fields, "moveCost", terms.move_cost);
  ReadPercent(fields, "moveMargin", terms.move_margin);
  fields.Span("hold", terms.hold);
  if (terms.hold <= Duration(0)) fields.Refuse("hold", "more than zero, as 24h");
  double cap = 0;
  fields.Number("spendCap", cap);
  if (fields.Has("spendCap") && !(cap > 0)) fields.Refuse("spendCap", "more than 0 USD an hour");
  if (fields.Has("spendCap")) terms.spend_cap = UsdPerHour(cap);
  std::string policy = "slo-first";
  fields.Text("whenCapIsHit", policy);
  if (policy != "slo-first" && policy != "cap-first")
    fields.Refuse("whenCapIsHit", "slo-first or cap-first");
  if (policy == "cap-first") terms.when_cap_is_hit = capacity::SpendPolicy::kCapFirst;
}

void ReadPlanShares(Fields& fields, PlanTerms& terms) {
  ReadPercent(fields, "spot", terms.most_spot);
  ReadPercent(fields, "zone", terms.most_in_zone);
  ReadPercent(fields, "family", terms.most_in_family);
}

}  // namespace loadcurve::profile_codec
