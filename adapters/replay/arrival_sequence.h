#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "adapters/replay/request_set.h"
#include "base/units.h"

namespace loadcurve::replay {

enum class ArrivalKind {
  kRecorded,  // as the record has them, gaps and bursts, over and over
  kPoisson,   // at random, independent of one another: as many users are
  kConstant,  // evenly spaced
};

// A request, and when it is due in a time of which one unit is one request on average.
struct DueRequest {
  double at = 0;
  std::uint32_t request = 0;
};

// The requests of a load one after the other, without end. Of `parts` sequences with the same
// set and seed each gives its own share; together they are the load. The same arguments give
// the same requests.
class ArrivalSequence {
 public:
  struct Part {
    std::uint64_t number = 0;  // below `of`
    std::uint64_t of = 1;
  };

  // `requests` has at least one arrival. The mix is that of the record.
  ArrivalSequence(std::shared_ptr<const RequestSet> requests, ArrivalKind kind, std::uint64_t seed,
                  Part part);

  DueRequest Next();

  // From the next request on, the share of each route; recorded arrivals keep their own. Shares
  // are as many as routes, >= 0, and not all 0; they need not add up to 1. A route with requests
  // to choose from takes part.
  void SetMix(std::span<const double> shares);

 private:
  std::uint32_t Draw();
  double Uniform();

  std::shared_ptr<const RequestSet> requests_;
  ArrivalKind kind_;
  Part part_;
  std::mt19937_64 random_;
  std::uint64_t index_ = 0;  // of the next, in the whole load
  double at_ = 0;            // of the last, for kPoisson
  std::vector<double> upper_share_;
  // Of each route its arrivals' requests, shuffled, and whose turn it is.
  std::vector<std::vector<std::uint32_t>> of_route_;
  std::vector<std::size_t> turn_;
};

// Turns the time of a sequence into time on the clock, by a rate that may change on the way.
class Pace {
 public:
  // `rate` in units a second, >= 0; 0 is a standstill.
  Pace(double rate, Duration start) : real_(start), rate_(rate) {}

  // What is due after `now` comes at the new rate; the part of a gap that has passed counts.
  void SetRate(double rate, Duration now);

  // Duration::max() where that is never.
  Duration RealTimeOf(double at) const;
  double rate() const { return rate_; }

 private:
  double at_ = 0;  // reached at real_
  Duration real_;
  double rate_;
};

}  // namespace loadcurve::replay
