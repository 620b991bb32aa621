#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace loadcurve {

// One condition on the labels of a thing.
struct LabelRequirement {
  enum class Operator { kIn, kNotIn, kExists, kDoesNotExist, kGreaterThan, kLessThan };

  std::string key;
  Operator op = Operator::kExists;
  std::vector<std::string> values{};  // sorted; one for > and <, none for the exists pair

  bool operator==(const LabelRequirement&) const = default;
};

// "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", as Kubernetes' selectors of nodes have them.
std::optional<LabelRequirement::Operator> OperatorNamed(std::string_view name);

// Whether a label with `value` meets it; null: there is no such label. As Kubernetes has it, kNotIn
// also holds where there is none, and > and < compare whole numbers.
bool IsMet(const LabelRequirement& requirement, const std::string* value);

// Whether > and < can compare with it.
bool IsWholeNumber(std::string_view text);

// "k=v", "k!=v", "k in (a,b)", "k notin (a,b)", "k", "!k", "k>1", "k<1".
std::string ToString(const LabelRequirement& requirement);

// Terms of which one must be met, each by all of its requirements; none: anything will do.
using LabelTerms = std::vector<std::vector<LabelRequirement>>;

}  // namespace loadcurve
