#include "adapters/kube/micro_time.h"

#include "base/time_text.h"

namespace loadcurve::kube {

std::string ToMicroTime(TimePoint time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  std::string decimals = std::to_string(Duration(time - whole).count());
  decimals.insert(0, 6 - decimals.size(), '0');
  std::string text = ToRfc3339(whole);
  text.pop_back();  // the Z
  return text + "." + decimals + "Z";
}

}  // namespace loadcurve::kube
