#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"
#include "metrics/cpu_source.h"
#include "metrics/metric_source.h"
#include "metrics/replica_capacity.h"
#include "metrics/request_weights.h"
#include "metrics/weight_fit.h"

namespace loadcurve {

// What decisions stand on: what requests cost, and what one replica carries of it.
struct RequestCosts {
  RequestWeights weights;
  std::optional<ReplicaCapacity> per_replica{};
};

// What happened to one workload while nobody held its replicas still.
struct CalibrationEvidence {
  MeasuredRequests requests;
  MeasuredCpu cpu;
};

struct OnlineCalibrationOptions {
  Ratio target_share{0.7};  // of the CPU limit, where nothing in force says which
  WeightFitOptions fit;
};

// What came of one attempt.
enum class CalibrationOutcome {
  kAdopted,          // new costs predict later CPU better than those in force
  kNotBetter,        // they do not, or not by more than their error
  kTooLittle,        // too few windows that could be used
  kUnexplained,      // CPU does not follow the requests
  kUnknownCapacity,  // how much CPU a replica may use is not known
  kNotMeasured,      // requests or CPU could not be read
};

// "Adopted", "NotBetter", "TooLittleEvidence", "CpuUnexplained", "UnknownCapacity", "NotMeasured".
std::string_view Name(CalibrationOutcome outcome);

struct OnlineCalibration {
  CalibrationOutcome outcome = CalibrationOutcome::kTooLittle;
  std::string why;                      // in words
  std::optional<RequestCosts> adopted;  // there if and only if it was adopted; with a capacity
  CpuCores idle;                        // of one replica, of what was adopted
  std::int64_t windows_used = 0;        // of those that were looked at in the end
  // CPU samples not used: "replicas" (another number than were ready), "unknown_replicas",
  // "unmeasured" (requests of some windows are missing or known in part), and those of
  // WorkloadCalibration.
  std::map<std::string, std::int64_t> windows_excluded;
  // How far predictions of later windows were off, in cores a replica, without the tenth that was
  // off most; and how much better the candidate was, in standard errors of the difference. Zero
  // where nothing was compared.
  CpuCores error_in_force;
  CpuCores error_candidate;
  double saving_in_errors = 0;
};

// The fewest windows that a candidate is judged on.
inline constexpr std::int64_t kFewestOnlineWindows = 60;

// A candidate is adopted when its predictions are better by so many standard errors of the
// difference: it is tried every hour, and luck must not have its day.
inline constexpr double kAdoptingErrors = 3;

// One adoption at most halves the replicas that the same load needs: what is really twice as good
// is found again by the next attempt, and what is a fault of measurement was worth half an outage.
inline constexpr double kMostRelief = 2;

// Fits what requests cost, per replica, so that their number may change all the time, and compares
// with what is in force on windows later in time than those that each was fitted to.
//
// The newest three fifths of the windows, in three blocks, are predicted by what was known
// before each. Rivals are: (1) what is in force as it is promised, target_share of the limit at
// `per_replica` (where the limit is known and CPU binds); (2) its weights, with the line from load
// to CPU drawn anew; (3) the candidate: weights and line fitted. New weights are adopted where (3)
// beats (1) and (2) by kAdoptingErrors and errs a twentieth less, and the mix of requests varies;
// else a new capacity of the weights in force where (2) beats (1) so. Where no capacity is in
// force, explaining the CPU is enough. The longest stretch is judged first, then its latest half
// and quarter: after a release the past is another service.
//
// The new capacity is of the same share of the CPU limit. Without a known limit a replica may use
// what the capacity in force comes to, by the line (2); then only weights are adopted, with a
// capacity that follows them. Slots bind as in Calibrate.
//
// What is not adopted is no error: kInvalidArgument is a step or share out of range.
[[nodiscard]] Result<OnlineCalibration> CalibrateOnline(const CalibrationEvidence& evidence,
                                                        const RequestCosts& in_force,
                                                        const OnlineCalibrationOptions& options);

}  // namespace loadcurve
