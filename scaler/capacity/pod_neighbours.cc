#include "scaler/capacity/pod_neighbours.h"

#include <algorithm>

namespace loadcurve::capacity {
namespace {

using Place = PodAffinityTerm::Place;

const PodGroupFields& FieldsOf(const NodeDemand& demand, std::size_t group) {
  return demand.groups()[group].pods.fields();
}

}  // namespace

PodNeighbours::PodNeighbours(const NodeDemand& demand) {
  const std::size_t count = demand.groups().size();
  is_empty_ = std::ranges::all_of(demand.groups(), [](const GroupDemand& group) {
    const PodGroupFields& fields = group.pods.fields();
    return fields.affinity.empty() && fields.anti_affinity.empty();
  });
  has_any_.assign(count, false);
  has_on_node_.assign(count, false);
  has_zones_.assign(count, false);
  depth_.assign(count, 0);
  needs_on_node_.assign(count, false);
  needs_in_zone_.assign(count, false);
  needed_by_.resize(count);
  if (is_empty_) return;
  apart_on_node_.assign(count, std::vector<bool>(count, false));
  apart_in_zone_ = apart_on_node_;
  FindApart(demand);
  FindNeeded(demand);
  SortByNeed();
  is_empty_ = std::ranges::find(has_any_, true) == has_any_.end();
}

bool PodNeighbours::HasZones() const {
  return std::ranges::find(has_zones_, true) != has_zones_.end();
}

bool PodNeighbours::IsNeededBy(std::size_t group, std::size_t needed) const {
  return std::ranges::find(needed_by_[group], needed) != needed_by_[group].end();
}

bool PodNeighbours::IsNeeded(std::size_t group) const {
  for (std::size_t other = 0; other < needed_by_.size(); ++other)
    if (other != group && IsNeededBy(other, group)) return true;
  return false;
}

std::vector<std::size_t> PodNeighbours::FollowersOf(std::size_t group) const {
  std::vector<std::size_t> followers = {group};
  for (std::size_t i = 0; i < followers.size(); ++i)
    for (std::size_t other = 0; other < needed_by_.size(); ++other)
      if (needs_on_node_[other] && IsNeededBy(other, followers[i]) &&
          std::ranges::find(followers, other) == followers.end())
        followers.push_back(other);
  followers.erase(followers.begin());
  return followers;
}

std::vector<std::size_t> PodNeighbours::WithFollowers(const std::vector<std::size_t>& order) const {
  std::vector<std::size_t> taken;
  const auto is_taken = [&](std::size_t group) {
    return std::ranges::find(taken, group) != taken.end();
  };
  for (const std::size_t first : order) {
    if (is_taken(first)) continue;
    taken.push_back(first);
    for (std::size_t i = taken.size() - 1; i < taken.size(); ++i)
      for (const std::size_t other : order)
        if (!is_taken(other) && IsNeededBy(other, taken[i]) &&
            std::ranges::all_of(needed_by_[other], [&](std::size_t needed) {
              return needed == other || is_taken(needed);
            }))
          taken.push_back(other);
  }
  return taken;
}

void PodNeighbours::FindApart(const NodeDemand& demand) {
  for (std::size_t a = 0; a < demand.groups().size(); ++a)
    for (const PodAffinityTerm& term : FieldsOf(demand, a).anti_affinity)
      for (std::size_t b = 0; b < demand.groups().size(); ++b) {
        if (a == b || !term.Selects(FieldsOf(demand, b).marks)) continue;
        for (const std::size_t group : {a, b}) has_any_[group] = has_on_node_[group] = true;
        apart_on_node_[a][b] = apart_on_node_[b][a] = true;
        if (term.place != Place::kZone) continue;
        apart_in_zone_[a][b] = apart_in_zone_[b][a] = true;
        for (const std::size_t group : {a, b}) has_zones_[group] = true;
      }
}

void PodNeighbours::FindNeeded(const NodeDemand& demand) {
  for (std::size_t group = 0; group < demand.groups().size(); ++group) {
    const auto& terms = FieldsOf(demand, group).affinity;
    if (terms.empty()) continue;
    for (std::size_t other = 0; other < demand.groups().size(); ++other)
      if (std::ranges::all_of(terms, [&](const PodAffinityTerm& term) {
            return term.Selects(FieldsOf(demand, other).marks);
          }))
        needed_by_[group].push_back(other);
    if (needed_by_[group].empty()) continue;
    for (const PodAffinityTerm& term : terms) {
      (term.place == Place::kNode ? needs_on_node_ : needs_in_zone_)[group] = true;
      for (const std::size_t other : needed_by_[group]) {
        has_any_[group] = has_any_[other] = true;
        if (term.place == Place::kZone) has_zones_[group] = has_zones_[other] = true;
        if (term.place == Place::kNode) has_on_node_[group] = has_on_node_[other] = true;
      }
    }
  }
}

// Where a group may come also depends on zones where one that it needs is held in some.
void PodNeighbours::SortByNeed() {
  const std::size_t count = depth_.size();
  for (std::size_t round = 0; round < count; ++round)
    for (std::size_t group = 0; group < count; ++group)
      for (const std::size_t needed : needed_by_[group]) {
        if (needed == group) continue;
        depth_[group] = std::max(depth_[group], std::min(count, depth_[needed] + 1));
        if (has_zones_[needed]) has_zones_[group] = true;
      }
}

}  // namespace loadcurve::capacity
