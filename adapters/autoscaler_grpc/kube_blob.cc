#include "adapters/autoscaler_grpc/kube_blob.h"

#include <algorithm>

#include "adapters/autoscaler_grpc/kube_objects.pb.h"
#include "base/quantity_text.h"

namespace loadcurve::autoscaler_grpc {
namespace {

using Quantities = google::protobuf::Map<std::string, kube_objects::Quantity>;

double At(const Quantities& quantities, const std::string& name) {
  const auto found = quantities.find(name);
  return found == quantities.end() ? 0 : QuantityIn(found->second.string()).value_or(0);
}

std::int64_t Whole(double value) {
  constexpr double kMost = 9e18;
  return static_cast<std::int64_t>(std::min(std::max(value, 0.0), kMost));
}

}  // namespace

std::optional<NodeBlob> ReadNode(std::string_view bytes) {
  kube_objects::Node node;
  if (!node.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  const Quantities& allocatable =
      node.status().allocatable().empty() ? node.status().capacity() : node.status().allocatable();
  NodeBlob blob;
  blob.allocatable = {CpuCores(At(allocatable, "cpu")), Bytes(Whole(At(allocatable, "memory"))),
                      Whole(At(allocatable, "pods"))};
  blob.labels.insert(node.metadata().labels().begin(), node.metadata().labels().end());
  return blob;
}

std::optional<capacity::NodeResources> ReadPod(std::string_view bytes) {
  kube_objects::Pod pod;
  if (!pod.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  double cores = 0;
  double memory = 0;
  for (const kube_objects::Container& container : pod.spec().containers()) {
    cores += At(container.resources().requests(), "cpu");
    memory += At(container.resources().requests(), "memory");
  }
  return capacity::NodeResources{CpuCores(cores), Bytes(Whole(memory)), 1};
}

}  // namespace loadcurve::autoscaler_grpc
