#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "metrics/capacity/bottleneck.h"
#include "metrics/capacity/production_outlook.h"
#include "metrics/replica_capacity.h"

namespace loadcurve {

struct ProductionQuestion {
  ReplicaLimits limits{};
  std::string weights_version{};
  int resamples = 200;
  std::uint64_t seed = 1;
};

// What production windows say of the load that one replica carries.
struct ProductionCapacity {
  SeenLoad seen{};
  double load_of_request = 0;               // of a mean request of the mix that was seen
  std::vector<ResourceOutlook> outlooks{};  // the least rate first, those not known last

  // Requests a second in the mix that was seen, with its 90 % interval. Absent where it is not
  // known; `reasons` then says why, and what would tell.
  std::optional<RateEstimate> rate{};
  Standing standing = Standing::kUnknown;
  Bottleneck binding = Bottleneck::kUnknown;
  std::vector<std::string> reasons{};
  std::vector<std::string> assumptions{};  // that `rate` rests on

  std::string weights_version{};
  std::vector<LoadLevel> levels{};  // what was seen, by load
  ProductionFit fit{};

  // `rate` as load, at all of what binds.
  std::optional<ReplicaCapacity> Capacity() const;
  // The highest load seen, as a share of `rate`; absent where that is.
  std::optional<double> Reach() const;
};

// Estimates the capacity, as a ramp defines it (the rate at which more than `allowed_late` of the
// requests would be later than the target), from what was seen:
//
//   measured      some loads were clearly late: the knee between them and those that were not
//   extrapolated  the least of: the CPU, by a straight line to its limit, with the target met on
//                 the way by the queue curve; the slots, by M/M/c; the memory, by a straight
//                 line, where it follows the load; where the latency rises and the CPU does not
//                 explain it, the Universal Scalability Law
//   not known     where the load stayed below a fifth of that; where its interval spans more than
//                 a factor of two; where slots, of which nobody told how many there are, could run
//                 out between what was held at once and what would be; where the latency rises
//                 and nothing says where to
//
// The interval comes from the fits on windows drawn anew in blocks (Kuensch 1989); it is widened
// by 3 % and by 5 % for each further time that the highest load seen goes into it. Windows with
// more than 5 % errors are left out: refusals are cheap.
ProductionCapacity EstimateCapacity(std::span<const ReplicaWindow> windows,
                                    const ProductionQuestion& question);

}  // namespace loadcurve
