#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cmd/command_line.h"
#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/spot/loss_record.h"

namespace loadcurve {

// Pools as they are stated, and what traces show of their losses.
struct StatedPools {
  std::vector<capacity::CapacityOffer> pools;
  capacity::LossRecord traced;

  // With the losses an hour that are believed by what was stated and seen
  // (capacity::BelievedLosses): of a pool with a trace in that, of other spot pools as `learnt`.
  std::vector<capacity::CapacityOffer> Believed(const capacity::LossRecord& learnt = {}) const;
};

// What nodes cost, as commands are told that price them for somebody else: --pools, and --trace for
// what was seen of spot. It outlives the parsing.
class PricedPools {
 public:
  void AddTo(CLI::App& command);

  // spec.pools of all CapacityProfiles in the file, one at least and no name twice, and what the
  // traces show. kInvalidArgument names the file and the field.
  [[nodiscard]] Result<StatedPools> Read() const;

 private:
  std::string file_;
  std::vector<std::string> traces_;  // "POOL=FILE"
};

}  // namespace loadcurve
