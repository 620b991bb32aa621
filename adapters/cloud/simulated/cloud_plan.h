#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "scaler/capacity/capacity_offer.h"

namespace loadcurve::simulated_cloud {

// How much of a pool's stock there is, step by step; the last value stays.
struct AvailabilityTrace {
  Duration step = std::chrono::minutes(5);  // > 0
  std::vector<double> shares;               // each in [0, 1]; empty: all of it, always
};

struct PoolPlan {
  capacity::CapacityOffer offer;
  std::int64_t stock = 0;  // nodes that may be held at once; those that are sold count
  AvailabilityTrace trace;
  Duration notice = std::chrono::seconds(120);  // of spot nodes before they are taken
  double missed_notice = 0;                     // the share of them that get none
};

// At most so many nodes of a class in a region.
struct QuotaPlan {
  std::string region;
  capacity::CapacityClass capacity_class = capacity::CapacityClass::kOnDemand;
  std::int64_t nodes = 0;
};

enum class CallKind { kAny, kOffers, kOrder, kRetire, kNodes };

enum class FaultKind {
  kThrottle,     // 429 with Retry-After; nothing is done
  kUnavailable,  // 503; nothing is done
  kLostReply,    // 504, though it was done
};

// "any", "offers", "order", "retire", "nodes"
std::string_view Name(CallKind call);
// "throttle", "unavailable", "lost-reply"
std::string_view Name(FaultKind kind);

// What goes wrong with some calls for some time.
struct FaultRule {
  CallKind call = CallKind::kAny;
  FaultKind kind = FaultKind::kUnavailable;
  Duration from{};                      // since the start, in the cloud's time
  std::optional<Duration> until{};      // absent: for ever
  double share = 1;                     // of the calls, in [0, 1]
  std::optional<std::int64_t> first{};  // only the first so many calls that it could touch
  Duration retry_after = std::chrono::seconds(5);
};

struct CloudPlan {
  std::uint64_t seed = 1;
  bool knows_tokens = true;        // an order sent again is sold once
  bool is_all_or_nothing = false;  // no part of an order is sold
  std::vector<PoolPlan> pools;
  std::vector<QuotaPlan> quotas;
  std::vector<FaultRule> faults;
};

// Reads a plan in YAML; traces that it names are read from beside it. kInvalidArgument tells
// file, line, field, what was found and what was expected, for every fault at once.
[[nodiscard]] Result<CloudPlan> ReadCloudPlan(const std::string& path);
[[nodiscard]] Result<CloudPlan> ParseCloudPlan(const std::string& text,
                                               const std::string& file_name);

}  // namespace loadcurve::simulated_cloud
