#include "scaler/speed_learner.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "scaler/step_start.h"

namespace loadcurve {
namespace {

// Scrapes of all pods are in by then.
constexpr Duration kSettling = std::chrono::minutes(1);

FamilyWindow ByFamily(const std::map<std::string, PodUse>& uses,
                      const std::function<std::string(const std::string& pod)>& family_of) {
  std::map<std::string, FamilyUse> by_family;
  for (const auto& [pod, use] : uses) {
    const std::string family = family_of(pod);
    if (family.empty()) continue;
    FamilyUse& sum = by_family.try_emplace(family, FamilyUse{.family = family}).first->second;
    sum.pods = sum.pods + Replicas(1);
    sum.load = sum.load + use.load;
    sum.cpu = sum.cpu + use.cpu;
  }
  FamilyWindow window;
  for (auto& [family, sum] : by_family) window.push_back(std::move(sum));
  return window;
}

}  // namespace

bool IsBelieved(const InstanceSpeed& speed) {
  constexpr std::size_t kEnoughWindows = 12;
  constexpr double kNear = 0.05;
  return speed.windows >= kEnoughWindows && speed.high <= speed.speed * (1 + kNear) &&
         speed.low >= speed.speed * (1 - kNear);
}

InstanceSpeeds BelievedOf(const SpeedReport& report) {
  InstanceSpeeds speeds = {{report.reference, 1}};
  for (const auto& [family, speed] : report.families)
    if (IsBelieved(speed)) speeds[family] = speed.speed;
  return speeds;
}

SpeedLearner::SpeedLearner(std::unique_ptr<PodUseSource> uses, const InstanceSpeeds& stated)
    : uses_(std::move(uses)), stated_(stated) {
  report_.reference = ReferenceOf(stated);
  report_.why = "no window was looked at yet";
}

void SpeedLearner::Resume(const SpeedReport& report) {
  if (report.reference != report_.reference) return;
  before_ = report.families;
  report_.families = before_;
}

void SpeedLearner::Note(TimePoint now, const std::map<std::string, std::string>& types) {
  for (const auto& [pod, type] : types)
    if (!type.empty()) pods_[pod] = {FamilyOf(stated_, type), now};
  // Of pods that ended a window may still be read.
  std::erase_if(pods_, [&](const auto& pod) {
    return pod.second.seen < now - 2 * uses_->window() - kSettling;
  });
}

bool SpeedLearner::IsDue(TimePoint now) const {
  return !looked_until_ || StepStart(now - kSettling, uses_->window()) > *looked_until_;
}

void SpeedLearner::Look(TimePoint now, const RequestWeights& weights) {
  const TimePoint end = StepStart(now - kSettling, uses_->window());
  looked_until_ = end;
  const auto uses = uses_->Read(end - uses_->window(), weights);
  if (!uses) {
    report_.why = "the last window could not be read: " + uses.error().message;
    return;
  }
  FamilyWindow window = ByFamily(*uses, [&](const std::string& pod) {
    const auto known = pods_.find(pod);
    return known == pods_.end() ? std::string() : known->second.family;
  });
  if (window.size() >= 2) {
    windows_.push_back(std::move(window));
    if (windows_.size() > kMostWindows) windows_.pop_front();
  }
  report_.families = before_;
  const std::vector<FamilyWindow> windows(windows_.begin(), windows_.end());
  for (const auto& [family, speed] : InstanceSpeedsOf(windows, report_.reference)) {
    const auto [known, is_new] = report_.families.try_emplace(family, speed);
    if (!is_new && (IsBelieved(speed) || !IsBelieved(known->second))) known->second = speed;
  }
  report_.why = windows_.empty() ? "pods of two families were not seen side by side yet"
                                 : "pods of several families were seen side by side in " +
                                       std::to_string(windows_.size()) +
                                       (windows_.size() == 1 ? " window" : " windows");
}

InstanceSpeeds SpeedLearner::InForce() const {
  InstanceSpeeds speeds = BelievedOf(report_);
  speeds.insert(stated_.begin(), stated_.end());
  return speeds;
}

}  // namespace loadcurve
