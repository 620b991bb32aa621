#pragma once

#include <string>
#include <vector>

#include "base/units.h"
#include "cmd/output.h"
#include "scaler/twin/simulation.h"

namespace loadcurve {

// Everything that was simulated, without the paths.
struct SimulateOutcome {
  std::string series;
  twin::TwinOptions options;
  Duration step{0};
  std::size_t steps = 0;
  double mean_demand = 0;             // replicas
  UsdPerHour price;                   // of a replica
  std::vector<twin::PolicyRun> runs;  // without records
  twin::PolicyRun oracle;
};

// The points of a policy that no other point of it beats on both axes: violations rise.
struct ParetoPoint {
  double violation_minutes_ratio = 0;
  double replica_hours = 0;
};
std::vector<ParetoPoint> ParetoOf(const std::vector<twin::PolicyRun>& runs,
                                  const std::string& policy);

// The names of the policies, in their order.
std::vector<std::string> PoliciesOf(const SimulateOutcome& outcome);

// The cheapest run of `policy` with at most `violations`; null where it has none.
const twin::PolicyRun* CheapestAt(const SimulateOutcome& outcome, const std::string& policy,
                                  double violations);

// At the level of the table: ours first, then the policy that needs least of the others; static
// peak, which knows what is to come, is not among them.
std::vector<const twin::PolicyRun*> WorthShowing(const SimulateOutcome& outcome);

std::string RenderSimulation(const SimulateOutcome& outcome, OutputFormat format);

}  // namespace loadcurve
