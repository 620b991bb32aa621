#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cmd/command_line.h"
#include "scaler/capacity/capacity_offer.h"

namespace loadcurve {

// What nodes cost, as commands are told that price them for somebody else: --pools, and --trace for
// what was seen of spot. It outlives the parsing.
class PricedPools {
 public:
  void AddTo(CLI::App& command);

  // spec.pools of all CapacityProfiles in the file, one at least and no name twice, with the losses
  // an hour that are believed by what was stated and seen (capacity::BelievedLosses).
  // kInvalidArgument names the file and the field.
  [[nodiscard]] Result<std::vector<capacity::CapacityOffer>> Read() const;

 private:
  std::string file_;
  std::vector<std::string> traces_;  // "POOL=FILE"
};

}  // namespace loadcurve
