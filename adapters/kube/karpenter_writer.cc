#include "adapters/kube/karpenter_writer.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "adapters/kube/json_fields.h"

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

void KarpenterWriter::PatchNodePool(json patch, KarpenterReport& report) {
  const ResourcePath path = PathOf(kNodePools, patch);
  const auto there = client_.Get(path);
  if (!there) {
    const bool is_absent = there.error().code == ErrorCode::kNotFound;
    return report.problems.push_back(is_absent ? "there is no NodePool " + path.name +
                                                     ", which a pool's label " +
                                                     std::string(kNodePoolLabel) + " names"
                                               : there.error().message);
  }
  // One of a fixed size has no weight.
  if (FieldAt(*there, {"spec", "replicas"}) != nullptr) patch["spec"].erase("weight");
  const auto written = client_.Apply(path, patch, KubeClient::Conflicts::kRefuse);
  if (written) return report.written.push_back(ToString(path));
  if (written.error().code != ErrorCode::kConflict)
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
  for (json& patch : NodePoolPatchesFor(pools)) PatchNodePool(std::move(patch), report);
  return report;
}

}  // namespace loadcurve::kube
