#include "adapters/prometheus/whole_windows.h"

#include "base/time_text.h"

namespace loadcurve::prometheus {

Result<WholeWindows> WholeWindowsIn(TimePoint since, TimePoint until, Duration step) {
  if (step <= Duration(0))
    return Fail(ErrorCode::kInvalidArgument,
                "the step is " + ToString(step) + "; expected more than 0");
  const Duration into = since.time_since_epoch() % step;
  const TimePoint start = into == Duration(0) ? since : since + step - into;
  const std::int64_t count = (until - start) / step;
  if (count < 1)
    return Fail(ErrorCode::kInvalidArgument, "from " + ToRfc3339(since) + " to " +
                                                 ToRfc3339(until) +
                                                 " there is no whole window of " + ToString(step));
  return WholeWindows{start, step, count};
}

}  // namespace loadcurve::prometheus
