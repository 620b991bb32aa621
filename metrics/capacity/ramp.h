#pragma once

#include <cstddef>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "metrics/capacity/ramp_step.h"
#include "metrics/capacity/step_judge.h"

namespace loadcurve {

struct RampOptions {
  std::size_t replicas = 1;
  std::vector<double> mix{};  // shares of the routes in the log; they add up to 1
  double first_rate = 1;      // requests a second over all replicas
  double most_rate = 1000;    // never above it
  CarriedLimits limits{};
  // The mix is varied at the end, so that what each route costs can be told apart. Of use only
  // where the CPU of the replicas is watched.
  bool varies_mix = false;
  Duration longest = std::chrono::minutes(15);  // then it ends with what it knows
};

enum class RampEnd {
  kNone,             // it goes on
  kKnee,             // found the rate between carried and not carried
  kCeiling,          // carried the highest rate that is allowed
  kNeverGood,        // not even a very low rate was carried
  kTargetLost,       // the target did not come back
  kObservationLost,  // what the replicas use could not be read any more
  kGeneratorLimit,   // requests went out late: this machine is the limit
  kOutOfTime,
  kStopped,  // by hand
};

// "knee", "ceiling", "never good", "target lost", "observation lost", "generator limit",
// "out of time", "stopped".
std::string_view Name(RampEnd end);

// What is to be done until the next interval has passed.
struct RampOrder {
  enum class Kind { kHold, kGo, kDone };
  Kind kind = Kind::kHold;
  double rate = 0;            // kGo: requests a second over all replicas; 0 on kDone
  std::vector<double> mix{};  // kGo: shares of the routes
  std::string why{};          // a sentence for the reader of a live view
};

// Finds how much load replicas carry, by raising the rate of requests to all of them.
//
//   grow     x 1.6 while a rate is carried
//   stress   x 1.5 beyond the first that is late, for a few intervals, until answers fall behind:
//            what is used up then is what limits
//   refine   halves (in logarithms) the way between the highest rate that is carried and the
//            lowest that is not, until they are 5 % apart
//   confirm  a limit that only one rate vouches for is tried again
//   mix      each route in turn keeps its rate while the others are cut to a fifth: nothing gets
//            more of any route than it has carried
//   rest     after whatever was not carried, at half of what is, until the target is at ease
//
// Errors and deaths count only when they happen twice at a rate. A target that answers nothing
// gets two requests a second and replica until it answers again, for 60 intervals at most. Where
// the observation of a replica is lost for 5 intervals the load ends at once. A step in which
// requests went out late for 4 intervals is held anew, three times at most; so is one that was late
// or saturated while others kept the CPU from the replicas, and then it counts.
//
// A machine without clock or chance: the same intervals give the same orders.
class Ramp {
 public:
  // kInvalidArgument: no replicas, no routes, rates that are not 0 < first <= most, shares
  // outside (0, 1).
  [[nodiscard]] static Result<Ramp> Make(RampOptions options);

  // What to begin with.
  RampOrder First() const;

  // What to do after `interval`, which the last order was for.
  RampOrder Next(RampInterval interval);

  // Ends it by hand; what was learnt stays.
  void Stop();

  RampEnd end() const { return end_; }
  const RampOptions& options() const { return options_; }
  // Those that were held to a verdict, rests apart, in the order they were held; the last may be
  // open.
  const std::vector<RampStep>& steps() const { return steps_; }
  const RampStep& current() const { return step_; }

  // The highest rate that was carried, 0 where none was, and the lowest above it that was not.
  double carried() const { return carried_; }
  std::optional<double> broken() const;

 private:
  explicit Ramp(RampOptions options);

  RampOrder OnOwnDelay();
  RampOrder Again(std::string why);
  RampOrder Probe();
  RampOrder Rest();
  RampOrder Vary();

  RampOrder OnGood();
  RampOrder OnBroken(StepVerdict verdict);
  RampOrder Refine(std::string why);
  RampOrder Finish(RampEnd end, std::string why);
  RampOrder NextMix();
  RampOrder Done(RampEnd end, std::string why);

  // Begins a step; with a rest before it where the last one was not carried.
  RampOrder Go(RampStep next, std::string why);
  RampOrder RestThen(RampStep next, std::string why);
  RampStep At(StepPurpose purpose, double rate) const;
  bool NeedsConfirmation() const;
  std::optional<RampOrder> Alarm(const RampInterval& interval);

  RampOptions options_;
  std::vector<RampStep> steps_;
  RampStep step_;
  RampStep after_rest_;
  RampEnd end_ = RampEnd::kNone;
  RampEnd found_ = RampEnd::kNone;
  double carried_ = 0;
  double broken_ = std::numeric_limits<double>::infinity();
  double failed_once_ = 0;  // the rate at which errors happened once
  int refinements_ = 0;
  int stresses_ = 0;
  int descents_ = 0;
  bool has_confirmed_ = false;
  std::size_t blind_ = 0;
  bool was_observed_ = false;
  std::size_t self_late_ = 0;
  int own_delays_ = 0;
  int starved_steps_ = 0;
  std::optional<TimePoint> began_;
  std::deque<RampStep> mixes_;
  std::size_t mix_intervals_ = 0;  // of each
};

}  // namespace loadcurve
