#pragma once

#include "base/units.h"

namespace loadcurve::capacity {

// How much safety may cost: a share, the premium, of what the demand would have cost without it.
// Prices and spending are in on-demand nodes.
//
// The value of an unserved node-second follows: where the premium lies unspent, it rises by a
// factor of e for each two days of it, and it falls where too much was spent. So the premium goes
// where risk is, and over days it is spent and kept.
class PremiumBudget {
 public:
  explicit PremiumBudget(Ratio premium) : premium_(premium) {}

  // For `span` from now on the demand costs `plain` a second without safety.
  void Allow(double plain, Duration span);
  // What was paid so far, in on-demand node-seconds.
  void NotePaid(double paid) { paid_ = paid; }

  // In on-demand node-seconds.
  double Value() const;

 private:
  Ratio premium_;
  double plain_ = 0;  // node-seconds
  double seconds_ = 0;
  double paid_ = 0;
  double coming_ = 0;  // of plain_, that nothing could be spent of yet
};

}  // namespace loadcurve::capacity
