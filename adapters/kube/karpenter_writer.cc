#include "adapters/kube/karpenter_writer.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "adapters/kube/json_fields.h"
#include "base/quantity_text.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

constexpr std::string_view kManagedByUs = "app.kubernetes.io/managed-by=loadcurve";

bool IsOurs(const json& object) {
  return TextAt(object, {"metadata", "labels", "app.kubernetes.io/managed-by"}) == "loadcurve";
}

ResourcePath PathOf(const ResourceType& type, const json& object) {
  return {type, "", TextAt(object, {"metadata", "name"}), ""};
}

// A NodePool has spec.replicas from its first day to its last, or never.
Result<void> ExpectNoChange(const ResourcePath& path, const json& there, const json& patch) {
  const json* const is = FieldAt(there, {"spec", "replicas"});
  const json* const wanted = FieldAt(patch, {"spec", "replicas"});
  if ((is == nullptr) == (wanted == nullptr)) return {};
  const std::string label(kNodePoolLabel);
  return Fail(
      ErrorCode::kInvalidArgument,
      ToString(path) +
          (wanted == nullptr
               ? " is static: spec.replicas is " + TextOf(*is) + ", and a pool with the label " +
                     label + ": " + path.name + " is not reserved; expected reserved pools alone"
               : " is dynamic: spec.replicas is absent, and its pools are reserved, " +
                     TextOf(*wanted) +
                     " nodes that are held always; expected a NodePool that was made "
                     "with spec.replicas") +
          ", or another NodePool in the label " + label +
          ". Karpenter lets none change between static and dynamic, and nothing was "
          "written");
}

// Karpenter holds no more than the limit, and says so nowhere but in its log.
std::optional<std::string> BeyondLimit(const ResourcePath& path, const json& there,
                                       const json& patch) {
  const json* const limit = FieldAt(there, {"spec", "limits", "nodes"});
  const auto wanted = WholeAt(patch, {"spec", "replicas"});
  if (limit == nullptr || !wanted) return std::nullopt;
  const std::string text = limit->is_string() ? limit->get<std::string>() : TextOf(*limit);
  const auto most = QuantityIn(text);
  if (!most || *most >= static_cast<double>(*wanted)) return std::nullopt;
  return ToString(path) + ": spec.limits.nodes is " + text + ", and its reserved pools have " +
         std::to_string(*wanted) +
         " nodes; Karpenter holds no more than the limit; expected one of at least " +
         std::to_string(*wanted);
}

}  // namespace

void KarpenterWriter::ApplyOverlay(const json& overlay, KarpenterReport& report) {
  const ResourcePath path = PathOf(kNodeOverlays, overlay);
  const auto there = client_.Get(path);
  if (!there && there.error().code != ErrorCode::kNotFound)
    return report.problems.push_back(there.error().message);
  if (there && !IsOurs(*there))
    return report.problems.push_back(ToString(path) +
                                     " was made by somebody else and is left alone; delete or "
                                     "rename it, and Loadcurve makes its own");
  const auto written = client_.Apply(path, overlay);
  if (!written) return report.problems.push_back(written.error().message);
  report.written.push_back(ToString(path));
}

Result<std::vector<json>> KarpenterWriter::Possible(std::vector<json> patches,
                                                    KarpenterReport& report) {
  std::vector<json> possible;
  for (json& patch : patches) {
    const ResourcePath path = PathOf(kNodePools, patch);
    const auto there = client_.Get(path);
    if (there) {
      LC_TRY_VOID(ExpectNoChange(path, *there, patch));
      if (auto beyond = BeyondLimit(path, *there, patch))
        report.problems.push_back(*std::move(beyond));
      possible.push_back(std::move(patch));
      continue;
    }
    const bool is_absent = there.error().code == ErrorCode::kNotFound;
    report.problems.push_back(is_absent ? "there is no NodePool " + path.name +
                                              ", which a pool's label " +
                                              std::string(kNodePoolLabel) + " names"
                                        : there.error().message);
  }
  return possible;
}

void KarpenterWriter::PatchNodePool(const json& patch, KarpenterReport& report) {
  ResourcePath path = PathOf(kNodePools, patch);
  const bool is_static = patch.at("spec").contains("replicas");
  if (is_static) path.subresource = "scale";
  const auto written = is_static
                           ? client_.MergePatch(path, json::object({{"spec", patch.at("spec")}}))
                           : client_.Apply(path, patch, KubeClient::Conflicts::kRefuse);
  if (written) return report.written.push_back(ToString(path));
  if (is_static || written.error().code != ErrorCode::kConflict)
    return report.problems.push_back(written.error().message);
  report.problems.push_back(ToString(path) +
                            ": spec.weight or spec.limits.nodes is somebody else's and is left "
                            "alone: " +
                            written.error().message);
}

Result<KarpenterReport> KarpenterWriter::Write(std::span<const capacity::CapacityOffer> pools,
                                               OverlayPrice price) {
  LC_TRY(const auto overlays, NodeOverlaysFor(pools, price));
  const auto ours =
      client_.List({.type = kNodeOverlays, .label_selector = std::string(kManagedByUs)});
  if (!ours && ours.error().code == ErrorCode::kNotFound)
    return Fail(ErrorCode::kNotFound,
                "this cluster knows no NodeOverlay of " + ApiVersionOf(kNodeOverlays) +
                    "; expected a Karpenter with its CRD, and the feature gate NodeOverlay=true");
  if (!ours) return tl::unexpected<Error>(ours.error());
  KarpenterReport report;
  LC_TRY(const auto patches, Possible(NodePoolPatchesFor(pools), report));
  std::set<std::string> wanted;
  for (const json& overlay : overlays) {
    wanted.insert(TextAt(overlay, {"metadata", "name"}));
    ApplyOverlay(overlay, report);
  }
  for (const json& object : ours->items) {
    const ResourcePath path = PathOf(kNodeOverlays, object);
    if (wanted.contains(path.name)) continue;
    const auto gone = client_.Delete(path, TextAt(object, {"metadata", "uid"}));
    if (gone || gone.error().code == ErrorCode::kNotFound) {
      report.removed.push_back(ToString(path));
    } else {
      report.problems.push_back(gone.error().message);
    }
  }
  for (const json& patch : patches) PatchNodePool(patch, report);
  return report;
}

}  // namespace loadcurve::kube
