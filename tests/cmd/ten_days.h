#pragma once

#include <string>

namespace loadcurve {

// Ten days of hours, 100 + the hour of the day, from 1973-03-03T10:00Z.
inline std::string TenDays() {
  std::string text = "time,value\n";
  for (int hour = 0; hour < 240; ++hour)
    text +=
        std::to_string(100'000'800 + hour * 3600) + "," + std::to_string(100 + hour % 24) + "\n";
  return text;
}

}  // namespace loadcurve
