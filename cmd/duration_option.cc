#include "cmd/duration_option.h"

#include <fmt/format.h>

#include "base/time_text.h"

namespace loadcurve {

Result<Duration> DurationOf(std::string_view option, std::string_view text) {
  auto duration = ParseDuration(text);
  if (!duration) return Within(option, duration.error());
  return duration;
}

Result<Duration> PositiveDurationOf(std::string_view option, std::string_view text) {
  LC_TRY(const Duration duration, DurationOf(option, text));
  if (duration > Duration(0)) return duration;
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{} is {}; expected more than zero", option, text));
}

}  // namespace loadcurve
