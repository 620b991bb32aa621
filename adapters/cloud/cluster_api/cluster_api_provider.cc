#include "adapters/cloud/cluster_api/cluster_api_provider.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

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
constexpr std::string_view kDeploymentLabel = "cluster.x-k8s.io/deployment-name";
constexpr const char* kDeleteMark = "cluster.x-k8s.io/delete-machine";
// Of a MachineDeployment: the tokens of its latest orders, set apart by spaces.
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

std::vector<std::string> TokensOf(const json& deployment) {
  std::istringstream words(MarkOf(deployment, kOrdersMark));
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

ProvidedNode NodeOf(const json& machine) {
  ProvidedNode node{.id = NameOf(machine),
                    .pool = TextAt(machine, {"metadata", "labels", kDeploymentLabel}),
                    .token = MarkOf(machine, kOrderMark)};
  if (node.token == kNoOrder) node.token.clear();
  const bool is_up = !TextAt(machine, {"status", "nodeRef", "name"}).empty() &&
                     TextAt(machine, {"status", "phase"}) == "Running";
  if (is_up) node.state = NodeState::kReady;
  if (IsLeaving(machine)) node.state = NodeState::kLeaving;
  return node;
}

}  // namespace

kube::ResourcePath ClusterApiProvider::DeploymentPath(const std::string& pool) const {
  return {{kGroup, options_.version, "machinedeployments"}, options_.namespace_name, pool, ""};
}

kube::ResourcePath ClusterApiProvider::MachinePath(const std::string& name) const {
  return {{kGroup, options_.version, "machines"}, options_.namespace_name, name, ""};
}

Result<ClusterApiProvider::Machines> ClusterApiProvider::MachinesOf(const std::string& pool) {
  LC_TRY(auto list, client_.List({.type = {kGroup, options_.version, "machines"},
                                  .namespace_name = options_.namespace_name,
                                  .label_selector = std::string(kDeploymentLabel) + "=" + pool}));
  return std::move(list.items);
}

Result<void> ClusterApiProvider::Mark(const json& machine, const std::string& annotation,
                                      const std::string& value) {
  const json patch = {{"metadata",
                       {{"resourceVersion", TextAt(machine, {"metadata", "resourceVersion"})},
                        {"annotations", {{annotation, value}}}}}};
  LC_TRY_VOID(client_.MergePatch(MachinePath(NameOf(machine)), patch));
  return {};
}

// ---- buying

Result<void> ClusterApiProvider::Raise(const CapacityOrder& order) {
  const kube::ResourcePath path = DeploymentPath(order.pool);
  Result<void> raised = Fail(ErrorCode::kConflict, "never tried");
  for (int i = 0; i < kMostTries; ++i) {
    LC_TRY(const json deployment, client_.Get(path));
    std::vector<std::string> tokens = TokensOf(deployment);
    if (std::ranges::find(tokens, order.token) != tokens.end()) return {};
    // What is there now is of no order to come.
    LC_TRY(const Machines there, MachinesOf(order.pool));
    for (const json& machine : there)
      if (MarkOf(machine, kOrderMark).empty()) LC_TRY_VOID(Mark(machine, kOrderMark, kNoOrder));
    tokens.push_back(order.token);
    const std::int64_t replicas = kube::WholeAt(deployment, {"spec", "replicas"}).value_or(0);
    const json patch = {{"metadata",
                         {{"resourceVersion", TextAt(deployment, {"metadata", "resourceVersion"})},
                          {"annotations", {{kOrdersMark, Joined(tokens)}}}}},
                        {"spec", {{"replicas", replicas + order.nodes}}}};
    const auto patched = client_.MergePatch(path, patch);
    if (patched) return {};
    raised = tl::unexpected<Error>(patched.error());
    if (patched.error().code != ErrorCode::kConflict) return raised;
  }
  // Nothing was done; the same order is to be sent again.
  return Fail(ErrorCode::kUnavailable, raised.error().message);
}

Result<OrderOutcome> ClusterApiProvider::Launch(const CapacityOrder& order) {
  LC_TRY_VOID(Raise(order));
  LC_TRY(const Machines there, MachinesOf(order.pool));
  OrderOutcome outcome;
  const auto is_whole = [&] {
    return static_cast<std::int64_t>(outcome.node_ids.size()) >= order.nodes;
  };
  for (const json& machine : there)
    if (MarkOf(machine, kOrderMark) == order.token) outcome.node_ids.push_back(NameOf(machine));
  for (const json& machine : there) {
    if (is_whole()) break;
    if (!MarkOf(machine, kOrderMark).empty() || IsLeaving(machine)) continue;
    const auto marked = Mark(machine, kOrderMark, order.token);
    if (marked) outcome.node_ids.push_back(NameOf(machine));
    const bool is_passed = !marked && marked.error().code != ErrorCode::kConflict &&
                           marked.error().code != ErrorCode::kNotFound;
    if (is_passed) return tl::unexpected<Error>(marked.error());
  }
  if (is_whole()) return outcome;
  return Fail(ErrorCode::kUnavailable, ToString(DeploymentPath(order.pool)) + ": " +
                                           std::to_string(outcome.node_ids.size()) + " of " +
                                           std::to_string(order.nodes) + " machines of order " +
                                           order.token + " have appeared yet");
}

// ---- giving back

Result<void> ClusterApiProvider::LowerToWhatStays(const std::string& pool) {
  kube::ResourcePath path = DeploymentPath(pool);
  Result<void> lowered = Fail(ErrorCode::kConflict, "never tried");
  for (int i = 0; i < kMostTries; ++i) {
    LC_TRY(const json deployment, client_.Get(path));
    LC_TRY(const Machines there, MachinesOf(pool));
    const std::int64_t replicas = kube::WholeAt(deployment, {"spec", "replicas"}).value_or(0);
    const std::int64_t staying =
        std::ranges::count_if(there, [](const json& machine) { return !IsLeaving(machine); });
    const std::int64_t dying = std::ranges::count_if(there, [](const json& machine) {
      return !TextAt(machine, {"metadata", "deletionTimestamp"}).empty();
    });
    // Those that are dying are not counted in replicas any more; what has not appeared yet is.
    const auto counted = static_cast<std::int64_t>(there.size()) - dying;
    const std::int64_t wanted = staying + std::max<std::int64_t>(replicas - counted, 0);
    if (wanted >= replicas) return {};
    kube::ResourcePath scale = path;
    scale.subresource = "scale";
    const json patch = {
        {"metadata", {{"resourceVersion", TextAt(deployment, {"metadata", "resourceVersion"})}}},
        {"spec", {{"replicas", wanted}}}};
    const auto patched = client_.MergePatch(scale, patch);
    if (patched) return {};
    lowered = tl::unexpected<Error>(patched.error());
    if (patched.error().code != ErrorCode::kConflict) return lowered;
  }
  return Fail(ErrorCode::kUnavailable, lowered.error().message);
}

Result<void> ClusterApiProvider::Retire(const std::vector<std::string>& node_ids) {
  std::set<std::string> pools;
  for (const std::string& id : node_ids) {
    const auto machine = client_.Get(MachinePath(id));
    if (!machine && machine.error().code == ErrorCode::kNotFound) continue;
    if (!machine) return tl::unexpected<Error>(machine.error());
    pools.insert(TextAt(*machine, {"metadata", "labels", kDeploymentLabel}));
    if (IsLeaving(*machine)) continue;
    const auto marked = Mark(*machine, kDeleteMark, "yes");
    if (marked || marked.error().code == ErrorCode::kNotFound) continue;
    // Its status is written often; the next try reads it again.
    const bool is_stale = marked.error().code == ErrorCode::kConflict;
    return Fail(is_stale ? ErrorCode::kUnavailable : marked.error().code, marked.error().message);
  }
  for (const std::string& pool : pools) LC_TRY_VOID(LowerToWhatStays(pool));
  return {};
}

Result<std::vector<ProvidedNode>> ClusterApiProvider::Nodes() {
  std::vector<ProvidedNode> nodes;
  for (const capacity::CapacityOffer& pool : pools_) {
    LC_TRY(const Machines machines, MachinesOf(pool.pool));
    for (const json& machine : machines) nodes.push_back(NodeOf(machine));
  }
  return nodes;
}

}  // namespace loadcurve::cluster_api
