#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace loadcurve::twin {

// What can be wrong with a service, or with what is seen of it.
enum class Fault {
  kSilence,     // no window is heard, and none is told later
  kLate,        // no window is heard, and all are told at its end
  kHalfHeard,   // a part of the replicas is not scraped
  kHang,        // requests go in and do not come out
  kRefusal,     // a part of the requests fails in 2 ms
  kRetryStorm,  // a part fails, and each of these comes again
  kOutage,      // nobody sends requests
  kOldCount,    // replicas are observed as they were five minutes ago
  kRestart,     // another leader, who knows the past of the load and what was wanted last
};
inline constexpr std::size_t kFaults = 9;

std::string_view Name(Fault fault);

struct FaultEvent {
  Fault fault = Fault::kSilence;
  Duration from{0};  // from the beginning of the run
  Duration length{0};
  double severity = 1;  // the share of requests, or of replicas, that it is about; in (0, 1]
};

// One workload and what befalls it, from a seed alone.
struct FaultScript {
  std::uint64_t seed = 0;
  std::vector<double> loads;  // what users want, a minute each, in replicas at the planned load
  std::vector<FaultEvent> events;
  // The profile.
  Duration scale_down_window{0};
  Duration startup{0};
  std::optional<Replicas> up_step{};
  std::optional<Replicas> down_step{};
  Replicas min{1};
  Replicas max{1};
  bool has_slots = false;
  // What is known and who follows.
  bool has_forecast = true;
  double forecast_bias = 1;  // of its loads
  bool has_gauge = true;     // of requests in flight
  bool is_hpa = false;       // a HorizontalPodAutoscaler follows, else the count is set
};

// Three hours, of a load that is steady, daily, rising, wandering, shifting or spiking; or, where
// `real` is not empty, three hours of it (a minute each, brought to a mean of 20 replicas).
FaultScript RandomScript(std::uint64_t seed, std::span<const double> real = {});

}  // namespace loadcurve::twin
