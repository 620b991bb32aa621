#include "adapters/prometheus/selector.h"

#include <algorithm>

namespace loadcurve::prometheus {
namespace {

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '\n') {
      quoted += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string_view Operator(MatchKind kind) {
  switch (kind) {
    case MatchKind::kIs:
      return "=";
    case MatchKind::kIsNot:
      return "!=";
    case MatchKind::kMatches:
      return "=~";
    case MatchKind::kDoesNotMatch:
      return "!~";
  }
  return "=";
}

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool IsBareName(std::string_view name) {
  return !name.empty() && (name[0] < '0' || name[0] > '9') &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return IsWordCharacter(c) || c == ':'; });
}

}  // namespace

std::string SelectorText(std::string_view metric, std::span<const LabelMatcher> matchers) {
  std::string text;
  std::string inside;
  if (IsBareName(metric)) {
    text = metric;
  } else if (!metric.empty()) {
    inside = "__name__=" + Quoted(metric);
  }
  for (const LabelMatcher& matcher : matchers) {
    if (!inside.empty()) inside += ',';
    inside += matcher.label;
    inside += Operator(matcher.kind);
    inside += Quoted(matcher.value);
  }
  return inside.empty() ? text : text + "{" + inside + "}";
}

std::string RegexLiteral(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const bool is_ascii = static_cast<unsigned char>(c) < 0x80;
    if (is_ascii && !IsWordCharacter(c) && c != '-') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace loadcurve::prometheus
