#include "adapters/kube/kube_node_actor.h"

#include <algorithm>
#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "adapters/kube/api_error.h"
#include "adapters/kube/json_fields.h"
#include "base/time_text.h"

namespace loadcurve::kube {
namespace {

using capacity::EvictionAnswer;
using nlohmann::json;

constexpr const char* kExcluded = "node.kubernetes.io/exclude-from-external-load-balancers";
// What of it was our doing.
constexpr const char* kByUs = "loadcurve.dev/taken";  // "cordoned", "excluded", both or neither
constexpr std::string_view kCordoned = "cordoned";
constexpr std::string_view kLeftOut = "excluded";

ResourcePath PathOfNode(const std::string& name) {
  return {kNodes, "", name, ""};
}

// "shop/web-1"
ResourcePath PathOfPod(const std::string& pod) {
  const std::size_t slash = pod.find('/');
  return {kPods, pod.substr(0, slash), pod.substr(slash + 1), ""};
}

json TaintsWithoutOurs(const json& node) {
  json taints = json::array();
  const json* const there = FieldAt(node, {"spec", "taints"});
  if (there == nullptr || !there->is_array()) return taints;
  for (const json& taint : *there)
    if (TextAt(taint, {"key"}) != kLeavingTaint) taints.push_back(taint);
  return taints;
}

bool IsCordoned(const json& node) {
  const json* const field = FieldAt(node, {"spec", "unschedulable"});
  return field != nullptr && *field == true;
}

// On what was read: the list of taints is written whole.
Result<void> Change(KubeClient& client, const std::string& name,
                    const std::function<json(const json&)>& patch_of) {
  constexpr int kTries = 4;
  for (int i = 1;; ++i) {
    LC_TRY(const json node, client.Get(PathOfNode(name)));
    const auto patched = client.MergePatch(PathOfNode(name), patch_of(node));
    if (patched) return {};
    if (patched.error().code != ErrorCode::kConflict || i == kTries)
      return tl::unexpected<Error>(patched.error());
  }
}

}  // namespace

json TakingPatch(const json& node, std::optional<TimePoint> ends_at) {
  json taints = TaintsWithoutOurs(node);
  taints.push_back({{"key", kLeavingTaint}, {"effect", "NoSchedule"}});
  std::string by_us = TextAt(node, {"metadata", "annotations", kByUs});
  const json* const before = FieldAt(node, {"metadata", "annotations", kByUs});
  if (before == nullptr) {
    if (!IsCordoned(node)) by_us += kCordoned;
    if (FieldAt(node, {"metadata", "labels", kExcluded}) == nullptr)
      by_us += (by_us.empty() ? "" : ",") + std::string(kLeftOut);
  }
  json annotations = {{kByUs, by_us}};
  annotations[std::string(kLeavesAt)] = nullptr;
  if (ends_at)
    annotations[std::string(kLeavesAt)] =
        ToRfc3339(std::chrono::floor<std::chrono::seconds>(*ends_at));
  return {{"metadata",
           {{"resourceVersion", TextAt(node, {"metadata", "resourceVersion"})},
            {"annotations", std::move(annotations)},
            {"labels", {{kExcluded, ""}}}}},
          {"spec", {{"unschedulable", true}, {"taints", std::move(taints)}}}};
}

json ReturningPatch(const json& node) {
  const std::string by_us = TextAt(node, {"metadata", "annotations", kByUs});
  json metadata = {{"resourceVersion", TextAt(node, {"metadata", "resourceVersion"})},
                   {"annotations", {{kByUs, nullptr}, {std::string(kLeavesAt), nullptr}}}};
  if (by_us.find(kLeftOut) != std::string::npos) metadata["labels"] = {{kExcluded, nullptr}};
  // The taint by which the node controller follows a cordon goes with it.
  json spec = {{"taints", TaintsWithoutOurs(node)}};
  if (by_us.find(kCordoned) != std::string::npos) spec["unschedulable"] = nullptr;
  return {{"metadata", std::move(metadata)}, {"spec", std::move(spec)}};
}

Result<void> KubeNodeActor::Take(const std::string& node, std::optional<TimePoint> ends_at) {
  return Change(client_, node, [&](const json& there) { return TakingPatch(there, ends_at); });
}

Result<void> KubeNodeActor::Return(const std::string& node) {
  return Change(client_, node, ReturningPatch);
}

Result<EvictionAnswer> KubeNodeActor::Evict(const std::string& node, const std::string& pod) {
  const auto uid = nodes_.UidOf(node, pod);
  if (!uid) return EvictionAnswer{.status = 404};
  ResourcePath path = PathOfPod(pod);
  path.subresource = "eviction";
  LC_TRY(
      const http::HttpResponse answer,
      client_.Post(path, {{"apiVersion", "policy/v1"},
                          {"kind", "Eviction"},
                          {"metadata", {{"name", path.name}, {"namespace", path.namespace_name}}},
                          {"deleteOptions", {{"preconditions", {{"uid", *uid}}}}}}));
  EvictionAnswer evicted{.status = answer.status};
  if (answer.status < 300) return evicted;
  Error error = ApiError(answer, "create", path);
  // 404, 409: it is gone, or another by that name; 429: a budget; 500: several budgets.
  constexpr std::array kSpokenOf = {404, 409, 429, 500};
  if (std::ranges::find(kSpokenOf, answer.status) == kSpokenOf.end())
    return tl::unexpected<Error>(std::move(error));
  evicted.message = std::move(error.message);
  return evicted;
}

Result<void> KubeNodeActor::Delete(const std::string& node, const std::string& pod) {
  const auto uid = nodes_.UidOf(node, pod);
  if (!uid) return {};
  const auto deleted = client_.Delete(PathOfPod(pod), *uid);
  if (deleted || deleted.error().code == ErrorCode::kNotFound ||
      deleted.error().code == ErrorCode::kConflict)
    return {};
  return deleted;
}

}  // namespace loadcurve::kube
