#include "adapters/sample_service/cpu_allowance.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace loadcurve::sample {
namespace {

constexpr double kSavedSeconds = 0.1;

}  // namespace

CpuAllowance::CpuAllowance(CpuCores limit, Duration now, Duration used)
    : limit_(limit.value()), saved_(limit.value() * kSavedSeconds), now_(now), used_(used) {
  Check(limit.value() > 0, "a CPU limit is above 0");
}

Duration CpuAllowance::WaitAt(Duration now, Duration used) {
  saved_ = std::min(saved_ + limit_ * Seconds(now - now_), limit_ * kSavedSeconds);
  saved_ -= Seconds(used - used_);
  now_ = now;
  used_ = used;
  if (saved_ >= 0) return Duration(0);
  return Duration(std::llround(-saved_ / limit_ * 1e6));
}

}  // namespace loadcurve::sample
