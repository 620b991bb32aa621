#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/units.h"
#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/capacity_provider.h"
#include "scaler/capacity/fleet/giving_back.h"
#include "scaler/capacity/fleet/interruption.h"
#include "scaler/capacity/spot/loss_record.h"

namespace loadcurve::capacity {

// Counts what a fleet loses of its spot nodes: each node once, when it is certain that it goes, or
// when it was not listed for two minutes and nobody gave it back.
class SpotLossWatch {
 public:
  struct Look {
    Duration now{};  // monotonic
    std::span<const CapacityOffer> pools;
    std::span<const ProvidedNode> provided;  // a list that came now
    std::span<const NodeLoss> losses;
    const std::map<std::string, LeaveStage>& leaving;  // nodes that are being given back
  };

  void See(const Look& look);
  // What was counted before.
  void Resume(LossRecord record) { record_ = std::move(record); }

  const LossRecord& record() const { return record_; }

 private:
  struct Known {
    std::string pool;
    Duration listed_at{};
  };

  std::map<std::string, Known> known_;  // spot nodes that were listed, by id
  std::set<std::string> counted_;       // of known_: as lost
  LossRecord record_;
};

}  // namespace loadcurve::capacity
