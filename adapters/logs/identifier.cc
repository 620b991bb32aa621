#include "adapters/logs/identifier.h"

#include <cstddef>

namespace loadcurve::logs {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsUpper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool IsLower(char c) {
  return c >= 'a' && c <= 'z';
}
bool IsHexDigit(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// How a run of letters and digits is made up.
struct Makeup {
  std::size_t digits = 0;
  std::size_t upper = 0;
  std::size_t lower = 0;
  std::size_t changes = 0;  // between upper case, lower case and digits
  bool is_hex = true;
};

Makeup MakeupOf(std::string_view part) {
  Makeup makeup;
  int last_kind = -1;
  for (const char c : part) {
    const int kind = IsDigit(c) ? 0 : IsUpper(c) ? 1 : IsLower(c) ? 2 : 3;
    makeup.digits += kind == 0;
    makeup.upper += kind == 1;
    makeup.lower += kind == 2;
    makeup.changes += last_kind != -1 && kind != last_kind;
    makeup.is_hex = makeup.is_hex && IsHexDigit(c);
    last_kind = kind;
  }
  return makeup;
}

// Words of a program change case now and then and hold few digits; random tokens of 62 or
// 64 characters change kind at six of ten places, and those of 36 hold digits.
bool LooksRandom(std::string_view part, const Makeup& makeup) {
  const std::size_t length = part.size();
  if (length >= 24) return true;
  if (length >= 16) return makeup.digits >= 3 || makeup.changes * 5 >= length * 2;
  return length >= 10 && makeup.digits > 0 && makeup.upper > 0 && makeup.lower > 0 &&
         makeup.changes * 2 >= length;
}

}  // namespace

bool IsIdentifier(std::string_view part) {
  if (part.empty()) return false;
  const Makeup makeup = MakeupOf(part);
  if (makeup.digits == part.size()) return true;
  if (makeup.is_hex && makeup.digits > 0 && part.size() >= 8) return true;
  return LooksRandom(part, makeup);
}

// 8-4-4-4-12 hexadecimal digits.
bool IsUuid(std::string_view segment) {
  if (segment.size() != 36) return false;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? segment[i] != '-' : !IsHexDigit(segment[i])) return false;
  }
  return true;
}

bool IsEmail(std::string_view segment) {
  std::size_t at = segment.find('@');
  std::size_t length = 1;
  if (at == std::string_view::npos) {
    at = segment.find("%40");
    length = 3;
  }
  return at != std::string_view::npos && at > 0 && at + length < segment.size();
}

}  // namespace loadcurve::logs
