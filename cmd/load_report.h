#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cmd/command_line.h"
#include "cmd/output.h"
#include "cmd/weights_option.h"
#include "metrics/load_aggregator.h"

namespace loadcurve {

// How measured load is split, weighed and printed: what measure and merge share.
class LoadReport {
 public:
  // Adds --by, --buckets, --weights, --replicas, --per-replica, --longest-request and -o.
  void AddOptions(CLI::App& command);

  // Checks the options and reads the weights. Call once, before reading logs.
  [[nodiscard]] Result<void> Prepare();

  // What the counts must tell apart.
  bool needs_routes() const { return by_ == "route" || weights_.IsByRoute(); }
  bool needs_workloads() const { return by_ == "workload" || weights_.IsByWorkload(); }

  // The whole output. `facts` (lines read, format ...) become members of the JSON object;
  // as a table or CSV only the windows are printed, and remarks go to stderr.
  [[nodiscard]] Result<std::string> Render(const RequestCounts& counts,
                                           const nlohmann::json& facts) const;

  // For logs that go on: the windows that are complete and begin at `from` or later (all of
  // them if `is_last`), as rows below a header that the first call prints; as JSON, an object
  // a line. Moves `from` past what it printed.
  [[nodiscard]] Result<std::string> RenderNew(const RequestCounts& counts, bool is_last,
                                              std::optional<TimePoint>& from) const;

 private:
  LoadGrouping grouping() const;
  Table ToTable(const RequestCounts& counts, const std::vector<GroupLoad>& groups) const;
  nlohmann::json ToJson(const RequestCounts& counts, const std::vector<GroupLoad>& groups) const;
  std::vector<std::string> Cells(const LoadSample& sample, Duration step) const;
  std::string Number(double value) const;

  std::string by_;
  bool with_buckets_ = false;
  WeightsOption weights_;
  std::optional<std::int64_t> replicas_;
  bool per_replica_ = false;
  std::string longest_request_;
  std::optional<Duration> longest_;
  OutputFormat format_ = OutputFormat::kTable;
};

}  // namespace loadcurve
