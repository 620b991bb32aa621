#pragma once

#include <prometheus/registry.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/units.h"
#include "scaler/control_loop.h"
#include "scaler/workload_status.h"

namespace loadcurve::telemetry {

// What is read anew for each page, so that nothing is kept twice.
struct Readings {
  std::function<std::vector<WorkloadStatus>()> workloads;
  // Requests and connections of the API, since the start; empty: not told.
  std::function<std::uint64_t()> requests{};
  std::function<std::uint64_t()> failed_handshakes{};
  // Whether this replica leads; empty: there is no election.
  std::function<bool()> is_leading{};
  // When the serving certificate ends; empty: not told.
  std::function<TimePoint()> certificate_ends{};
  // Bytes of lists and watches that the API server sent, since the start, by what was watched;
  // empty: nothing is.
  std::function<std::vector<std::pair<std::string, std::uint64_t>>()> watched_bytes{};
};

// What Loadcurve tells of itself, as the page that a Prometheus scrapes (text format 0.0.4).
// docs/operations.md has a line for each metric. Thread-safe.
class Telemetry {
 public:
  // What `readings` calls outlives it and is thread-safe.
  Telemetry(const std::string& version, Readings readings);

  void NoteStep(const TickReport& report);

  // Whether `what` works now: "profiles", "leader election". A small, fixed set of names.
  void NoteHealth(const std::string& what, bool is_well);

  // One page; O(profiles).
  std::string Page() const;

 private:
  ::prometheus::Registry registry_;
  Readings readings_;
  ::prometheus::Histogram& step_seconds_;
  ::prometheus::Counter& decisions_;
  ::prometheus::Gauge& profiles_;
  ::prometheus::Gauge& failing_;
  ::prometheus::Gauge& last_step_;
  ::prometheus::Gauge& brake_;
  ::prometheus::Gauge& brake_wanted_;
  ::prometheus::Gauge& brake_allowed_;
  ::prometheus::Family<::prometheus::Gauge>& health_;
};

}  // namespace loadcurve::telemetry
