#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "adapters/replay/load_interval.h"
#include "adapters/replay/request_set.h"
#include "adapters/replay/target.h"
#include "cmd/output.h"

namespace loadcurve {

// What is told of a load that was played.
struct ReplayReport {
  const replay::RequestSet& requests;
  const std::vector<replay::Target>& targets;
  const replay::LoadInterval& load;
  std::string arrivals;  // "poisson"
  double rate = 0;       // asked for
  Duration latency_target{0};
  bool is_complete = true;  // not stopped by hand

  std::string Render(OutputFormat format) const;

 private:
  std::string ToPage() const;
  Table RouteTable() const;
  Table TargetTable() const;
  nlohmann::json ToJson() const;
};

// "12.3s 200/s p50 1.2ms p99 8.1ms late 0.1% in flight 3 failed 0" of the latest interval.
std::string LiveLine(const replay::LoadInterval& latest, Duration elapsed);

}  // namespace loadcurve
