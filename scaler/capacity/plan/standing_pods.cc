#include "scaler/capacity/plan/standing_pods.h"

#include <algorithm>
#include <set>

namespace loadcurve::capacity {

std::int64_t CountOn(std::size_t group, const PackedNode& node) {
  for (const PackedPods& pods : node.pods)
    if (pods.group == group) return pods.count;
  return 0;
}

StandingPods::StandingPods(const NodeDemand& demand, const PodNeighbours& neighbours,
                           std::span<const CapacityOffer> offers)
    : demand_(demand),
      neighbours_(neighbours),
      offers_(offers),
      count_(demand.groups().size(), 0) {}

void StandingPods::Add(std::size_t group, std::int64_t count, const PackedNode& node) {
  std::vector<std::int64_t>& of_zone = of_zone_[offers_[node.offer].zone];
  of_zone.resize(count_.size());
  of_zone[group] += count;
  count_[group] += count;
}

void StandingPods::Clear() {
  of_zone_.clear();
  count_.assign(count_.size(), 0);
}

std::int64_t StandingPods::InZone(std::size_t group, const std::string& zone) const {
  const auto found = of_zone_.find(zone);
  return found == of_zone_.end() ? 0 : found->second[group];
}

bool StandingPods::MayCome(std::size_t group, const PackedNode& node) const {
  if (!neighbours_.HasAny(group)) return true;
  return ApartFrom(group, node).empty() && (HasNeeded(group, node) || IsFirstOf(group));
}

bool StandingPods::IsFirstOf(std::size_t group) const {
  const auto& needed = neighbours_.NeededBy(group);
  return neighbours_.IsNeededBy(group, group) &&
         std::ranges::all_of(needed, [&](std::size_t other) { return count_[other] == 0; });
}

bool StandingPods::HasNeeded(std::size_t group, const PackedNode& node) const {
  const auto& needed = neighbours_.NeededBy(group);
  const std::string& zone = offers_[node.offer].zone;
  const auto is_on_node = [&](std::size_t other) { return CountOn(other, node) > 0; };
  const auto is_in_zone = [&](std::size_t other) { return InZone(other, zone) > 0; };
  return (!neighbours_.NeedsOnNode(group) || std::ranges::any_of(needed, is_on_node)) &&
         (!neighbours_.NeedsInZone(group) || std::ranges::any_of(needed, is_in_zone));
}

std::vector<std::size_t> StandingPods::ApartFrom(std::size_t group, const PackedNode& node) const {
  std::vector<std::size_t> apart;
  for (const PackedPods& pods : node.pods)
    if (neighbours_.AreApartOnNode(group, pods.group)) apart.push_back(pods.group);
  if (!neighbours_.HasZones(group)) return apart;
  for (std::size_t other = 0; other < count_.size(); ++other)
    if (neighbours_.AreApartInZone(group, other) && InZone(other, offers_[node.offer].zone) > 0)
      apart.push_back(other);
  return apart;
}

std::string StandingPods::NamesOf(std::span<const std::size_t> groups, const char* last) const {
  std::string names;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i > 0) names += i + 1 == groups.size() ? last : ", ";
    names += demand_.groups()[groups[i]].pods.name();
  }
  return names;
}

std::optional<std::string> StandingPods::WhyNotOn(std::size_t group,
                                                  std::span<const PackedNode* const> nodes) const {
  if (!neighbours_.HasAny(group)) return std::nullopt;
  const std::string beside =
      "pods of " + NamesOf(neighbours_.NeededBy(group), " or ") + ", beside which it must stand";
  if (nodes.empty())
    return neighbours_.NeedsOnNode(group) ? std::optional("the nodes with " + beside + ", are full")
                                          : std::nullopt;
  std::set<std::size_t> apart;
  bool has_alone = false;  // a node where nobody keeps apart
  for (const PackedNode* node : nodes) {
    const auto on_node = ApartFrom(group, *node);
    apart.insert(on_node.begin(), on_node.end());
    has_alone = has_alone || on_node.empty();
  }
  std::string why;
  if (!apart.empty()) {
    const std::vector<std::size_t> groups(apart.begin(), apart.end());
    why = "where there is room stand pods of " + NamesOf(groups, " and ") +
          ", which keep apart from it";
  }
  if (has_alone && !neighbours_.NeededBy(group).empty())
    why += (why.empty() ? "no " : "; elsewhere no ") +
           std::string(neighbours_.NeedsOnNode(group) ? "node" : "zone") + " with room has " +
           beside;
  return why.empty() ? std::nullopt : std::optional(std::move(why));
}

}  // namespace loadcurve::capacity
