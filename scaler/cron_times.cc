#include "scaler/cron_times.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <vector>

namespace loadcurve {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekDays = {"sun", "mon", "tue", "wed",
                                                       "thu", "fri", "sat"};
constexpr std::array kLongestMonths = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

struct FieldKind {
  std::string_view name;
  std::string_view expected;
  int least = 0;
  int most = 0;
  std::span<const std::string_view> names{};  // of the numbers from `least` on
};

constexpr std::array<FieldKind, 5> kFields = {
    FieldKind{"minute", "0 to 59", 0, 59},
    {"hour", "0 to 23", 0, 23},
    {"day of the month", "1 to 31", 1, 31},
    {"month", "1 to 12 or jan to dec", 1, 12, kMonths},
    {"day of the week", "0 to 7, where 0 and 7 are Sunday, or sun to sat", 0, 7, kWeekDays}};

// The field, and a step that is far too long to be one.
constexpr int kMostStep = 1000;

std::vector<std::string_view> SplitAt(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find_first_of(separators);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<int> WholeIn(std::string_view text) {
  int value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size() || text.starts_with('-'))
    return std::nullopt;
  return value;
}

std::optional<int> NumberOf(std::string_view text, const FieldKind& field) {
  std::string lower;
  for (const char c : text) lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  const auto name = std::ranges::find(field.names, lower);
  if (name != field.names.end()) return field.least + static_cast<int>(name - field.names.begin());
  const auto number = WholeIn(text);
  return number && *number >= field.least && *number <= field.most ? number : std::nullopt;
}

// The bits of "*", "5", "1-5", each with or without "/2".
std::optional<std::uint64_t> BitsOfPart(std::string_view part, const FieldKind& field) {
  const std::size_t slash = part.find('/');
  const bool has_step = slash != std::string_view::npos;
  const auto step = has_step ? WholeIn(part.substr(slash + 1)) : std::optional(1);
  if (!step || *step < 1 || *step > kMostStep) return std::nullopt;
  const std::string_view range = part.substr(0, slash);
  const std::size_t dash = range.find('-');
  std::optional<int> first = field.least;
  std::optional<int> last = field.most;
  if (range != "*") {
    first = NumberOf(range.substr(0, dash), field);
    if (dash != std::string_view::npos) last = NumberOf(range.substr(dash + 1), field);
    if (dash == std::string_view::npos && !has_step) last = first;
  }
  if (!first || !last || *first > *last) return std::nullopt;
  std::uint64_t bits = 0;
  for (int i = *first; i <= *last; i += *step) bits |= std::uint64_t{1} << i;
  return bits;
}

Result<std::uint64_t> BitsOf(std::string_view text, const FieldKind& field) {
  std::uint64_t bits = 0;
  for (const std::string_view part : SplitAt(text, ",")) {
    const auto of_part = BitsOfPart(part, field);
    if (!of_part)
      return Fail(ErrorCode::kInvalidArgument,
                  "the " + std::string(field.name) + " is '" + std::string(text) + "', expected " +
                      std::string(field.expected) + ", in ranges, lists and steps, or *");
    bits |= *of_part;
  }
  return bits;
}

}  // namespace

Result<CronTimes> CronTimes::Parse(std::string_view text) {
  std::vector<std::string_view> fields = SplitAt(text, " \t");
  std::erase(fields, "");
  if (fields.size() != kFields.size())
    return Fail(ErrorCode::kInvalidArgument,
                "there are " + std::to_string(fields.size()) + " of the five fields");
  std::array<std::uint64_t, kFields.size()> bits{};
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    LC_TRY(bits[i], BitsOf(fields[i], kFields[i]));
  }
  CronTimes times;
  times.text_ = text;
  times.minutes_ = bits[0];
  times.hours_ = bits[1];
  times.month_days_ = bits[2];
  times.months_ = bits[3];
  constexpr std::uint64_t kWeek = 0x7F;
  times.week_days_ = (bits[4] & kWeek) | bits[4] >> 7U;
  times.is_any_month_day_ = fields[2].starts_with('*');
  times.is_any_week_day_ = fields[4].starts_with('*');
  times.follows_clock_ = fields[0].starts_with('*') || fields[1].starts_with('*');
  if (!times.HasAnyDay())
    return Fail(ErrorCode::kInvalidArgument, "there is no day " + std::string(fields[2]) +
                                                 " in month " + std::string(fields[3]));
  return times;
}

bool CronTimes::HasAnyDay() const {
  if (!is_any_month_day_ && !is_any_week_day_) return true;
  for (int month = 1; month <= 12; ++month)
    for (int day = 1; day <= kLongestMonths[static_cast<std::size_t>(month - 1)]; ++day)
      if ((months_ >> month & 1U) != 0 && (month_days_ >> day & 1U) != 0) return true;
  return false;
}

bool CronTimes::HoldsOn(std::chrono::year_month_day day) const {
  if ((months_ >> static_cast<unsigned>(day.month()) & 1U) == 0) return false;
  const bool is_month_day = (month_days_ >> static_cast<unsigned>(day.day()) & 1U) != 0;
  const std::chrono::weekday weekday{std::chrono::local_days(day)};
  const bool is_week_day = (week_days_ >> weekday.c_encoding() & 1U) != 0;
  if (is_any_month_day_ || is_any_week_day_) return is_month_day && is_week_day;
  return is_month_day || is_week_day;
}

}  // namespace loadcurve
