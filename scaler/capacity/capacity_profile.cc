#include "scaler/capacity/capacity_profile.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "base/time_text.h"
#include "scaler/capacity/taint_text.h"

namespace loadcurve::capacity {
namespace {

constexpr Duration kShortestBoot = std::chrono::seconds(1);
constexpr Duration kLongestBoot = std::chrono::hours(1);
constexpr Duration kLongestWatch = std::chrono::hours(24);
constexpr Duration kLongestKeep = std::chrono::hours(24);

std::string NumberText(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

class Faults {
 public:
  void Expect(bool holds, const std::string& path, const std::string& found,
              const std::string& expected) {
    if (!holds) faults_.push_back(path + " is " + found + "; expected " + expected);
  }

  void Positive(double value, const std::string& path) {
    Expect(std::isfinite(value) && value > 0, path, NumberText(value), "a number > 0");
  }

  std::vector<std::string> Take() { return std::move(faults_); }

 private:
  std::vector<std::string> faults_;
};

void ExpectSpan(Faults& faults, Duration value, const std::string& path, Duration least,
                Duration most) {
  faults.Expect(value >= least && value <= most, path, ToString(value),
                ToString(least) + " to " + ToString(most));
}

void JudgePool(Faults& faults, const CapacityOffer& pool, const std::string& path) {
  faults.Expect(!pool.pool.empty(), path + ".name", "empty", "a name");
  faults.Positive(pool.price.value(), path + ".price");
  faults.Positive(pool.allocatable.cpu.value(), path + ".allocatable.cpu");
  faults.Expect(pool.allocatable.memory.value() > 0, path + ".allocatable.memory",
                std::to_string(pool.allocatable.memory.value()), "more than 0");
  faults.Expect(pool.allocatable.pods > 0, path + ".allocatable.pods",
                std::to_string(pool.allocatable.pods), "a whole number > 0");
  faults.Expect(pool.most_nodes >= 0, path + ".most", std::to_string(pool.most_nodes),
                "a whole number >= 0");
  faults.Expect(std::isfinite(pool.losses_per_hour) && pool.losses_per_hour >= 0,
                path + ".lossesPerHour", NumberText(pool.losses_per_hour), "a number >= 0");
  faults.Positive(pool.speed, path + ".speed");
  ExpectSpan(faults, pool.boot, path + ".boot", kShortestBoot, kLongestBoot);
  for (std::size_t i = 0; i < pool.taints.size(); ++i) {
    const TaintText taint = SplitTaint(pool.taints[i]);
    const bool has_effect = taint.effect == "NoSchedule" || taint.effect == "PreferNoSchedule" ||
                            taint.effect == "NoExecute";
    faults.Expect(has_effect && !taint.key.empty(), path + ".taints[" + std::to_string(i) + "]",
                  "'" + pool.taints[i] + "'", "KEY=VALUE:EFFECT, as spot=true:NoSchedule");
  }
}

void JudgeEc2(Faults& faults, const Ec2Spec& aws, const std::vector<CapacityOffer>& pools) {
  const std::string path = "spec.provider.aws";
  faults.Expect(!aws.region.empty(), path + ".region", "empty", "a region, as eu-central-1");
  faults.Expect(!aws.cluster.empty(), path + ".cluster", "empty",
                "a name by which this cluster's nodes are known");
  faults.Expect(!aws.launch_template.empty(), path + ".launchTemplate", "empty", "as lt-0123");
  for (const CapacityOffer& pool : pools) {
    faults.Expect(aws.subnets.contains(pool.zone), path + ".subnets",
                  "without zone '" + pool.zone + "' of pool '" + pool.pool + "'",
                  "a subnet for the zone of every pool");
    faults.Expect(!pool.instance_type.empty(), "spec.pools",
                  "without a type in pool '" + pool.pool + "'",
                  "an instance type in every pool, beside provider.aws");
  }
}

void JudgeBridgx(Faults& faults, const BridgxSpec& bridgx,
                 const std::vector<CapacityOffer>& pools) {
  const std::string path = "spec.provider.bridgx.clusters";
  std::set<std::string> clusters;
  std::set<std::string> names;
  for (const CapacityOffer& pool : pools) {
    names.insert(pool.pool);
    const auto cluster = bridgx.clusters.find(pool.pool);
    const bool has_cluster = cluster != bridgx.clusters.end() && !cluster->second.empty();
    faults.Expect(has_cluster, path, "without pool '" + pool.pool + "'",
                  "a cluster of BridgX for every pool");
    if (has_cluster)
      faults.Expect(clusters.insert(cluster->second).second, path,
                    "'" + cluster->second + "' for two pools", "another cluster for each pool");
    faults.Expect(pool.capacity_class == CapacityClass::kOnDemand, "spec.pools",
                  std::string(Name(pool.capacity_class)) + " in pool '" + pool.pool + "'",
                  "on-demand in every pool beside provider.bridgx: it sells no spot, and takes no "
                  "prepaid node back");
  }
  for (const auto& [pool, cluster] : bridgx.clusters)
    faults.Expect(names.contains(pool), path, "of a pool '" + pool + "' too",
                  "pools of spec.pools");
}

void JudgeProvider(Faults& faults, const CapacityProfileFields& fields) {
  if (!fields.provider) return;
  const NodeProviderSpec& provider = *fields.provider;
  const int named = (provider.simulated ? 1 : 0) + (provider.aws ? 1 : 0) +
                    (provider.cluster_api ? 1 : 0) + (provider.bridgx ? 1 : 0);
  faults.Expect(named == 1, "spec.provider", named > 1 ? "of two clouds" : "empty",
                "one of simulated, aws, clusterApi and bridgx");
  faults.Expect(!fields.pools.empty(), "spec.provider", "there without spec.pools",
                "pools beside it, of which nodes are bought");
  if (provider.simulated)
    faults.Expect(provider.simulated->url.starts_with("https://"), "spec.provider.simulated.url",
                  "'" + provider.simulated->url + "'", "a URL of https, as https://127.0.0.1:8443");
  if (provider.aws) JudgeEc2(faults, *provider.aws, fields.pools);
  if (provider.bridgx) JudgeBridgx(faults, *provider.bridgx, fields.pools);
  if (provider.cluster_api)
    faults.Expect(IsDnsLabel(provider.cluster_api->namespace_name),
                  "spec.provider.clusterApi.namespace",
                  "'" + provider.cluster_api->namespace_name + "'", "a DNS label");
}

}  // namespace

std::string_view Name(ActingMode mode) {
  switch (mode) {
    case ActingMode::kObserve:
      return "Observe";
    case ActingMode::kRecommend:
      return "Recommend";
    case ActingMode::kAct:
      return "Act";
  }
  return "";
}

std::string_view Name(AheadMethod method) {
  switch (method) {
    case AheadMethod::kAuto:
      return "Auto";
    case AheadMethod::kCapacityBuffer:
      return "CapacityBuffer";
    case AheadMethod::kPlaceholderPods:
      return "PlaceholderPods";
  }
  return "";
}

bool WorkloadSelector::Selects(const ProfileName& profile) const {
  if (!namespaces.empty() &&
      std::ranges::find(namespaces, profile.namespace_name) == namespaces.end())
    return false;
  return std::ranges::all_of(labels, [&](const auto& wanted) {
    const auto found = profile.labels.find(wanted.first);
    return found != profile.labels.end() && found->second == wanted.second;
  });
}

std::vector<std::string> FaultsOfPools(const std::vector<CapacityOffer>& pools,
                                       const std::string& path) {
  Faults faults;
  std::set<std::string> names;
  for (std::size_t i = 0; i < pools.size(); ++i) {
    const std::string at = path + "[" + std::to_string(i) + "]";
    JudgePool(faults, pools[i], at);
    faults.Expect(names.insert(pools[i].pool).second, at + ".name", "'" + pools[i].pool + "'",
                  "a name that no other pool has");
  }
  return faults.Take();
}

std::vector<std::string> CapacityProfile::FaultsOf(const CapacityProfileFields& fields) {
  Faults faults;
  faults.Expect(IsDnsLabel(fields.name), "metadata.name", "'" + fields.name + "'",
                "a DNS label: a-z, 0-9 and '-', at most 63");
  for (std::size_t i = 0; i < fields.selector.namespaces.size(); ++i)
    faults.Expect(IsDnsLabel(fields.selector.namespaces[i]),
                  "spec.selector.namespaces[" + std::to_string(i) + "]",
                  "'" + fields.selector.namespaces[i] + "'", "a DNS label");
  const NodesAheadSpec& ahead = fields.nodes_ahead;
  if (ahead.boot)
    ExpectSpan(faults, *ahead.boot, "spec.nodesAhead.boot", kShortestBoot, kLongestBoot);
  ExpectSpan(faults, ahead.keep, "spec.nodesAhead.keep", Duration(0), kLongestKeep);
  const GivingBackSpec& giving_back = fields.giving_back;
  ExpectSpan(faults, giving_back.after, "spec.givingBack.after", Duration(0), kLongestWatch);
  ExpectSpan(faults, giving_back.watch, "spec.givingBack.watch", Duration(0), kLongestWatch);
  faults.Expect(ahead.method != AheadMethod::kPlaceholderPods || !ahead.placeholder_image.empty(),
                "spec.nodesAhead.placeholderImage", "absent",
                "an image whose program waits, beside 'by: PlaceholderPods'");
  if (fields.limits.replicas)
    faults.Expect(*fields.limits.replicas >= Replicas(0), "spec.limits.replicas",
                  std::to_string(fields.limits.replicas->value()), "a whole number >= 0");
  if (fields.limits.cost) {
    faults.Positive(fields.limits.cost->value(), "spec.limits.costPerHour");
    faults.Expect(!fields.pools.empty(), "spec.limits.costPerHour", "there without spec.pools",
                  "pools with prices beside it");
  }
  JudgeProvider(faults, fields);
  if (const auto valid = fields.plan.Validate(); !valid)
    faults.Expect(false, "spec.plan", "no plan: " + valid.error().message,
                  "terms that can be kept");
  std::vector<std::string> all = faults.Take();
  for (std::string& fault : FaultsOfPools(fields.pools, "spec.pools"))
    all.push_back(std::move(fault));
  return all;
}

Result<CapacityProfile> CapacityProfile::Make(CapacityProfileFields fields) {
  const std::vector<std::string> faults = FaultsOf(fields);
  if (!faults.empty()) return Fail(ErrorCode::kInvalidArgument, faults.front());
  return CapacityProfile(std::move(fields));
}

Duration CapacityProfile::TimeToNode() const {
  const Duration delay = fields_.provider ? kOwnOrderDelay : kOrderDelay;
  if (fields_.nodes_ahead.boot) return *fields_.nodes_ahead.boot + delay;
  Duration slowest = fields_.pools.empty() ? kUsualBoot : Duration(0);
  for (const CapacityOffer& pool : fields_.pools) slowest = std::max(slowest, pool.boot);
  return slowest + delay;
}

}  // namespace loadcurve::capacity
