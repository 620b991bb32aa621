#include <algorithm>

#include "adapters/kube/json_fields.h"
#include "adapters/kube/scaling_causes.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

struct Writer {
  std::string manager;
  std::string time;
};

// Who answers for spec.replicas beside the HPA controller and ourselves, the latest; by
// managedFields.
std::optional<Writer> OtherWriter(const json& object) {
  const json* const entries = FieldAt(object, {"metadata", "managedFields"});
  if (entries == nullptr || !entries->is_array()) return std::nullopt;
  std::optional<Writer> latest;
  for (const json& entry : *entries) {
    if (FieldAt(entry, {"fieldsV1", "f:spec", "f:replicas"}) == nullptr) continue;
    Writer writer{TextAt(entry, {"manager"}), TextAt(entry, {"time"})};
    if (writer.manager == "kube-controller-manager" || writer.manager == "loadcurve") continue;
    if (!latest || writer.time >= latest->time) latest = std::move(writer);
  }
  return latest;
}

// The tool behind a field manager, for people.
std::string ToolOf(const std::string& manager) {
  const auto has = [&](const char* word) { return manager.find(word) != std::string::npos; };
  if (has("argocd")) return "Argo CD";
  if (has("kustomize-controller") || has("helm-controller")) return "Flux";
  if (has("helm")) return "Helm";
  if (has("kubectl")) return "kubectl";
  return "";
}

std::string NameOf(const Writer& writer) {
  const std::string tool = ToolOf(writer.manager);
  return tool.empty() ? writer.manager : tool + " (" + writer.manager + ")";
}

bool ManifestSetsReplicas(const json& object) {
  const std::string applied = TextAt(
      object, {"metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"});
  const json parsed = json::parse(applied, nullptr, false);
  return FieldAt(parsed, {"spec", "replicas"}) != nullptr;
}

// How often an HPA had to set the same size again: events of one message are counted.
std::int64_t SameSizeAgain(const ScalingEvidence& evidence) {
  std::int64_t most = 0;
  for (const json& event : evidence.events) {
    if (TextAt(event, {"reason"}) == "SuccessfulRescale")
      most = std::max(most, WholeAt(event, {"count"}).value_or(1));
  }
  return most;
}

}  // namespace

void AddWriterCauses(const ScalingEvidence& evidence, std::vector<ScalingCause>& causes) {
  const auto writer = OtherWriter(evidence.object);
  const bool is_in_manifest = ManifestSetsReplicas(evidence.object);
  constexpr std::string_view kRemedy =
      "Remove spec.replicas from what it applies (Argo CD: ignoreDifferences on /spec/replicas).";
  std::string scaled_at;
  for (const json& hpa : evidence.hpas)
    scaled_at = std::max(scaled_at, TextAt(hpa, {"status", "lastScaleTime"}));
  // Times are whole seconds: an equal one may be either.
  if (writer && !scaled_at.empty() && writer->time >= scaled_at) {
    causes.push_back(
        {91, "AnotherWriter",
         NameOf(*writer) + " set spec.replicas to " +
             std::to_string(WholeAt(evidence.object, {"spec", "replicas"}).value_or(1)) + " at " +
             writer->time + ", after the HPA did at " + scaled_at + ".",
         std::string(kRemedy)});
    return;
  }
  const std::int64_t again = SameSizeAgain(evidence);
  if (again >= 3 && (writer || is_in_manifest)) {
    causes.push_back({62, "SetAgainAndAgain",
                      "The HPA set the same size " + std::to_string(again) + " times: perhaps " +
                          (writer ? NameOf(*writer) : "kubectl apply") +
                          " sets it back in between.",
                      std::string(kRemedy)});
    return;
  }
  if (is_in_manifest && !evidence.hpas.empty())
    causes.push_back({30, "ReplicasInManifest",
                      "The manifest that was applied last names spec.replicas; applied again, it "
                      "sets the count back.",
                      std::string(kRemedy)});
}

}  // namespace loadcurve::kube
