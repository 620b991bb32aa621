#pragma once

#include "base/units.h"

namespace loadcurve::sample {

// A CPU limit that a program keeps to by itself, as the kernel makes a container keep to one: CPU
// time comes in at a steady rate, what is not used is saved up to a tenth of a second's worth, and
// who has none left waits. Of CFS it differs in that there are no periods: who waits, waits only
// until it has paid back.
class CpuAllowance {
 public:
  // From `now` (monotonic) on, when the program has used `used` of CPU time already; with savings
  // to begin with. `limit` is above 0.
  CpuAllowance(CpuCores limit, Duration now, Duration used);

  // How long the program is to wait before it uses more, given that it has used `used` by `now`:
  // 0 where it has some left.
  Duration WaitAt(Duration now, Duration used);

 private:
  double limit_;
  double saved_;  // seconds of CPU; below 0 where too much was used
  Duration now_;
  Duration used_;
};

}  // namespace loadcurve::sample
