#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/headroom_share.h"
#include "scaler/capacity/plan/plan_terms.h"
#include "scaler/scaling_profile.h"

namespace loadcurve::capacity {

// What is done with what is found.
enum class ActingMode {
  kObserve,    // it stands in the status
  kRecommend,  // and is told as Events
  kAct,        // and is done
};

// "Observe", "Recommend", "Act".
std::string_view Name(ActingMode mode);

// How nodes are asked for ahead.
enum class AheadMethod {
  kAuto,             // a CapacityBuffer where the cluster knows them, else placeholder pods
  kCapacityBuffer,   // an object that Cluster Autoscaler and Karpenter keep room for
  kPlaceholderPods,  // pods that do nothing, and go when others need their room
};

// "Auto", "CapacityBuffer", "PlaceholderPods".
std::string_view Name(AheadMethod method);

// Which ScalingProfiles: of any of the namespaces, none: of all; with all of the labels.
struct WorkloadSelector {
  std::vector<std::string> namespaces{};
  std::map<std::string, std::string> labels{};

  bool Selects(const ProfileName& profile) const;
  bool operator==(const WorkloadSelector&) const = default;
};

struct NodesAheadSpec {
  AheadMethod method = AheadMethod::kAuto;
  // From the order of a node to the node being ready, 95th percentile, 1 s to 1 h; absent: that of
  // the slowest pool, and kUsualBoot where there is none.
  std::optional<Duration> boot{};
  // For so long what was needed ahead is kept; 0 to 24 h.
  Duration keep = std::chrono::minutes(10);
  // Of placeholder pods: a program that waits, as the pause image of the cluster's nodes.
  std::string placeholder_image{};

  bool operator==(const NodesAheadSpec&) const = default;
};

// How nodes that the plan can do without are let go.
struct GivingBackSpec {
  // For so long a node must be spare before it is taken out of service; 0 to 24 h.
  Duration after = std::chrono::minutes(10);
  // For so long it then stands by, empty and paid for; 0 to 24 h.
  Duration watch = std::chrono::minutes(10);

  bool operator==(const GivingBackSpec&) const = default;
};

// A `loadcurve simulate-cloud`.
struct SimulatedCloudSpec {
  std::string url{};      // "https://127.0.0.1:8443"
  std::string ca_file{};  // PEM; empty: the authorities of the system
  bool knows_tokens = true;

  bool operator==(const SimulatedCloudSpec&) const = default;
};

// Fleets of AWS EC2.
struct Ec2Spec {
  std::string region{};
  std::string cluster{};          // nodes are ours by the tag loadcurve.dev/cluster
  std::string launch_template{};  // "lt-..."
  std::string version = "$Default";
  std::map<std::string, std::string> subnets{};  // by zone
  std::string endpoint{};                        // empty: that of the region

  bool operator==(const Ec2Spec&) const = default;
};

// MachineDeployments and MachinePools of Cluster API, one a pool and of its name.
struct ClusterApiSpec {
  std::string namespace_name = "default";
  std::string kubeconfig{};  // a file, of the management cluster; empty: this cluster is it

  bool operator==(const ClusterApiSpec&) const = default;
};

// Clusters of BridgX. Where it is, and who may ask it, stands in no profile.
struct BridgxSpec {
  std::map<std::string, std::string> clusters{};  // by pool

  bool operator==(const BridgxSpec&) const = default;
};

// Who sells nodes; exactly one.
struct NodeProviderSpec {
  std::optional<SimulatedCloudSpec> simulated{};
  std::optional<Ec2Spec> aws{};
  std::optional<ClusterApiSpec> cluster_api{};
  std::optional<BridgxSpec> bridgx{};

  bool operator==(const NodeProviderSpec&) const = default;
};

// Two minutes: machines of the large clouds join a cluster within one to two.
inline constexpr Duration kUsualBoot = std::chrono::minutes(2);

// From a wish to the order of a node: half a minute between two looks of Karpenter at
// CapacityBuffers and ten seconds in which it gathers pods, or ten between two of Cluster
// Autoscaler; and 15 s between two of ours.
inline constexpr Duration kOrderDelay = std::chrono::minutes(1);

// The same where Loadcurve buys itself: 15 s between two looks, and as long for a second try.
inline constexpr Duration kOwnOrderDelay = std::chrono::seconds(30);

struct CapacityProfileFields {
  std::string name{};  // a DNS label; the object has no namespace
  ActingMode mode = ActingMode::kRecommend;
  WorkloadSelector selector{};
  NodesAheadSpec nodes_ahead{};
  std::vector<CapacityOffer> pools{};  // where nodes come from, and for how much
  HeadroomLimits limits{};
  // Of whom nodes are bought; absent: somebody else does, who is asked by `nodes_ahead`.
  std::optional<NodeProviderSpec> provider{};
  PlanTerms plan{};  // of what is bought
  GivingBackSpec giving_back{};
};

// What nodes some workloads may have, and what is done about it. Validated once, valid ever after.
class CapacityProfile {
 public:
  // kInvalidArgument, whose message begins with the field: "spec.pools[0].price is 0;
  // expected ...".
  [[nodiscard]] static Result<CapacityProfile> Make(CapacityProfileFields fields);

  // Every reason that Make would have to refuse these fields.
  static std::vector<std::string> FaultsOf(const CapacityProfileFields& fields);

  const CapacityProfileFields& fields() const { return fields_; }

  // From now to a ready node: the delay of the order, and the boot.
  Duration TimeToNode() const;

 private:
  explicit CapacityProfile(CapacityProfileFields fields) : fields_(std::move(fields)) {}

  CapacityProfileFields fields_;
};

// Every reason to refuse these pools, whose fields stand under `path`.
std::vector<std::string> FaultsOfPools(const std::vector<CapacityOffer>& pools,
                                       const std::string& path);

}  // namespace loadcurve::capacity
