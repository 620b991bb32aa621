#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/prometheus/time_series.h"
#include "base/units.h"

namespace loadcurve::prometheus {

// When each scraped target was heard of, and so which windows can be vouched for.
//
// A target is one endpoint of a pod; a pod is heard where one of its targets is. Times come
// from any sample that a target gave, and from `up`, which says also of targets that it
// could not be scraped. Add everything, then ask.
class TargetWatch {
 public:
  // Gaps longer than `longest_gap` are silence, whatever the usual gap is; > 0.
  explicit TargetWatch(Duration longest_gap) : longest_gap_(longest_gap) {}

  // Names the target of a series by its job, instance and pod.
  static std::string TargetOf(const Labels& labels, const std::string& pod_label);
  // The pod of a series, else its instance.
  static std::string PodOf(const Labels& labels, const std::string& pod_label);

  void AddHeard(const std::string& target, const std::string& pod, TimePoint time);
  // A scrape that failed: the pod is known of, and silent.
  void AddFailed(const std::string& pod, TimePoint time);

  // The median time between two samples of a target; 2/5 of the longest gap where no target
  // was heard of twice.
  Duration UsualGap() const;

  // Two samples further apart than this are not joined: 3.5 usual gaps, so that two scrapes
  // in a row may fail; at most the longest gap.
  Duration Tolerance() const;

  // Up to when windows can be given out. A target whose next sample is due holds it back;
  // one that is silent for 1.5 usual gaps longer than the others is waited for no more, and
  // lowers the coverage. nullopt where nothing was heard.
  std::optional<TimePoint> Frontier() const;

  // The last sample of the target before `time`.
  std::optional<TimePoint> LastBefore(const std::string& target, TimePoint time) const;

  // Pods that were heard throughout (start, end], or from their first sample within it on,
  // and whose counts at the end are known: samples before and after it.
  std::int64_t HeardPods(TimePoint start, TimePoint end) const;

  // Pods that were heard of, or could not be scraped, within 1.5 usual gaps up to `time`.
  std::int64_t KnownPods(TimePoint time) const;

 private:
  struct Target {
    std::string pod;
    std::set<TimePoint> times{};
  };

  bool IsHeard(const Target& target, TimePoint start, TimePoint end, Duration tolerance) const;

  Duration longest_gap_;
  std::map<std::string, Target> targets_;
  std::map<std::string, std::set<TimePoint>> failures_of_pod_;
};

}  // namespace loadcurve::prometheus
