#pragma once

#include <optional>
#include <string>

#include "base/units.h"
#include "scaler/policy_window.h"

namespace loadcurve {

// Bounds that hold in a window, within those of the profile. At least one of them is there.
struct Schedule {
  PolicyWindow window{};
  std::optional<Replicas> min{};
  std::optional<Replicas> max{};

  bool operator==(const Schedule&) const = default;
};

enum class FreezeKind {
  kShrink,  // the count does not shrink
  kAll,     // nor does it grow, but for what is measured and what a schedule asks for
};

// A window in which nothing shall be changed.
struct Freeze {
  PolicyWindow window{};
  FreezeKind kind = FreezeKind::kShrink;

  bool operator==(const Freeze&) const = default;
};

// What replicas may cost, in the currency of their price.
struct SpendingCap {
  double replica_hour = 0;            // the price of a replica, spec.objective.replicaHour; > 0
  std::optional<double> per_hour{};   // > 0
  std::optional<double> per_month{};  // > 0, by the longest month
  bool is_hard = false;               // for the measured load too

  bool operator==(const SpendingCap&) const = default;
};

// How many replicas it pays for, whichever of its amounts is the tighter.
Replicas PaidFor(const SpendingCap& cap);

// The amount that PaidFor() goes by: "12 an hour".
std::string AmountWords(const SpendingCap& cap);

// A month of 31 days, so that a count that is kept up never costs more than stated.
inline constexpr double kHoursAMonth = 31 * 24;

}  // namespace loadcurve
