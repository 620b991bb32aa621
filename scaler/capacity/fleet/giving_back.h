#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/units.h"

namespace loadcurve::capacity {

// A node that the plan can do without.
struct SpareNode {
  std::string node_id;
  double regret = 0;  // what it costs to have let it go wrongly: the smallest goes first; >= 0
};

enum class LeaveStage {
  kDraining,  // cordoned, its pods are leaving
  kParked,    // empty and cordoned, watched, and paid for
  kReleased,  // to be paid no longer
};

struct GivingBackPolicy {
  Duration watch = std::chrono::minutes(10);  // that a node is parked
  Duration hold = std::chrono::minutes(15);   // that a node stays whose pods could not leave
  std::int64_t most_draining = 2;             // at once
};

struct GivingBackInput {
  Duration now{};                    // monotonic
  std::vector<SpareNode> spare{};    // all that may go, those on their way among them
  std::set<std::string> drained{};   // no pod is left on them
  std::set<std::string> given_up{};  // budgets would not let their pods go
  std::set<std::string> gone{};      // not listed any more
};

// What is to be done now.
struct GivingBackStep {
  std::vector<std::string> to_drain{};         // cordon and drain
  std::vector<std::string> to_release{};       // OrderTick::given_back, until they are gone
  std::vector<std::string> back_in_service{};  // uncordon
};

// Lets nodes go in stages that can be taken back until the last: cordon, drain, parked for a time
// in which they only cost money, released. A node that is not spare any more is back in service at
// once, which takes no boot; whoever names none, as in doubt, has all of them back.
class GivingBack {
 public:
  explicit GivingBack(const GivingBackPolicy& policy) : policy_(policy) {}

  GivingBackStep Step(const GivingBackInput& input);
  const std::map<std::string, LeaveStage>& leaving() const { return leaving_; }

 private:
  void Return(const std::string& node_id, GivingBackStep& step);
  void Advance(const GivingBackInput& input, GivingBackStep& step);
  void Begin(const GivingBackInput& input, GivingBackStep& step);

  GivingBackPolicy policy_;
  std::map<std::string, LeaveStage> leaving_;
  std::map<std::string, Duration> parked_at_;
  std::map<std::string, Duration> not_before_;  // after a drain that was given up
};

}  // namespace loadcurve::capacity
