#include "scaler/stated_policy.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "scaler/reason_words.h"

namespace loadcurve {
namespace {

// Far more than any bound allows.
constexpr double kMostPaidFor = 1e9;
constexpr double kRoundingError = 1e-9;

bool GoesByMonth(const SpendingCap& cap) {
  return cap.per_month && (!cap.per_hour || *cap.per_month / kHoursAMonth < *cap.per_hour);
}

}  // namespace

Replicas PaidFor(const SpendingCap& cap) {
  const double an_hour =
      GoesByMonth(cap) ? *cap.per_month / kHoursAMonth : cap.per_hour.value_or(kMostPaidFor);
  const double replicas = std::min(an_hour / cap.replica_hour, kMostPaidFor);
  return Replicas(static_cast<std::int64_t>(std::floor(replicas * (1 + kRoundingError))));
}

std::string AmountWords(const SpendingCap& cap) {
  if (GoesByMonth(cap)) return Short(*cap.per_month) + " a month";
  return Short(cap.per_hour.value_or(kMostPaidFor)) + " an hour";
}

}  // namespace loadcurve
