#include "adapters/autoscaler_grpc/node_template.h"

#include <cmath>
#include <cstdint>
#include <map>

#include "adapters/autoscaler_grpc/kube_objects.pb.h"
#include "scaler/capacity/taint_text.h"

namespace loadcurve::autoscaler_grpc {
namespace {

using capacity::CapacityOffer;

std::map<std::string, std::string> LabelsOf(const CapacityOffer& pool, const std::string& name) {
  std::map<std::string, std::string> labels = {
      {"kubernetes.io/arch", "amd64"},
      {"kubernetes.io/hostname", name},
      {"kubernetes.io/os", "linux"},
      {std::string(kClassLabel), std::string(capacity::Name(pool.capacity_class))},
      {std::string(kPoolLabel), pool.pool},
      {"node.kubernetes.io/instance-type", pool.instance_type},
      {"topology.kubernetes.io/region", pool.region},
      {"topology.kubernetes.io/zone", pool.zone},
  };
  std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
  for (const auto& [label, value] : pool.labels) labels[label] = value;
  return labels;
}

std::map<std::string, std::string> QuantitiesOf(const capacity::NodeResources& room) {
  // Whole millicores, as kubelets say it.
  const auto millicores = static_cast<std::int64_t>(std::floor(room.cpu.value() * 1000 + 1e-6));
  return {{"cpu", std::to_string(millicores) + "m"},
          {"memory", std::to_string(room.memory.value())},
          {"pods", std::to_string(room.pods)}};
}

}  // namespace

std::string NodeTemplate(const CapacityOffer& pool) {
  kube_objects::Node node;
  const std::string name = "template-" + pool.pool;
  node.mutable_metadata()->set_name(name);
  for (const auto& [label, value] : LabelsOf(pool, name))
    (*node.mutable_metadata()->mutable_labels())[label] = value;
  node.mutable_spec();
  for (const std::string& text : pool.taints) {
    const capacity::TaintText parts = capacity::SplitTaint(text);
    auto& taint = *node.mutable_spec()->add_taints();
    taint.set_key(std::string(parts.key));
    taint.set_value(std::string(parts.value));
    taint.set_effect(parts.effect.empty() ? "NoSchedule" : std::string(parts.effect));
  }
  auto& status = *node.mutable_status();
  for (const auto& [resource, amount] : QuantitiesOf(pool.allocatable)) {
    (*status.mutable_capacity())[resource].set_string(amount);
    (*status.mutable_allocatable())[resource].set_string(amount);
  }
  auto& ready = *status.add_conditions();
  ready.set_type("Ready");
  ready.set_status("True");
  return node.SerializeAsString();
}

}  // namespace loadcurve::autoscaler_grpc
