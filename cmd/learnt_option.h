#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kube/learnt_pools.h"
#include "base/clock.h"
#include "base/result.h"
#include "cmd/command_line.h"
#include "cmd/kube_connection.h"
#include "cmd/priced_pools.h"

namespace loadcurve {

// What `serve` learnt of pools, losses of spot and speeds of instances, for commands that price
// them: --learnt. It outlives the parsing.
class LearntOption {
 public:
  void AddTo(CLI::App& command);
  bool is_asked() const { return !profile_.empty(); }

  // Where it is asked for. kInvalidArgument and kNotFound name the kubeconfig; the API server is
  // not asked yet. `clock` outlives this.
  [[nodiscard]] Result<void> Connect(const ClusterChoice& choice, const Clock& clock);

  // The pools as they are believed now, by the cluster where it is asked for, and as they are
  // stated where it tells nothing. What follows for each pool, or why nothing does, goes to `tell`,
  // where that is news.
  std::vector<capacity::CapacityOffer> Believed(
      const StatedPools& stated, const std::function<void(const std::string&)>& tell);

 private:
  void AddLossNews(const StatedPools& stated, std::size_t at,
                   const capacity::CapacityOffer& believed, const capacity::LossRecord& learnt,
                   std::vector<std::string>& news) const;

  std::string profile_;
  std::unique_ptr<KubeConnection> cluster_;
  std::optional<kube::LearntPoolsReader> reader_;
  std::vector<std::string> told_;
};

}  // namespace loadcurve
