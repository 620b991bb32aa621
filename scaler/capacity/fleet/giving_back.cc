#include "scaler/capacity/fleet/giving_back.h"

#include <algorithm>

namespace loadcurve::capacity {

void GivingBack::Return(const std::string& node_id, GivingBackStep& step) {
  step.back_in_service.push_back(node_id);
  leaving_.erase(node_id);
  parked_at_.erase(node_id);
}

void GivingBack::Advance(const GivingBackInput& input, GivingBackStep& step) {
  const std::map<std::string, LeaveStage> leaving = leaving_;
  for (const auto& [id, stage] : leaving) {
    if (input.gone.contains(id)) {
      leaving_.erase(id);
      parked_at_.erase(id);
      continue;
    }
    if (stage == LeaveStage::kReleased) {
      step.to_release.push_back(id);
      continue;
    }
    const bool is_spare =
        std::ranges::find(input.spare, id, &SpareNode::node_id) != input.spare.end();
    if (input.given_up.contains(id)) not_before_[id] = input.now + policy_.hold;
    if (!is_spare || input.given_up.contains(id)) {
      Return(id, step);
    } else if (stage == LeaveStage::kDraining && input.drained.contains(id)) {
      leaving_[id] = LeaveStage::kParked;
      parked_at_[id] = input.now;
    } else if (stage == LeaveStage::kParked && input.now - parked_at_[id] >= policy_.watch) {
      leaving_[id] = LeaveStage::kReleased;
      step.to_release.push_back(id);
    }
  }
}

void GivingBack::Begin(const GivingBackInput& input, GivingBackStep& step) {
  std::vector<SpareNode> spare = input.spare;
  std::ranges::stable_sort(spare, {}, &SpareNode::regret);
  auto draining = std::ranges::count_if(
      leaving_, [](const auto& entry) { return entry.second == LeaveStage::kDraining; });
  for (const SpareNode& node : spare) {
    if (draining >= policy_.most_draining) return;
    const auto not_before = not_before_.find(node.node_id);
    const bool is_blocked = not_before != not_before_.end() && input.now < not_before->second;
    if (is_blocked || input.gone.contains(node.node_id) || leaving_.contains(node.node_id))
      continue;
    leaving_[node.node_id] = LeaveStage::kDraining;
    step.to_drain.push_back(node.node_id);
    ++draining;
  }
}

GivingBackStep GivingBack::Step(const GivingBackInput& input) {
  GivingBackStep step;
  Advance(input, step);
  Begin(input, step);
  return step;
}

}  // namespace loadcurve::capacity
