#include "scaler/label_requirement.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace loadcurve {
namespace {

using Operator = LabelRequirement::Operator;

std::optional<std::int64_t> WholeNumber(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

bool IsWholeNumber(std::string_view text) {
  return WholeNumber(text).has_value();
}

std::optional<Operator> OperatorNamed(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Operator>, 6> kNames = {
      {{"In", Operator::kIn},
       {"NotIn", Operator::kNotIn},
       {"Exists", Operator::kExists},
       {"DoesNotExist", Operator::kDoesNotExist},
       {"Gt", Operator::kGreaterThan},
       {"Lt", Operator::kLessThan}}};
  const auto* const found =
      std::ranges::find(kNames, name, &std::pair<std::string_view, Operator>::first);
  return found == kNames.end() ? std::nullopt : std::optional(found->second);
}

bool IsMet(const LabelRequirement& requirement, const std::string* value) {
  const auto is_listed = [&] {
    return std::binary_search(requirement.values.begin(), requirement.values.end(), *value);
  };
  switch (requirement.op) {
    case Operator::kIn:
      return value != nullptr && is_listed();
    case Operator::kNotIn:
      return value == nullptr || !is_listed();
    case Operator::kExists:
      return value != nullptr;
    case Operator::kDoesNotExist:
      return value == nullptr;
    case Operator::kGreaterThan:
    case Operator::kLessThan:
      break;
  }
  if (value == nullptr || requirement.values.empty()) return false;
  const auto number = WholeNumber(*value);
  const auto bound = WholeNumber(requirement.values.front());
  if (!number || !bound) return false;
  return requirement.op == Operator::kGreaterThan ? *number > *bound : *number < *bound;
}

std::string ToString(const LabelRequirement& requirement) {
  const auto& [key, op, values] = requirement;
  switch (op) {
    case Operator::kExists:
      return key;
    case Operator::kDoesNotExist:
      return "!" + key;
    case Operator::kGreaterThan:
      return key + ">" + values.front();
    case Operator::kLessThan:
      return key + "<" + values.front();
    case Operator::kIn:
    case Operator::kNotIn:
      break;
  }
  const bool is_in = op == Operator::kIn;
  if (values.size() == 1) return key + (is_in ? "=" : "!=") + values.front();
  std::string text = key + (is_in ? " in (" : " notin (");
  for (std::size_t i = 0; i < values.size(); ++i) text += (i == 0 ? "" : ",") + values[i];
  return text + ")";
}

}  // namespace loadcurve
