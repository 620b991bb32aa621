#include "adapters/autoscaler_grpc/kube_blob.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "adapters/autoscaler_grpc/kube_objects.pb.h"

namespace loadcurve::autoscaler_grpc {
namespace {

using Quantities = google::protobuf::Map<std::string, kube_objects::Quantity>;

constexpr std::array<std::pair<std::string_view, double>, 15> kUnits = {{
    {"Ki", 1024.0},
    {"Mi", 1048576.0},
    {"Gi", 1073741824.0},
    {"Ti", 1099511627776.0},
    {"Pi", 1125899906842624.0},
    {"Ei", 1152921504606846976.0},
    {"n", 1e-9},
    {"u", 1e-6},
    {"m", 1e-3},
    {"k", 1e3},
    {"M", 1e6},
    {"G", 1e9},
    {"T", 1e12},
    {"P", 1e15},
    {"E", 1e18},
}};

double At(const Quantities& quantities, const std::string& name) {
  const auto found = quantities.find(name);
  return found == quantities.end() ? 0 : QuantityOf(found->second.string());
}

std::int64_t Whole(double value) {
  constexpr double kMost = 9e18;
  return static_cast<std::int64_t>(std::min(std::max(value, 0.0), kMost));
}

}  // namespace

double QuantityOf(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value)) return 0;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit.empty()) return value;
  for (const auto& [name, factor] : kUnits)
    if (unit == name) return value * factor;
  return 0;
}

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
