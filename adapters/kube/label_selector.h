#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "scaler/label_requirement.h"

namespace loadcurve::kube {

// Names and values; a name stands once.
using Labels = std::vector<std::pair<std::string, std::string>>;

using loadcurve::LabelRequirement;

// Which labelled things are meant, as Kubernetes has it: k=v, k==v, k!=v, k in (a,b),
// k notin (a,b), k, !k, k>1, k<1; a comma is "and"; nothing means everything.
class LabelSelector {
 public:
  LabelSelector() = default;

  // kInvalidArgument, with what was found and expected, where the text, a key or a value is not
  // as Kubernetes wants it.
  [[nodiscard]] static Result<LabelSelector> Parse(std::string_view text);

  // `!=` and `notin` also hold where there is no such label; > and < compare whole numbers.
  bool Matches(const Labels& labels) const;

  // The value that `key` must have; empty where the selector does not name just one.
  std::string_view ExactValueOf(std::string_view key) const;

  // Sorted by key.
  const std::vector<LabelRequirement>& requirements() const { return requirements_; }

  // The same selector in its one canonical form, "a=1,b in (x,y),!c"; "" for everything.
  std::string ToString() const;

 private:
  std::vector<LabelRequirement> requirements_;
};

}  // namespace loadcurve::kube
