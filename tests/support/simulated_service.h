#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "metrics/capacity/ramp.h"
#include "metrics/request_counts.h"

namespace loadcurve::testing {

// What a request of a route does, one after the other; times are means in milliseconds.
struct SimulatedRoute {
  std::string name;
  double share = 1;    // of the requests
  double cpu_ms = 0;   // computes
  double lock_ms = 0;  // computes while it holds the one lock
  double wait_ms = 0;  // waits for a dependency, without CPU
};

// Something that goes wrong for a while.
struct SimulatedFault {
  enum class Kind { kRefuse, kHang, kSlow, kDie };
  Kind kind = Kind::kSlow;
  double from = 0;    // seconds since the start
  double to = 0;      // kDie: when it is back, as another process
  double factor = 1;  // kSlow: of all work
};

// One replica of a service whose limits are known. CPU is shared evenly by those that compute
// (processor sharing), at most one core each.
struct SimulatedShape {
  std::vector<SimulatedRoute> routes;
  double spread = 0.5;  // sigma of the lognormal law of all times; below 0: exponential
  double cores = 1;
  std::optional<double> cpu_limit;  // as CFS does: what is left of 0.1 s after its use is lost
  double slots = std::numeric_limits<double>::infinity();
  bool shows_slots = false;  // by a gauge
  bool shows_cpu = true;
  double dependency_slots = std::numeric_limits<double>::infinity();  // of all replicas together
  double memory_mb = 100;
  double memory_of_request_mb = 0;  // while it is held
  std::optional<double> memory_limit_mb;
  std::vector<SimulatedFault> faults;
};

// Replicas of a shape under requests at random (Poisson), as a discrete-event simulation.
class SimulatedService {
 public:
  SimulatedService(SimulatedShape shape, std::size_t replicas, std::uint64_t seed);

  double target_seconds = 0.1;  // of latency
  double quantile = 0.95;
  bool counts_requests = true;
  bool is_observed = true;  // false: what it uses cannot be read

  // The next `seconds` at `rate` requests a second over all replicas.
  RampInterval Play(double rate, const std::vector<double>& mix, double seconds);

  std::vector<double> Mix() const;
  const RequestCounts& counts() const { return counts_; }
  double now() const { return now_; }

 private:
  enum class Stage { kCpu, kLock, kWait, kEnd };
  struct Request {
    std::size_t route = 0;
    double due = 0;
    double begun = 0;
    Stage stage = Stage::kCpu;
    bool is_free = true;
  };
  struct Timed {
    double at = 0;
    std::size_t request = 0;
    bool operator>(const Timed& other) const { return at > other.at; }
  };
  using Schedule = std::priority_queue<Timed, std::vector<Timed>, std::greater<>>;
  struct Replica {
    std::vector<Request> requests;
    std::vector<std::size_t> free;
    std::deque<std::size_t> slot_queue;
    std::deque<std::size_t> lock_queue;
    std::deque<std::size_t> dependency_queue;
    Schedule computing;  // by virtual time
    Schedule waiting;    // by time
    double virtual_now = 0;
    double held_slots = 0;
    double held_dependency = 0;
    bool is_locked = false;
    double quota = 0;  // core seconds left in this period
    bool is_alive = true;
    std::uint64_t start_id = 1;
    ReplicaObservation observation;
    ReplicaObservation before;
    ReplicaInterval interval;
    double in_flight = 0;
    double in_flight_seconds = 0;
  };

  double Draw(double mean_ms);
  double SpeedOf(const Replica& replica) const;
  bool IsUnder(SimulatedFault::Kind kind) const;
  void Advance(double to);
  void Arrive(std::size_t index, std::size_t route);
  void Begin(Replica& replica, std::size_t id);
  void Enter(Replica& replica, std::size_t id);
  void Leave(Replica& replica, std::size_t id);
  void End(Replica& replica, std::size_t id, bool is_error);
  void Die(Replica& replica);
  void NextPeriod();
  ReplicaUse TakeUse(Replica& replica);
  std::size_t NewRequest(Replica& replica, std::size_t route);

  SimulatedShape shape_;
  std::mt19937_64 random_;
  RequestCounts counts_;
  std::vector<Replica> replicas_;
  double now_ = 0;
  double next_period_ = 0;
  std::vector<double> latencies_;
  std::vector<RouteInterval> routes_;
  std::size_t next_replica_ = 0;
};

// The highest rate to one replica at which no larger share than 1 - quantile is late, by
// bisection over `seconds` of each rate.
struct TruthOptions {
  double target_seconds = 0.1;
  double quantile = 0.95;
  double seconds = 1000;
  std::size_t replicas = 1;  // which take turns, so that each gets requests more evenly
};
double TrueCapacity(const SimulatedShape& shape, const TruthOptions& options);

// Plays a ramp to its end.
void Climb(Ramp& ramp, SimulatedService& service, double interval_seconds = 1);

}  // namespace loadcurve::testing
