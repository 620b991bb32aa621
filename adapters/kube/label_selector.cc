#include "adapters/kube/label_selector.h"

#include <algorithm>

namespace loadcurve::kube {
namespace {

using Operator = LabelRequirement::Operator;

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// The part of a key after its prefix, and a value that is not empty: at most 63 of letters,
// digits, '-', '_', '.', a letter or digit at either end.
bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= 63 && IsAlphanumeric(text.front()) &&
         IsAlphanumeric(text.back()) && std::all_of(text.begin(), text.end(), [](char c) {
           return IsAlphanumeric(c) || c == '-' || c == '_' || c == '.';
         });
}

// A DNS subdomain: labels of lower-case letters, digits and '-', with dots between.
bool IsSubdomain(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  char before = '.';
  for (const char c : text) {
    const bool is_edge = before == '.';
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!is_letter && (is_edge || (c != '-' && c != '.'))) return false;
    if (c == '.' && before == '-') return false;
    before = c;
  }
  return before != '.' && before != '-';
}

bool IsKey(std::string_view key) {
  const std::size_t slash = key.find('/');
  if (slash == std::string_view::npos) return IsName(key);
  return IsSubdomain(key.substr(0, slash)) && IsName(key.substr(slash + 1));
}

bool IsValue(std::string_view value) {
  return value.empty() || IsName(value);
}

// Reads a selector from its left.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), rest_(text) {}

  [[nodiscard]] Result<std::vector<LabelRequirement>> All() {
    std::vector<LabelRequirement> all;
    if (Peek().empty()) return all;
    for (;;) {
      LC_TRY(LabelRequirement one, One());
      all.push_back(std::move(one));
      const std::string_view next = Take();
      if (next.empty()) return all;
      if (next != ",") return Bad(next, "',' or the end");
    }
  }

 private:
  [[nodiscard]] Result<LabelRequirement> One() {
    const bool is_absent = Peek() == "!";
    if (is_absent) Take();
    LC_TRY(std::string key, Key());
    if (is_absent) return LabelRequirement{std::move(key), Operator::kDoesNotExist};
    if (Peek().empty() || Peek() == ",") return LabelRequirement{std::move(key), Operator::kExists};
    const std::string_view op = Take();
    if (op == "in" || op == "notin") {
      LC_TRY(std::vector<std::string> values, Set());
      return LabelRequirement{std::move(key), op == "in" ? Operator::kIn : Operator::kNotIn,
                              std::move(values)};
    }
    if (op == "=" || op == "==" || op == "!=") {
      LC_TRY(std::string value, Value());
      return LabelRequirement{
          std::move(key), op == "!=" ? Operator::kNotIn : Operator::kIn, {std::move(value)}};
    }
    if (op == ">" || op == "<") {
      const std::string_view bound = Take();
      if (!IsWholeNumber(bound)) return Bad(bound, "a whole number");
      return LabelRequirement{std::move(key),
                              op == ">" ? Operator::kGreaterThan : Operator::kLessThan,
                              {std::string(bound)}};
    }
    return Bad(op, "one of = == != in notin > <");
  }

  [[nodiscard]] Result<std::string> Key() {
    const std::string_view key = Take();
    if (!IsKey(key)) return Bad(key, "a label's name");
    return std::string(key);
  }

  // What follows '=' may be empty: "a=,b" asks for an empty value.
  [[nodiscard]] Result<std::string> Value() {
    const std::string_view next = Peek();
    if (next.empty() || next == "," || next == ")") return std::string();
    const std::string_view value = Take();
    if (!IsValue(value)) return Bad(value, "a label's value");
    return std::string(value);
  }

  [[nodiscard]] Result<std::vector<std::string>> Set() {
    const std::string_view open = Take();
    if (open != "(") return Bad(open, "'('");
    std::vector<std::string> values;
    for (;;) {
      LC_TRY(std::string value, Value());
      values.push_back(std::move(value));
      const std::string_view next = Take();
      if (next == ")") break;
      if (next != ",") return Bad(next, "',' or ')'");
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
  }

  std::string_view Peek() const {
    Parser ahead = *this;
    return ahead.Take();
  }

  // The next word or sign; "" at the end.
  std::string_view Take() {
    static constexpr std::string_view kSpace = " \t\r\n";
    static constexpr std::string_view kSigns = "(),!=<>";
    rest_.remove_prefix(std::min(rest_.size(), rest_.find_first_not_of(kSpace)));
    std::size_t size = 0;
    if (rest_.starts_with("==") || rest_.starts_with("!=")) {
      size = 2;
    } else if (!rest_.empty() && kSigns.find(rest_.front()) != std::string_view::npos) {
      size = 1;
    } else {
      size = std::min(rest_.size(), rest_.find_first_of(" \t\r\n(),!=<>"));
    }
    const std::string_view word = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return word;
  }

  tl::unexpected<Error> Bad(std::string_view found, std::string_view expected) const {
    return Fail(ErrorCode::kInvalidArgument,
                "label selector '" + std::string(text_) + "': found " +
                    (found.empty() ? "the end" : "'" + std::string(found) + "'") + ", expected " +
                    std::string(expected));
  }

  std::string_view text_;
  std::string_view rest_;
};

const std::string* ValueOf(const Labels& labels, std::string_view key) {
  for (const auto& [name, value] : labels) {
    if (name == key) return &value;
  }
  return nullptr;
}

}  // namespace

Result<LabelSelector> LabelSelector::Parse(std::string_view text) {
  LabelSelector selector;
  LC_TRY(selector.requirements_, Parser(text).All());
  std::stable_sort(
      selector.requirements_.begin(), selector.requirements_.end(),
      [](const LabelRequirement& a, const LabelRequirement& b) { return a.key < b.key; });
  return selector;
}

bool LabelSelector::Matches(const Labels& labels) const {
  return std::all_of(requirements_.begin(), requirements_.end(), [&](const LabelRequirement& one) {
    return IsMet(one, ValueOf(labels, one.key));
  });
}

std::string_view LabelSelector::ExactValueOf(std::string_view key) const {
  for (const LabelRequirement& one : requirements_) {
    if (one.key == key && one.op == Operator::kIn && one.values.size() == 1)
      return one.values.front();
  }
  return {};
}

std::string LabelSelector::ToString() const {
  std::string text;
  for (const LabelRequirement& one : requirements_)
    text += (text.empty() ? "" : ",") + loadcurve::ToString(one);
  return text;
}

}  // namespace loadcurve::kube
