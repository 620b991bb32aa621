#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace loadcurve::kube {

using Labels = std::map<std::string, std::string, std::less<>>;

// A label selector as the API writes it in one line: requirements with ',' between, all of
// which must hold: k=v, k==v, k!=v, "k in (a,b)", "k notin (a,b)", k, !k, k>1, k<1. The empty
// one matches everything. As in Kubernetes, != and notin hold where there is no such label, and
// > and < where the label is a whole number.
class LabelSelector {
 public:
  // kInvalidArgument names the place and what was expected there.
  [[nodiscard]] static Result<LabelSelector> Parse(std::string_view text);

  bool Matches(const Labels& labels) const;
  bool is_empty() const { return requirements_.empty(); }

 private:
  enum class Operator { kIn, kNotIn, kExists, kAbsent, kGreater, kLess };
  struct Requirement {
    std::string key;
    Operator op = Operator::kExists;
    std::vector<std::string> values;
    std::int64_t bound = 0;
  };
  class Parser;

  static bool Holds(const Requirement& requirement, const Labels& labels);

  std::vector<Requirement> requirements_;
};

}  // namespace loadcurve::kube
