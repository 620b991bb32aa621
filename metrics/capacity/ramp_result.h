#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "metrics/calibration.h"
#include "metrics/capacity/bottleneck.h"
#include "metrics/capacity/ramp.h"
#include "metrics/capacity/resource_limits.h"
#include "metrics/capacity/scalability_fit.h"
#include "metrics/request_counts.h"

namespace loadcurve {

// A rate that was held, as it is drawn: all of one replica.
struct CurvePoint {
  StepPurpose purpose = StepPurpose::kGrow;
  StepVerdict verdict = StepVerdict::kOpen;
  double asked_rate = 0;  // requests a second
  double answered_rate = 0;
  MetricsQps load;  // of the answered ones
  double median_seconds = 0;
  double quantile_seconds = 0;
  double late_share = 0;
  double error_share = 0;
  double in_flight = 0;
  ReplicaUse use;
  std::size_t intervals = 0;  // that counted
  std::size_t settling = 0;   // before them
};

// What a ramp found.
struct RampResult {
  RampEnd end = RampEnd::kNone;
  std::size_t replicas = 1;
  // Requests a second that one replica carries in the mix of the log. Absent where no rate was
  // carried.
  std::optional<RateEstimate> rate;
  // True where the limit was not reached, or was that of a machine busy with others: it carries
  // that much, and perhaps more.
  bool is_lower_bound = false;
  BottleneckVerdict verdict;
  ReplicaEvidence evidence;
  std::vector<ResourceLimit> limits;
  std::optional<ScalabilityFit> scalability;

  // Weights, and how far they can be trusted.
  WorkloadCalibration calibration;
  // Load of a mean request of the log, in MetricsQPS a request a second.
  double load_of_request = 0;
  std::vector<CurvePoint> curve;  // in the order they were held

  // `rate` as load. What binds is the bottleneck, and CPU where that is none that a profile knows
  // (refusals, a busy machine, unknown, none). The interval holds the error of the rate, not that
  // of the weights, which scale the capacity and the load alike.
  std::optional<ReplicaCapacity> Capacity() const;
};

struct ResultQuestion {
  Duration latency_target = std::chrono::milliseconds(500);
  // To measure load in; absent: those that a calibration on the steps finds.
  std::optional<RequestWeights> weights{};
};

// What `ramp`, which ended, found. `counts` are all requests of the ramp, of any workload.
// kInsufficientData where no request took any time.
[[nodiscard]] Result<RampResult> ResultOf(const Ramp& ramp, const RequestCounts& counts,
                                          const ResultQuestion& question);

// Load of a mean request of the good steps in the mix of the log, in these weights; 0 where there
// is none.
double LoadOfRequest(const Ramp& ramp, const RequestCounts& counts, const RequestWeights& weights);

}  // namespace loadcurve
