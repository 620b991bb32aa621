#include "cmd/forecast_levels.h"

#include <charconv>

namespace loadcurve {

std::vector<std::string> SplitAtCommas(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ',')
      parts.emplace_back();
    else if (c != ' ')
      parts.back() += c;
  }
  return parts;
}

Result<std::vector<double>> ParseLevels(const std::vector<std::string>& names) {
  std::vector<double> levels;
  for (const std::string& name : names) {
    double level = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), level);
    if (error != std::errc() || end != name.data() + name.size() || !(level > 0 && level < 1))
      return Fail(ErrorCode::kInvalidArgument,
                  "--levels: '" + name + "' is not a level; expected numbers between 0 and 1");
    if (!levels.empty() && level <= levels.back())
      return Fail(ErrorCode::kInvalidArgument,
                  "--levels: " + name + " does not rise; expected each above the one before");
    levels.push_back(level);
  }
  return levels;
}

}  // namespace loadcurve
