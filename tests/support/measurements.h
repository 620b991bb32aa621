#pragma once

#include <cstdlib>
#include <filesystem>

namespace loadcurve {

// The folder of real measurements beside the repository, or where LOADCURVE_DATA points. It
// may be absent; a test that needs it then skips itself.
inline std::filesystem::path MeasurementsFolder() {
  if (const char* chosen = std::getenv("LOADCURVE_DATA")) return chosen;
  return std::filesystem::path(LOADCURVE_SOURCE_DIR) / "../shared/data";
}

}  // namespace loadcurve
