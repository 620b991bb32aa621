#include "adapters/logs/log_time.h"

#include <cstdint>
#include <cstring>

#include "adapters/logs/time_pattern.h"

namespace loadcurve::logs {
namespace {

bool ReadWhole(std::string_view pattern, std::string_view text, TimePoint& time) {
  CivilTime civil;
  const auto taken = ReadByPattern(pattern, text, civil);
  const auto local = civil.Local();
  if (!taken || *taken != text.size() || !local) return false;
  time = *local - civil.offset.value_or(Duration(0));
  return true;
}

// Whether two times have the same bytes, in as few comparisons as there are words.
template <class Word>
bool SameWord(const char* a, const char* b) {
  Word x{};
  Word y{};
  std::memcpy(&x, a, sizeof(Word));
  std::memcpy(&y, b, sizeof(Word));
  return x == y;
}

bool SameMinute(const char* a, const char* b) {
  return SameWord<std::uint64_t>(a, b) && SameWord<std::uint64_t>(a + 8, b + 8) && a[16] == b[16];
}

bool SameOffset(const char* a, const char* b) {
  return SameWord<std::uint32_t>(a, b) && SameWord<std::uint16_t>(a + 4, b + 4);
}

}  // namespace

bool LogTime::ReadClf(std::string_view text, TimePoint& time) {
  constexpr std::size_t kSecondAt = kMinuteSize + 1;
  constexpr std::size_t kOffsetAt = kSecondAt + 2;
  if (text.size() != kOffsetAt + kOffsetSize) return false;
  const int tens = text[kSecondAt] - '0';
  const int ones = text[kSecondAt + 1] - '0';
  if (tens < 0 || tens > 6 || ones < 0 || ones > 9 || text[kMinuteSize] != ':') return false;
  if (!SameMinute(text.data(), minute_text_.data()) ||
      !SameOffset(text.data() + kOffsetAt, offset_text_.data())) {
    TimePoint whole;
    if (!ReadWhole("%d/%b/%Y:%H:%M:%S %z", text, whole)) return false;
    minute_ = whole - std::chrono::seconds(tens * 10 + ones);
    std::memcpy(minute_text_.data(), text.data(), kMinuteSize);
    std::memcpy(offset_text_.data(), text.data() + kOffsetAt, kOffsetSize);
  }
  if (tens == 6 && ones > 0) return false;
  time = minute_ + std::chrono::seconds(tens * 10 + ones);
  return true;
}

bool LogTime::ReadIso8601(std::string_view text, TimePoint& time) {
  CivilTime civil;
  const auto taken = ReadByPattern("%Y-%m-%dT%H:%M:%S", text, civil);
  if (!taken) return false;
  text.remove_prefix(*taken);
  if (text.starts_with('.')) {
    std::int64_t scale = 1'000'000;
    text.remove_prefix(1);
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
      scale /= 10;
      civil.fraction += Duration(scale * (text.front() - '0'));
      text.remove_prefix(1);
    }
  }
  const auto offset = ReadByPattern("%z", text, civil);
  const auto local = civil.Local();
  if (!offset || *offset != text.size() || !local) return false;
  time = *local - *civil.offset;
  return true;
}

}  // namespace loadcurve::logs
