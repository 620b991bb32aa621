#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "scaler/evidence.h"
#include "scaler/twin/fault_script.h"

namespace loadcurve::twin {

inline constexpr std::size_t kEvidenceKinds = 11;

// What came of scripts.
struct FaultTally {
  std::int64_t runs = 0;
  std::int64_t ticks = 0;          // decisions
  std::int64_t faulty_ticks = 0;   // of these, on evidence that is known to be bad
  std::int64_t checked_ticks = 0;  // of these, so long after all faults that the size must be right
  std::int64_t changes = 0;
  // At faulty ticks: how often each fault was called what, by EvidenceKind.
  std::array<std::array<std::int64_t, kEvidenceKinds>, kFaults> named{};
  // "seed 12, minute 40: ..."; what must not be.
  std::vector<std::string> violations;

  void Add(const FaultTally& other);
};

// A size is right so long after the latest fault: the profile's scale-down window and this.
inline constexpr Duration kRecovery = std::chrono::minutes(4);

struct FaultRunOptions {
  // False: decisions stand without a judgement of the evidence, as a rival that must fail.
  bool judges_evidence = true;
};

// Runs a script against Decide(), a minute a tick, and checks at each:
//
//   limits    minReplicas <= desired <= maxReplicas
//   rate      no further from the observed count than the step limits, bounds apart
//   reasons   they lead from the current to the desired count without a gap
//   window    nothing below what was needed within the scale-down window, as far as it stands
//   faults    no shrink while the evidence is stale or faulty
//   recovery  kRecovery and the window after the last fault: at least 0.9 of the least need of
//             the last minutes, at most 1.1 of the highest of the window; also for demand that
//             stays away for longer than kLongestOutage
[[nodiscard]] Result<FaultTally> RunFaults(const FaultScript& script,
                                           const FaultRunOptions& options = {});

}  // namespace loadcurve::twin
