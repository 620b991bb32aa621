#include "adapters/kube/headroom_manifest.h"

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "adapters/kube/capacity_resource.h"
#include "adapters/kube/json_fields.h"
#include "adapters/kube/pod_cpu.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

std::string GroupOf(const std::string& api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string::npos ? "" : api_version.substr(0, slash);
}

json MetadataOf(const HeadroomOrder& order) {
  const ProfileName& workload = order.workload->fields().metadata;
  return {{"name", HeadroomName(workload)},
          {"namespace", workload.namespace_name},
          {"labels",
           {{"app.kubernetes.io/managed-by", "loadcurve"},
            {std::string(kHeadroomLabel), workload.name}}},
          {"ownerReferences", json::array({{{"apiVersion", ApiVersionOf(kCapacityProfiles)},
                                            {"kind", "CapacityProfile"},
                                            {"name", order.owner},
                                            {"uid", order.owner_uid},
                                            {"controller", true}}})}};
}

// Rounded up, but for what binary fractions add.
std::int64_t MilliCores(double cores) {
  constexpr double kRoundingError = 1e-6;
  return std::llround(std::ceil(cores * 1000 - kRoundingError));
}

// Of all containers together.
Result<json> RequestsOf(const json& pod) {
  double cores = 0;
  double bytes = 0;
  for (const ContainerResources& container : ResourcesOf(pod)) {
    // A limit without a request is the request too.
    if (const auto& cpu = container.cpu_request ? container.cpu_request : container.cpu_limit)
      cores += cpu->value();
    if (const auto& memory =
            container.memory_request ? container.memory_request : container.memory_limit)
      bytes += static_cast<double>(memory->value());
  }
  if (cores <= 0 && bytes <= 0)
    return Fail(ErrorCode::kInvalidArgument,
                "the target's containers request neither CPU nor memory; expected requests, since "
                "a placeholder without them keeps no room");
  json requests = json::object();
  if (cores > 0) requests["cpu"] = std::to_string(MilliCores(cores)) + "m";
  if (bytes > 0) requests["memory"] = std::to_string(std::llround(bytes));
  return requests;
}

// What decides where a pod of the target may run.
void CopyDemands(const json& pod, const json& labels, json& placeholder) {
  for (const char* name : {"nodeSelector", "tolerations", "schedulerName"})
    if (const json* field = FieldAt(pod, {name})) placeholder[name] = *field;
  if (const json* affinity = FieldAt(pod, {"affinity", "nodeAffinity"}))
    placeholder["affinity"]["nodeAffinity"] = *affinity;
  const json* const spread = FieldAt(pod, {"topologySpreadConstraints"});
  if (spread == nullptr || !spread->is_array()) return;
  json own = *spread;
  for (json& constraint : own) {
    if (!constraint.is_object()) continue;
    constraint.erase("matchLabelKeys");
    constraint["labelSelector"] = {{"matchLabels", labels}};
  }
  placeholder["topologySpreadConstraints"] = std::move(own);
}

}  // namespace

std::string HeadroomName(const ProfileName& workload) {
  return workload.name + "-headroom";
}

json CapacityBufferFor(const HeadroomOrder& order) {
  const TargetRef& target = order.workload->fields().target;
  return {
      {"apiVersion", ApiVersionOf(kCapacityBuffers)},
      {"kind", "CapacityBuffer"},
      {"metadata", MetadataOf(order)},
      {"spec",
       {{"provisioningStrategy", "buffer.x-k8s.io/active-capacity"},
        {"scalableRef",
         {{"apiGroup", GroupOf(target.api_version)}, {"kind", target.kind}, {"name", target.name}}},
        {"replicas", order.replicas.value()}}}};
}

Result<json> PlaceholdersFor(const HeadroomOrder& order, const json& target,
                             const std::string& image) {
  const json* const pod_template = FieldAt(target, {"spec", "template"});
  const json* const pod = FieldAt(target, {"spec", "template", "spec"});
  if (pod_template == nullptr || pod == nullptr)
    return Fail(ErrorCode::kInvalidArgument,
                "the target has no spec.template, whose size placeholder pods would have");
  LC_TRY(json requests, RequestsOf(*pod_template));
  const json metadata = MetadataOf(order);
  json placeholder = {
      {"priorityClassName", std::string(kPlaceholderClass)},
      {"terminationGracePeriodSeconds", 0},
      {"automountServiceAccountToken", false},
      {"enableServiceLinks", false},
      {"containers", json::array({{{"name", "room"},
                                   {"image", image},
                                   {"resources", {{"requests", std::move(requests)}}},
                                   {"securityContext",
                                    {{"runAsNonRoot", true},
                                     {"runAsUser", 65535},
                                     {"allowPrivilegeEscalation", false},
                                     {"readOnlyRootFilesystem", true},
                                     {"capabilities", {{"drop", json::array({"ALL"})}}},
                                     {"seccompProfile", {{"type", "RuntimeDefault"}}}}}}})}};
  CopyDemands(*pod, metadata["labels"], placeholder);
  return json{
      {"apiVersion", ApiVersionOf(kDeployments)},
      {"kind", "Deployment"},
      {"metadata", metadata},
      {"spec",
       {{"replicas", order.replicas.value()},
        {"revisionHistoryLimit", 1},
        // Nothing is served: all may be replaced at once.
        {"strategy", {{"type", "Recreate"}}},
        {"selector", {{"matchLabels", metadata["labels"]}}},
        {"template",
         {{"metadata", {{"labels", metadata["labels"]}}}, {"spec", std::move(placeholder)}}}}}};
}

}  // namespace loadcurve::kube
