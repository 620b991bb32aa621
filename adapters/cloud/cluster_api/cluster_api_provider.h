#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "adapters/kube/kube_client.h"
#include "base/result.h"
#include "scaler/capacity/capacity_provider.h"

namespace loadcurve::cluster_api {

struct ClusterApiOptions {
  std::string namespace_name = "default";  // of the MachineDeployments
  std::string version = "v1beta2";         // of cluster.x-k8s.io; v1beta1 says the same
};

// Nodes by Cluster API: a pool is the MachineDeployment of its name, in the management cluster that
// the client speaks to. https://cluster-api.sigs.k8s.io/
//
// An order raises spec.replicas and notes its token in the annotation loadcurve.dev/orders, in one
// patch upon the resourceVersion that was read: it is done once, however often it is sent. Machines
// that appear after that are taken for the order, each by a compare-and-set on the annotation
// loadcurve.dev/order; until all have appeared the order is kUnavailable and sent again.
//
// Nodes are given back by the annotation cluster.x-k8s.io/delete-machine, and by a PATCH of the
// scale subresource to what stays, upon the resourceVersion that was read: done twice, it is the
// same. A node's id is its Machine's name.
//
// Needs get, list and patch of machinedeployments and machines, patch of machinedeployments/scale.
class ClusterApiProvider final : public capacity::CapacityProvider {
 public:
  // `client` outlives it.
  ClusterApiProvider(kube::KubeClient& client, ClusterApiOptions options,
                     std::vector<capacity::CapacityOffer> pools)
      : client_(client), options_(std::move(options)), pools_(std::move(pools)) {}

  // Of the pools as they were given.
  [[nodiscard]] Result<std::vector<capacity::CapacityOffer>> Offers() override { return pools_; }
  // Where no machine can be had, Cluster API says so of none in particular: an order stays open,
  // and its nodes boot for ever.
  [[nodiscard]] Result<capacity::OrderOutcome> Launch(
      const capacity::CapacityOrder& order) override;
  [[nodiscard]] Result<void> Retire(const std::vector<std::string>& node_ids) override;
  [[nodiscard]] Result<std::vector<capacity::ProvidedNode>> Nodes() override;
  bool KnowsTokens() const override { return true; }

 private:
  using Machines = std::vector<nlohmann::json>;

  kube::ResourcePath DeploymentPath(const std::string& pool) const;
  kube::ResourcePath MachinePath(const std::string& name) const;
  [[nodiscard]] Result<Machines> MachinesOf(const std::string& pool);
  // Once, however often it is called.
  [[nodiscard]] Result<void> Raise(const capacity::CapacityOrder& order);
  [[nodiscard]] Result<void> Mark(const nlohmann::json& machine, const std::string& annotation,
                                  const std::string& value);
  [[nodiscard]] Result<void> LowerToWhatStays(const std::string& pool);

  kube::KubeClient& client_;
  ClusterApiOptions options_;
  std::vector<capacity::CapacityOffer> pools_;
};

}  // namespace loadcurve::cluster_api
