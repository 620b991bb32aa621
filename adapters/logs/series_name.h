#pragma once

#include <string_view>

namespace loadcurve::logs {

// `text` where it can name a series: up to 200 bytes of UTF-8 without control characters;
// "other" where it cannot. What strangers send ends up in logs, and names in files and on
// screens.
std::string_view SeriesName(std::string_view text);

}  // namespace loadcurve::logs
