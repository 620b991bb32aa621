#include "scaler/replica_mix.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "scaler/reason_words.h"

namespace loadcurve {
namespace {

constexpr double kRoundingError = 1e-9;

bool IsOf(std::string_view family, std::string_view type) {
  return type.starts_with(family) &&
         (type.size() == family.size() ||
          std::isalnum(static_cast<unsigned char>(type[family.size()])) == 0);
}

// The longest of those stated that it belongs to; null where it belongs to none.
const InstanceSpeeds::value_type* StatedOf(const InstanceSpeeds& speeds, std::string_view type) {
  const InstanceSpeeds::value_type* found = nullptr;
  for (const auto& each : speeds)
    if (IsOf(each.first, type) && (found == nullptr || each.first.size() > found->first.size()))
      found = &each;
  return found;
}

}  // namespace

std::optional<double> SpeedOf(const InstanceSpeeds& stated, std::string_view type) {
  const auto* const known = StatedOf(stated, type);
  return known == nullptr ? std::nullopt : std::optional(known->second);
}

std::string FamilyOf(const InstanceSpeeds& stated, std::string_view type) {
  if (const auto* known = StatedOf(stated, type)) return known->first;
  const std::size_t dot = type.rfind('.');
  return std::string(type.substr(0, dot == std::string_view::npos ? type.find('-') : dot));
}

std::string ReferenceOf(const InstanceSpeeds& stated) {
  const auto at = std::ranges::find(stated, 1.0, [](const auto& each) { return each.second; });
  return at == stated.end() ? "" : at->first;
}

std::vector<PodGroup> GroupsByType(const std::map<std::string, std::string>& types) {
  std::map<std::string, Replicas> counts;
  for (const auto& [pod, type] : types) counts[type] = counts[type] + Replicas(1);
  std::vector<PodGroup> groups;
  for (const auto& [type, pods] : counts) groups.push_back({type, pods});
  return groups;
}

ReplicaMix::ReplicaMix(const InstanceSpeeds& speeds, std::span<const PodGroup> groups)
    : slowest_(std::ranges::min_element(speeds, {}, [](const auto& each) {
                 return each.second;
               })->second) {
  for (const PodGroup& group : groups)
    if (group.pods > Replicas(0))
      count_of_[SpeedOf(speeds, group.instance_type).value_or(slowest_)] += group.pods.value();
  for (const auto& [speed, count] : count_of_)
    for (std::int64_t i = 0; i < count; ++i) carried_.push_back(carried_.back() + speed);
}

double ReplicaMix::CarriedBy(std::int64_t count) const {
  const std::int64_t there = std::ssize(carried_) - 1;
  if (count <= there) return carried_[static_cast<std::size_t>(std::max<std::int64_t>(0, count))];
  return carried_.back() + static_cast<double>(count - there) * slowest_;
}

std::int64_t ReplicaMix::CountFor(double units) const {
  const double needed = units * (1 - kRoundingError);
  const auto enough = std::lower_bound(carried_.begin(), carried_.end(), needed);
  if (enough != carried_.end())
    return std::max<std::int64_t>(1, std::distance(carried_.begin(), enough));
  return std::ssize(carried_) - 1 +
         static_cast<std::int64_t>(std::ceil((needed - carried_.back()) / slowest_));
}

double ReplicaMix::SpeedFor(double units) const {
  if (!(units > 0)) return slowest_;
  const std::int64_t count = CountFor(units);
  const double mean = CarriedBy(count) / static_cast<double>(count);
  // Where the last of them is much faster than those before, fewer of its like would do.
  const bool is_enough = units / mean > static_cast<double>(count - 1) + kRoundingError;
  return is_enough ? mean : units / static_cast<double>(count);
}

double ReplicaMix::MeanSpeed() const {
  const std::int64_t there = std::ssize(carried_) - 1;
  return there == 0 ? slowest_ : carried_.back() / static_cast<double>(there);
}

std::string ReplicaMix::Text() const {
  std::string text;
  for (const auto& [speed, count] : count_of_)
    text += std::to_string(count) + " at " + Short(speed) + ", ";
  return text + "one more at " + Short(slowest_);
}

}  // namespace loadcurve
