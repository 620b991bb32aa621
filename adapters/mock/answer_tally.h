#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "adapters/mock/service_model.h"
#include "base/units.h"
#include "metrics/latency_histogram.h"

namespace loadcurve::mock {

// What requests of one route got, and how well the mock kept to its plan. Fixed in size.
struct RouteTally {
  std::uint64_t requests = 0;  // that came
  std::map<int, std::uint64_t> statuses{};
  std::array<std::uint64_t, 4> outcomes{};  // by Outcome; none yet for those under way
  std::uint64_t overflows = 0;              // refused, since too many waited
  std::uint64_t left = 0;                   // answers that nobody was there to take
  std::uint64_t body_bytes = 0;             // sent
  LatencyHistogram wished;                  // as planned: queueing and service
  LatencyHistogram queued;                  // of that, until a worker was free
  LatencyHistogram given;                   // from the request to the first byte handed over
  LatencyHistogram error;                   // how much longer than wished

  void Add(const RouteTally& other);
  // Counts an answer that was given, or kept back, so long after its request.
  void Count(const PlannedAnswer& answer, Duration taken);
};

// By the name of a route. Names are those of plans, so they are few.
using AnswerTally = std::map<std::string, RouteTally, std::less<>>;

// All routes added up.
RouteTally Total(const AnswerTally& tally);

}  // namespace loadcurve::mock
