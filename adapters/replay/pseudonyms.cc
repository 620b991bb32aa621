#include "adapters/replay/pseudonyms.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "adapters/http/digest.h"
#include "adapters/logs/identifier.h"

namespace loadcurve::replay {
namespace {

constexpr int kRounds = 10;
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool IsIn(std::string_view letters, char c) {
  return letters.find(c) != std::string_view::npos;
}

bool IsWordCharacter(char c) {
  return IsIn(kDigits, c) || IsIn(kLower, c) || IsIn(kUpper, c);
}

bool IsHex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF-") == std::string_view::npos;
}

// A character that may become another: where it stands, and what it may become.
struct Place {
  std::size_t at = 0;
  std::string_view letters;
};

// Percent-encoded bytes stay. Hexadecimal letters stay hexadecimal, and a number begins with no 0
// that was not there.
std::vector<Place> PlacesIn(std::string_view text) {
  std::vector<Place> places;
  const std::size_t hex = IsHex(text) ? 6 : kLower.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      i += 2;
      continue;
    }
    const bool is_first = places.empty() && text.size() > 1;
    if (is_first && c == '0') continue;
    if (IsIn(kDigits, c)) places.push_back({i, is_first ? kDigits.substr(1) : kDigits});
    if (IsIn(kLower, c)) places.push_back({i, kLower.substr(0, hex)});
    if (IsIn(kUpper, c)) places.push_back({i, kUpper.substr(0, hex)});
  }
  return places;
}

// Numbers that look random and follow from a text: four hexadecimal digits of SHA-256 each.
class Stream {
 public:
  explicit Stream(std::string text) : text_(std::move(text)) {}

  Result<unsigned> Next() {
    constexpr std::size_t kDigitsEach = 4;
    if (at_ == hex_.size()) {
      LC_TRY(hex_, http::Sha256Hex(text_ + "\n" + std::to_string(block_++)));
      at_ = 0;
    }
    unsigned number = 0;
    std::from_chars(hex_.data() + at_, hex_.data() + at_ + kDigitsEach, number, 16);
    at_ += kDigitsEach;
    return number;
  }

 private:
  std::string text_;
  std::string hex_;
  std::size_t at_ = 0;
  int block_ = 0;
};

// "page=2" and "limit=50" steer; they name nobody.
bool IsSmallNumber(std::string_view text) {
  return text.size() <= 2 && text.find_first_not_of(kDigits) == std::string_view::npos;
}

// A token of base64url, whose dashes are letters like others.
bool IsLongToken(std::string_view run) {
  const auto has = [run](std::string_view letters) {
    return run.find_first_of(letters) != std::string_view::npos;
  };
  constexpr std::size_t kLongWord = 24;
  return run.size() >= kLongWord && has(kDigits) && has(kLower) && has(kUpper);
}

}  // namespace

Result<std::string> Pseudonyms::Of(std::string_view identifier) const {
  std::string text(identifier);
  const std::vector<Place> places = PlacesIn(text);
  // What may become what: with it every shape has a permutation of its own.
  std::string shape = text;
  for (const Place& place : places) shape[place.at] = place.letters.back();
  const std::size_t middle = places.size() / 2;
  for (int round = 0; round < kRounds; ++round) {
    const bool is_left = round % 2 == 0;
    std::string other;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if ((i < middle) != is_left) other += text[places[i].at];
    }
    Stream stream(key_ + "\n" + std::to_string(round) + "\n" + shape + "\n" + other);
    for (std::size_t i = 0; i < places.size(); ++i) {
      if ((i < middle) != is_left) continue;
      const auto& [at, letters] = places[i];
      LC_TRY(const unsigned shift, stream.Next());
      text[at] = letters[(letters.find(text[at]) + shift) % letters.size()];
    }
  }
  return text;
}

Result<std::string> Pseudonyms::OfEmail(std::string_view address) const {
  const std::size_t dot = address.rfind('.');
  const bool has_ending = dot != std::string_view::npos && dot > address.find_last_of("@%");
  LC_TRY(std::string made, Of(has_ending ? address.substr(0, dot) : address));
  return made + (has_ending ? ".invalid" : "");
}

// A part of a path, or a value of the query.
Result<std::string> Pseudonyms::InSegment(std::string_view segment, bool is_value) const {
  if (logs::IsEmail(segment)) return OfEmail(segment);
  if (logs::IsUuid(segment)) return Of(segment);
  std::string made;
  while (!segment.empty()) {
    if (segment.front() == '%') {
      made += segment.substr(0, 3);
      segment.remove_prefix(std::min<std::size_t>(segment.size(), 3));
      continue;
    }
    const auto token_end = std::find_if_not(segment.begin(), segment.end(), [](char c) {
      return IsWordCharacter(c) || c == '-' || c == '_';
    });
    std::string_view part =
        segment.substr(0, static_cast<std::size_t>(token_end - segment.begin()));
    if (!IsLongToken(part)) {
      const auto end = std::find_if_not(segment.begin(), segment.end(), IsWordCharacter);
      part = segment.substr(0, static_cast<std::size_t>(end - segment.begin()));
      if (part.empty()) {
        made += segment.front();
        segment.remove_prefix(1);
        continue;
      }
      if (!logs::IsIdentifier(part) || (is_value && IsSmallNumber(part))) {
        made += part;
        segment.remove_prefix(part.size());
        continue;
      }
    }
    LC_TRY(const std::string pseudonym, Of(part));
    made += pseudonym;
    segment.remove_prefix(part.size());
  }
  return made;
}

Result<std::string> Pseudonyms::InTarget(std::string_view target) const {
  std::string made;
  bool is_query = false;
  bool is_value = false;
  while (!target.empty()) {
    const std::size_t size = std::min(target.size(), target.find_first_of(is_query ? "&=" : "/?"));
    const std::string_view piece = target.substr(0, size);
    const bool is_name = is_query && !is_value && size < target.size() && target[size] == '=';
    if (is_name) {
      made += piece;
    } else {
      LC_TRY(const std::string replaced, InSegment(piece, is_query));
      made += replaced;
    }
    if (size == target.size()) break;
    const char delimiter = target[size];
    made += delimiter;
    is_query = is_query || delimiter == '?';
    is_value = is_query && (delimiter == '=' || (is_value && delimiter != '&'));
    target.remove_prefix(size + 1);
  }
  return made;
}

}  // namespace loadcurve::replay
