#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/units.h"
#include "metrics/instance_speed.h"
#include "metrics/pod_use_source.h"
#include "metrics/request_weights.h"
#include "scaler/replica_mix.h"
#include "scaler/speed_report.h"

namespace loadcurve {

// Learns, while a workload serves, how fast the families of instances are that it runs on, from
// what its pods serve and take side by side (InstanceSpeedsOf). Not thread-safe.
class SpeedLearner {
 public:
  // Windows that are judged: three days of ten minutes.
  static constexpr std::size_t kMostWindows = 432;

  // `stated` has a family at 1, with which all others are compared: the first of them by name.
  SpeedLearner(std::unique_ptr<PodUseSource> uses, const InstanceSpeeds& stated);

  // What was learnt before this process began, by the same reference, stands until as much is known
  // anew.
  void Resume(const SpeedReport& report);

  // At each step: the instance type of each pod's node, by the pod's name; empty: not known yet.
  void Note(TimePoint now, const std::map<std::string, std::string>& types);
  // Whether a window ended that was not looked at; a minute later, when all is scraped.
  bool IsDue(TimePoint now) const;
  // Reads the latest such window. One that cannot be read is passed over, and the report says why.
  void Look(TimePoint now, const RequestWeights& weights);

  // As of the last look.
  const SpeedReport& report() const { return report_; }
  // What is stated, and in its place what is learnt and believed.
  InstanceSpeeds InForce() const;

 private:
  struct Pod {
    std::string family;
    TimePoint seen;
  };

  std::unique_ptr<PodUseSource> uses_;
  InstanceSpeeds stated_;
  std::map<std::string, Pod> pods_;
  std::optional<TimePoint> looked_until_;
  std::deque<FamilyWindow> windows_;  // with two families at least
  std::map<std::string, InstanceSpeed> before_;
  SpeedReport report_;
};

}  // namespace loadcurve
