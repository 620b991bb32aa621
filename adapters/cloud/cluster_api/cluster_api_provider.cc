#include "adapters/cloud/cluster_api/cluster_api_provider.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <sstream>

#include "adapters/cloud/cluster_api/pool_instances.h"
#include "adapters/kube/json_fields.h"

namespace loadcurve::cluster_api {
namespace {

using capacity::CapacityOrder;
using capacity::NodeState;
using capacity::OrderOutcome;
using capacity::ProvidedNode;
using kube::FieldAt;
using kube::TextAt;
using nlohmann::json;

constexpr const char* kGroup = "cluster.x-k8s.io";
// What makes Machines, and the label by which these know it.
struct OwnerKind {
  const char* plural;
  std::string_view label;
  bool is_machine_pool;
};
constexpr std::array<OwnerKind, 2> kOwnerKinds = {
    {{"machinedeployments", "cluster.x-k8s.io/deployment-name", false},
     {"machinepools", "cluster.x-k8s.io/pool-name", true}}};
constexpr const char* kDeleteMark = "cluster.x-k8s.io/delete-machine";
// Of a MachineDeployment or MachinePool: the tokens of its latest orders, set apart by spaces.
constexpr const char* kOrdersMark = "loadcurve.dev/orders";
// Of a Machine: the token of its order; "none" of one that was there before.
constexpr const char* kOrderMark = "loadcurve.dev/order";
constexpr const char* kNoOrder = "none";
// Of one pool; an order is settled long before so many others.
constexpr std::size_t kTokensKept = 20;
// Somebody else writes the same object now and then.
constexpr int kMostTries = 4;

std::string MarkOf(const json& object, std::string_view annotation) {
  return TextAt(object, {"metadata", "annotations", annotation});
}

bool IsLeaving(const json& machine) {
  const json* const annotations = FieldAt(machine, {"metadata", "annotations"});
  return !TextAt(machine, {"metadata", "deletionTimestamp"}).empty() ||
         (annotations != nullptr && annotations->contains(kDeleteMark));
}

std::string NameOf(const json& object) {
  return TextAt(object, {"metadata", "name"});
}

std::string VersionOf(const json& object) {
  return TextAt(object, {"metadata", "resourceVersion"});
}

std::string PoolOf(const json& machine) {
  for (const OwnerKind& kind : kOwnerKinds)
    if (std::string pool = TextAt(machine, {"metadata", "labels", kind.label}); !pool.empty())
      return pool;
  return "";
}

std::vector<std::string> TokensOf(const json& owner) {
  std::istringstream words(MarkOf(owner, kOrdersMark));
  std::vector<std::string> tokens;
  for (std::string token; words >> token;) tokens.push_back(token);
  return tokens;
}

std::string Joined(const std::vector<std::string>& tokens) {
  std::string text;
  const std::size_t surplus = tokens.size() - std::min(tokens.size(), kTokensKept);
  for (std::size_t i = surplus; i < tokens.size(); ++i)
    text += (text.empty() ? "" : " ") + tokens[i];
  return text;
}

std::string TokenOf(const std::string& mark) {
  return mark == kNoOrder ? "" : mark;
}

ProvidedNode NodeOf(const json& machine) {
  ProvidedNode node{.id = NameOf(machine),
                    .pool = PoolOf(machine),
                    .token = TokenOf(MarkOf(machine, kOrderMark))};
  const bool is_up = !TextAt(machine, {"status", "nodeRef", "name"}).empty() &&
                     TextAt(machine, {"status", "phase"}) == "Running";
  if (is_up) node.state = NodeState::kReady;
  if (IsLeaving(machine)) node.state = NodeState::kLeaving;
  return node;
}

}  // namespace

struct ClusterApiProvider::Holding {
  json owner{};
  Machines machines{};
  PoolInstances instances{};
};

kube::ResourcePath ClusterApiProvider::MachinePath(const std::string& name) const {
  return {{kGroup, options_.version, "machines"}, options_.namespace_name, name, ""};
}

Result<ClusterApiProvider::Owner> ClusterApiProvider::OwnerOf(const std::string& pool) {
  if (const auto known = owners_.find(pool); known != owners_.end()) return known->second;
  for (const OwnerKind& kind : kOwnerKinds) {
    const Owner owner{{{kGroup, options_.version, kind.plural}, options_.namespace_name, pool, ""},
                      kind.label,
                      kind.is_machine_pool};
    const auto there = client_.Get(owner.path);
    if (there) return owners_[pool] = owner;
    if (there.error().code != ErrorCode::kNotFound) return tl::unexpected<Error>(there.error());
  }
  return Fail(ErrorCode::kNotFound, "pool '" + pool + "': there is no MachineDeployment and no " +
                                        "MachinePool of this name in namespace " +
                                        options_.namespace_name);
}

Result<ClusterApiProvider::Machines> ClusterApiProvider::MachinesOf(const Owner& owner) {
  LC_TRY(auto list,
         client_.List({.type = {kGroup, options_.version, "machines"},
                       .namespace_name = options_.namespace_name,
                       .label_selector = std::string(owner.label) + "=" + owner.path.name}));
  if (!list.items.empty()) pools_with_machines_.insert(owner.path.name);
  return std::move(list.items);
}

Result<ClusterApiProvider::Holding> ClusterApiProvider::Read(const Owner& owner) {
  auto there = client_.Get(owner.path);
  if (!there) {
    owners_.erase(owner.path.name);
    return tl::unexpected<Error>(there.error());
  }
  Holding holding{.owner = *std::move(there)};
  // After it: what a MachinePool lists had its Machine before, or has none.
  LC_TRY(holding.machines, MachinesOf(owner));
  if (!pools_with_machines_.contains(owner.path.name))
    holding.instances = InstancesOf(holding.owner);
  return holding;
}

Result<ClusterApiProvider::Holding> ClusterApiProvider::List(const std::string& pool) {
  const auto owner = OwnerOf(pool);
  if (!owner && owner.error().code == ErrorCode::kNotFound) return Holding{};
  if (!owner) return tl::unexpected<Error>(owner.error());
  Holding holding;
  LC_TRY(holding.machines, MachinesOf(*owner));
  if (!owner->is_machine_pool || pools_with_machines_.contains(pool)) return holding;
  auto there = Read(*owner);
  if (!there && there.error().code == ErrorCode::kNotFound) return Holding{};
  return there;
}

Result<void> ClusterApiProvider::Mark(const json& machine, const std::string& annotation,
                                      const std::string& value) {
  const json patch = {
      {"metadata",
       {{"resourceVersion", VersionOf(machine)}, {"annotations", {{annotation, value}}}}}};
  LC_TRY_VOID(client_.MergePatch(MachinePath(NameOf(machine)), patch));
  return {};
}

// ---- buying

Result<void> ClusterApiProvider::Raise(const Owner& owner, const CapacityOrder& order) {
  Result<void> raised = Fail(ErrorCode::kConflict, "never tried");
  for (int i = 0; i < kMostTries; ++i) {
    LC_TRY(Holding there, Read(owner));
    std::vector<std::string> tokens = TokensOf(there.owner);
    if (std::ranges::find(tokens, order.token) != tokens.end()) return {};
    // What is there now is of no order to come.
    for (const json& machine : there.machines)
      if (MarkOf(machine, kOrderMark).empty()) LC_TRY_VOID(Mark(machine, kOrderMark, kNoOrder));
    for (auto& [id, instance] : there.instances)
      if (instance.token.empty()) instance.token = kNoOrder;
    tokens.push_back(order.token);
    json annotations = {{kOrdersMark, Joined(tokens)}};
    if (!there.instances.empty()) annotations[kInstancesMark] = InstancesText(there.instances);
    const std::int64_t replicas = kube::WholeAt(there.owner, {"spec", "replicas"}).value_or(0);
    const json patch = {
        {"metadata",
         {{"resourceVersion", VersionOf(there.owner)}, {"annotations", std::move(annotations)}}},
        {"spec", {{"replicas", replicas + order.nodes}}}};
    const auto patched = client_.MergePatch(owner.path, patch);
    if (patched) return {};
    raised = tl::unexpected<Error>(patched.error());
    if (patched.error().code != ErrorCode::kConflict) return raised;
  }
  // Nothing was done; the same order is to be sent again.
  return Fail(ErrorCode::kUnavailable, raised.error().message);
}

Result<std::vector<std::string>> ClusterApiProvider::Claim(const Owner& owner,
                                                           const CapacityOrder& order) {
  LC_TRY(Holding there, Read(owner));
  std::vector<std::string> ids;
  for (const json& machine : there.machines)
    if (MarkOf(machine, kOrderMark) == order.token) ids.push_back(NameOf(machine));
  for (const json& machine : there.machines) {
    if (static_cast<std::int64_t>(ids.size()) >= order.nodes) break;
    if (!MarkOf(machine, kOrderMark).empty() || IsLeaving(machine)) continue;
    const auto marked = Mark(machine, kOrderMark, order.token);
    if (marked) ids.push_back(NameOf(machine));
    const bool is_passed = !marked && marked.error().code != ErrorCode::kConflict &&
                           marked.error().code != ErrorCode::kNotFound;
    if (is_passed) return tl::unexpected<Error>(marked.error());
  }
  if (!there.instances.empty()) LC_TRY_VOID(ClaimInstances(owner, std::move(there), order, ids));
  return ids;
}

Result<void> ClusterApiProvider::ClaimInstances(const Owner& owner, Holding holding,
                                                const CapacityOrder& order,
                                                std::vector<std::string>& ids) {
  for (const auto& [id, instance] : holding.instances)
    if (instance.token == order.token) ids.push_back(id);
  const std::size_t before = ids.size();
  for (auto& [id, instance] : holding.instances) {
    if (static_cast<std::int64_t>(ids.size()) >= order.nodes) break;
    if (!instance.token.empty()) continue;
    instance.token = order.token;
    ids.push_back(id);
  }
  if (ids.size() == before) return {};
  const json patch = {{"metadata",
                       {{"resourceVersion", VersionOf(holding.owner)},
                        {"annotations", {{kInstancesMark, InstancesText(holding.instances)}}}}}};
  const auto patched = client_.MergePatch(owner.path, patch);
  // Somebody else wrote it meanwhile: none was taken, and the order is sent again.
  if (!patched && patched.error().code == ErrorCode::kConflict) ids.resize(before);
  if (patched || patched.error().code == ErrorCode::kConflict) return {};
  return tl::unexpected<Error>(patched.error());
}

Result<OrderOutcome> ClusterApiProvider::Launch(const CapacityOrder& order) {
  LC_TRY(const Owner owner, OwnerOf(order.pool));
  LC_TRY_VOID(Raise(owner, order));
  OrderOutcome outcome;
  LC_TRY(outcome.node_ids, Claim(owner, order));
  if (static_cast<std::int64_t>(outcome.node_ids.size()) >= order.nodes) return outcome;
  return Fail(ErrorCode::kUnavailable, ToString(owner.path) + ": " +
                                           std::to_string(outcome.node_ids.size()) + " of " +
                                           std::to_string(order.nodes) + " machines of order " +
                                           order.token + " have appeared yet");
}

// ---- giving back

Result<void> ClusterApiProvider::LowerToWhatStays(const std::string& pool) {
  LC_TRY(const Owner owner, OwnerOf(pool));
  Result<void> lowered = Fail(ErrorCode::kConflict, "never tried");
  for (int i = 0; i < kMostTries; ++i) {
    LC_TRY(const Holding there, Read(owner));
    const std::int64_t replicas = kube::WholeAt(there.owner, {"spec", "replicas"}).value_or(0);
    const std::int64_t staying = std::ranges::count_if(
        there.machines, [](const json& machine) { return !IsLeaving(machine); });
    const std::int64_t dying = std::ranges::count_if(there.machines, [](const json& machine) {
      return !TextAt(machine, {"metadata", "deletionTimestamp"}).empty();
    });
    // Those that are dying are not counted in replicas any more; what has not appeared yet is.
    const auto counted = static_cast<std::int64_t>(there.machines.size()) - dying;
    const std::int64_t wanted = staying + std::max<std::int64_t>(replicas - counted, 0);
    if (wanted >= replicas) return {};
    kube::ResourcePath scale = owner.path;
    scale.subresource = "scale";
    const json patch = {{"metadata", {{"resourceVersion", VersionOf(there.owner)}}},
                        {"spec", {{"replicas", wanted}}}};
    const auto patched = client_.MergePatch(scale, patch);
    if (patched) return {};
    lowered = tl::unexpected<Error>(patched.error());
    if (patched.error().code != ErrorCode::kConflict) return lowered;
  }
  return Fail(ErrorCode::kUnavailable, lowered.error().message);
}

Result<void> ClusterApiProvider::ExpectGone(const std::set<std::string>& node_ids) {
  if (node_ids.empty()) return {};
  for (const capacity::CapacityOffer& pool : pools_) {
    LC_TRY(const Holding there, List(pool.pool));
    for (const auto& [id, instance] : there.instances)
      if (node_ids.contains(id))
        return Fail(ErrorCode::kInvalidArgument,
                    "MachinePool '" + pool.pool +
                        "' has no Machines: a MachinePool without machines cannot give back a "
                        "chosen node, here '" +
                        id +
                        "'; expected an infrastructure provider that makes MachinePool Machines, "
                        "or a MachineDeployment");
  }
  return {};
}

Result<void> ClusterApiProvider::Retire(const std::vector<std::string>& node_ids) {
  std::set<std::string> pools;
  std::set<std::string> without_machine;
  for (const std::string& id : node_ids) {
    const auto machine = client_.Get(MachinePath(id));
    if (!machine && machine.error().code == ErrorCode::kNotFound) {
      without_machine.insert(id);
      continue;
    }
    if (!machine) return tl::unexpected<Error>(machine.error());
    pools.insert(PoolOf(*machine));
    if (IsLeaving(*machine)) continue;
    const auto marked = Mark(*machine, kDeleteMark, "yes");
    if (marked || marked.error().code == ErrorCode::kNotFound) continue;
    // Its status is written often; the next try reads it again.
    const bool is_stale = marked.error().code == ErrorCode::kConflict;
    return Fail(is_stale ? ErrorCode::kUnavailable : marked.error().code, marked.error().message);
  }
  for (const std::string& pool : pools) LC_TRY_VOID(LowerToWhatStays(pool));
  return ExpectGone(without_machine);
}

Result<std::vector<ProvidedNode>> ClusterApiProvider::Nodes() {
  std::vector<ProvidedNode> nodes;
  for (const capacity::CapacityOffer& pool : pools_) {
    LC_TRY(const Holding there, List(pool.pool));
    for (const json& machine : there.machines) nodes.push_back(NodeOf(machine));
    for (const auto& [id, instance] : there.instances)
      nodes.push_back({.id = id,
                       .pool = pool.pool,
                       .token = TokenOf(instance.token),
                       .state = instance.is_up ? NodeState::kReady : NodeState::kBooting,
                       .may_be_given_back = false});
  }
  return nodes;
}

}  // namespace loadcurve::cluster_api
