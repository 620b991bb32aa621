#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/kube/kube_client.h"
#include "base/result.h"
#include "scaler/capacity/capacity_provider.h"

namespace loadcurve::cluster_api {

struct ClusterApiOptions {
  std::string namespace_name = "default";  // of MachineDeployments and MachinePools
  std::string version = "v1beta2";         // of cluster.x-k8s.io; v1beta1 says the same
};

// Nodes by Cluster API: a pool is the MachineDeployment of its name, or the MachinePool where there
// is no such MachineDeployment, in the management cluster that the client speaks to.
// https://cluster-api.sigs.k8s.io/
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
// A MachinePool has Machines where its infrastructure provider makes MachinePool Machines. Where
// not, its nodes are what spec.providerIDList has, each by its last part, and its own annotation
// loadcurve.dev/instances says of which order they are; none of these can be chosen to be given
// back. Cluster API makes the Machines of instances before it lists them there.
//
// Needs get, list and patch of machinedeployments, machinepools and machines, patch of
// machinedeployments/scale and machinepools/scale.
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
  // kInvalidArgument: some are of a MachinePool without Machines, and stay; all others go.
  [[nodiscard]] Result<void> Retire(const std::vector<std::string>& node_ids) override;
  [[nodiscard]] Result<std::vector<capacity::ProvidedNode>> Nodes() override;
  bool KnowsTokens() const override { return true; }

 private:
  using Machines = std::vector<nlohmann::json>;

  // What makes the nodes of a pool.
  struct Owner {
    kube::ResourcePath path;
    std::string_view label;  // whose value, of its Machines, is its name
    bool is_machine_pool = false;
  };
  // A pool as it is now: its owner, its Machines, and instances that no Machine stands for.
  struct Holding;

  kube::ResourcePath MachinePath(const std::string& name) const;
  // kNotFound: neither a MachineDeployment nor a MachinePool.
  [[nodiscard]] Result<Owner> OwnerOf(const std::string& pool);
  [[nodiscard]] Result<Machines> MachinesOf(const Owner& owner);
  [[nodiscard]] Result<Holding> Read(const Owner& owner);
  // As Read(), but `owner` is only there where it has instances; nothing where there is none.
  [[nodiscard]] Result<Holding> List(const std::string& pool);
  // Once, however often it is called.
  [[nodiscard]] Result<void> Raise(const Owner& owner, const capacity::CapacityOrder& order);
  // What is of the order by now, at most as many as it is for.
  [[nodiscard]] Result<std::vector<std::string>> Claim(const Owner& owner,
                                                       const capacity::CapacityOrder& order);
  [[nodiscard]] Result<void> ClaimInstances(const Owner& owner, Holding holding,
                                            const capacity::CapacityOrder& order,
                                            std::vector<std::string>& ids);
  [[nodiscard]] Result<void> Mark(const nlohmann::json& machine, const std::string& annotation,
                                  const std::string& value);
  [[nodiscard]] Result<void> LowerToWhatStays(const std::string& pool);
  // Of these no Machine is there.
  [[nodiscard]] Result<void> ExpectGone(const std::set<std::string>& node_ids);

  kube::KubeClient& client_;
  ClusterApiOptions options_;
  std::vector<capacity::CapacityOffer> pools_;
  std::map<std::string, Owner> owners_;  // by pool, as far as they were looked for
  // Of which a Machine was seen: they have Machines also while there are none.
  std::set<std::string> pools_with_machines_;
};

}  // namespace loadcurve::cluster_api
