#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kube/learnt_losses.h"
#include "base/clock.h"
#include "base/result.h"
#include "cmd/command_line.h"
#include "cmd/kube_connection.h"
#include "cmd/priced_pools.h"

namespace loadcurve {

// What `serve` learnt of losses of spot, for commands that price pools: --learnt. It outlives the
// parsing.
class LearntRisk {
 public:
  void AddTo(CLI::App& command);
  bool is_asked() const { return !profile_.empty(); }

  // Where it is asked for. kInvalidArgument and kNotFound name the kubeconfig; the API server is
  // not asked yet. `clock` outlives this.
  [[nodiscard]] Result<void> Connect(const ClusterChoice& choice, const Clock& clock);

  // The pools as they are believed now, by the cluster where it is asked for, and as they are
  // stated where it tells nothing. What follows for each spot pool, or why nothing does, goes to
  // `tell`, where that is news.
  std::vector<capacity::CapacityOffer> Believed(
      const StatedPools& stated, const std::function<void(const std::string&)>& tell);

 private:
  std::string profile_;
  std::unique_ptr<KubeConnection> cluster_;
  std::optional<kube::LossReader> reader_;
  std::vector<std::string> told_;
};

}  // namespace loadcurve
