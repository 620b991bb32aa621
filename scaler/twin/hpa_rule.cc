#include "scaler/twin/hpa_rule.h"

#include <algorithm>
#include <cmath>

namespace loadcurve::twin {
namespace {

constexpr double kRoundingError = 1e-9;
constexpr Replicas kFewestToAdd{4};
// Beyond so many syncs without a change any growth is allowed.
constexpr std::int64_t kMostSyncs = 20;

Replicas HighestAfter(Replicas total, std::int64_t syncs) {
  Replicas highest = total;
  for (std::int64_t i = 0; i < std::min(syncs, kMostSyncs); ++i)
    highest = std::max(highest + highest, highest + kFewestToAdd);
  return highest;
}

}  // namespace

Replicas HpaRule::Sync(double needed, Replicas total, TimePoint now) {
  const auto current = static_cast<double>(total.value());
  Replicas wanted = total;
  if (std::abs(needed / std::max(current, 1.0) - 1) > kHpaTolerance + kRoundingError)
    wanted = Replicas(static_cast<std::int64_t>(std::ceil(needed * (1 - kRoundingError))));
  wanted = std::max(wanted, Replicas(1));

  while (!past_.empty() && past_.back().replicas <= wanted) past_.pop_back();
  past_.push_back({now, wanted});
  while (past_.front().at <= now - kHpaDownWindow) past_.pop_front();

  const std::int64_t syncs =
      has_synced_ ? std::max<std::int64_t>(1, (now - last_sync_) / kHpaSync) : 1;
  last_sync_ = now;
  has_synced_ = true;
  if (wanted > total) return std::min(wanted, HighestAfter(total, syncs));
  return std::min(total, past_.front().replicas);
}

}  // namespace loadcurve::twin
