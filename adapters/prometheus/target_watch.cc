#include "adapters/prometheus/target_watch.h"

#include <algorithm>
#include <iterator>

namespace loadcurve::prometheus {

std::string TargetWatch::PodOf(const Labels& labels, const std::string& pod_label) {
  const std::string_view pod = LabelOf(labels, pod_label);
  return std::string(pod.empty() ? LabelOf(labels, "instance") : pod);
}

std::string TargetWatch::TargetOf(const Labels& labels, const std::string& pod_label) {
  std::string target;
  for (const std::string_view name :
       {std::string_view("job"), std::string_view("instance"), std::string_view(pod_label)}) {
    target += LabelOf(labels, name);
    target += '\0';
  }
  return target;
}

void TargetWatch::AddHeard(const std::string& target, const std::string& pod, TimePoint time) {
  Target& known = targets_[target];
  known.pod = pod;
  known.times.insert(known.times.end(), time);
}

void TargetWatch::AddFailed(const std::string& pod, TimePoint time) {
  failures_of_pod_[pod].insert(time);
}

Duration TargetWatch::UsualGap() const {
  std::vector<Duration> gaps;
  for (const auto& [name, target] : targets_) {
    for (auto time = target.times.begin(); time != target.times.end(); ++time) {
      const auto next = std::next(time);
      if (next != target.times.end() && *next - *time <= longest_gap_)
        gaps.push_back(*next - *time);
    }
  }
  if (gaps.empty()) return longest_gap_ * 2 / 5;
  const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
  std::nth_element(gaps.begin(), middle, gaps.end());
  return *middle;
}

Duration TargetWatch::Tolerance() const {
  return std::min(longest_gap_, UsualGap() * 7 / 2);
}

std::optional<TimePoint> TargetWatch::Frontier() const {
  std::optional<TimePoint> newest;
  for (const auto& [name, target] : targets_)
    newest = std::max(newest.value_or(*target.times.rbegin()), *target.times.rbegin());
  if (!newest) return std::nullopt;
  const Duration patience = UsualGap() * 3 / 2;
  TimePoint frontier = *newest;
  for (const auto& [name, target] : targets_) {
    const TimePoint last = *target.times.rbegin();
    if (*newest - last <= patience) frontier = std::min(frontier, last);
  }
  return frontier;
}

std::optional<TimePoint> TargetWatch::LastBefore(const std::string& target, TimePoint time) const {
  const auto found = targets_.find(target);
  if (found == targets_.end()) return std::nullopt;
  const auto next = found->second.times.lower_bound(time);
  if (next == found->second.times.begin()) return std::nullopt;
  return *std::prev(next);
}

bool TargetWatch::IsHeard(const Target& target, TimePoint start, TimePoint end,
                          Duration tolerance) const {
  auto time = target.times.upper_bound(start);
  if (time != target.times.begin()) --time;
  if (time == target.times.end() || *time > end) return false;
  while (*time < end) {
    const auto next = std::next(time);
    if (next == target.times.end() || *next - *time > tolerance) return false;
    time = next;
  }
  return true;
}

std::int64_t TargetWatch::HeardPods(TimePoint start, TimePoint end) const {
  const Duration tolerance = Tolerance();
  std::set<std::string_view> pods;
  for (const auto& [name, target] : targets_) {
    if (!pods.contains(target.pod) && IsHeard(target, start, end, tolerance))
      pods.insert(target.pod);
  }
  return std::ssize(pods);
}

std::int64_t TargetWatch::KnownPods(TimePoint time) const {
  const Duration about = UsualGap() * 3 / 2;
  const auto is_about = [&](const std::set<TimePoint>& times) {
    const auto found = times.upper_bound(time - about);
    return found != times.end() && *found <= time;
  };
  std::set<std::string_view> pods;
  for (const auto& [name, target] : targets_) {
    if (is_about(target.times)) pods.insert(target.pod);
  }
  for (const auto& [pod, times] : failures_of_pod_) {
    if (is_about(times)) pods.insert(pod);
  }
  return std::ssize(pods);
}

}  // namespace loadcurve::prometheus
