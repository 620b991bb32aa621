#include "metrics/container_resources.h"

#include <cmath>
#include <cstdint>

namespace loadcurve {

std::string CpuText(CpuCores cores) {
  const auto milli = static_cast<std::int64_t>(std::llround(cores.value() * 1000));
  return milli % 1000 == 0 ? std::to_string(milli / 1000) : std::to_string(milli) + "m";
}

std::string MemoryText(Bytes bytes) {
  constexpr std::int64_t kMebi = std::int64_t{1} << 20;
  constexpr std::int64_t kGibi = std::int64_t{1} << 30;
  if (bytes.value() % kGibi == 0) return std::to_string(bytes.value() / kGibi) + "Gi";
  if (bytes.value() % kMebi == 0) return std::to_string(bytes.value() / kMebi) + "Mi";
  return std::to_string(bytes.value());
}

}  // namespace loadcurve
