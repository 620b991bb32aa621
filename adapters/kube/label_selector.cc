#include "adapters/kube/label_selector.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace loadcurve::kube {
namespace {

std::optional<std::int64_t> WholeIn(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '/';
}

}  // namespace

class LabelSelector::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<std::vector<Requirement>> Read() {
    std::vector<Requirement> requirements;
    if (IsAtEnd()) return requirements;
    do {
      LC_TRY(Requirement requirement, ReadRequirement());
      requirements.push_back(std::move(requirement));
    } while (Take(","));
    if (!IsAtEnd()) return Expected("',' or the end");
    return requirements;
  }

 private:
  Result<Requirement> ReadRequirement() {
    Requirement requirement;
    const bool is_negated = Take("!");
    requirement.key = Word();
    if (requirement.key.empty()) return Expected("a label's name");
    if (is_negated) {
      requirement.op = Operator::kAbsent;
      return requirement;
    }
    if (Take("!=")) {
      requirement.op = Operator::kNotIn;
      requirement.values = {Word()};
    } else if (Take("==") || Take("=")) {
      requirement.op = Operator::kIn;
      requirement.values = {Word()};
    } else if (Take(">")) {
      requirement.op = Operator::kGreater;
      LC_TRY(requirement.bound, Bound());
    } else if (Take("<")) {
      requirement.op = Operator::kLess;
      LC_TRY(requirement.bound, Bound());
    } else if (TakeWord("in")) {
      requirement.op = Operator::kIn;
      LC_TRY(requirement.values, Values());
    } else if (TakeWord("notin")) {
      requirement.op = Operator::kNotIn;
      LC_TRY(requirement.values, Values());
    }
    return requirement;
  }

  Result<std::int64_t> Bound() {
    const auto bound = WholeIn(Word());
    if (!bound) return Expected("a whole number");
    return *bound;
  }

  Result<std::vector<std::string>> Values() {
    if (!Take("(")) return Expected("'('");
    std::vector<std::string> values;
    do {
      values.push_back(Word());  // may be empty: the label's empty value
    } while (Take(","));
    if (!Take(")")) return Expected("',' or ')'");
    return values;
  }

  void SkipSpace() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool IsAtEnd() {
    SkipSpace();
    return at_ == text_.size();
  }
  bool Take(std::string_view sign) {
    SkipSpace();
    if (!text_.substr(at_).starts_with(sign)) return false;
    at_ += sign.size();
    return true;
  }
  bool TakeWord(std::string_view word) {
    const std::size_t before = at_;
    if (Word() == word) return true;
    at_ = before;
    return false;
  }
  std::string Word() {
    SkipSpace();
    const std::size_t begin = at_;
    while (at_ < text_.size() && IsWordCharacter(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }
  tl::unexpected<Error> Expected(std::string_view what) const {
    return Fail(ErrorCode::kInvalidArgument, "label selector '" + std::string(text_) +
                                                 "', at character " + std::to_string(at_ + 1) +
                                                 ": expected " + std::string(what));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Result<LabelSelector> LabelSelector::Parse(std::string_view text) {
  LabelSelector selector;
  LC_TRY(selector.requirements_, Parser(text).Read());
  return selector;
}

bool LabelSelector::Holds(const Requirement& requirement, const Labels& labels) {
  const auto label = labels.find(requirement.key);
  const bool is_there = label != labels.end();
  const auto is_among = [&] {
    return std::ranges::find(requirement.values, label->second) != requirement.values.end();
  };
  switch (requirement.op) {
    case Operator::kExists:
      return is_there;
    case Operator::kAbsent:
      return !is_there;
    case Operator::kIn:
      return is_there && is_among();
    case Operator::kNotIn:
      return !is_there || !is_among();
    case Operator::kGreater:
    case Operator::kLess: {
      const auto value = is_there ? WholeIn(label->second) : std::nullopt;
      if (!value) return false;
      return requirement.op == Operator::kGreater ? *value > requirement.bound
                                                  : *value < requirement.bound;
    }
  }
  return false;
}

bool LabelSelector::Matches(const Labels& labels) const {
  return std::ranges::all_of(requirements_, [&](const auto& each) { return Holds(each, labels); });
}

}  // namespace loadcurve::kube
