#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "scaler/capacity/capacity_offer.h"

namespace loadcurve::autoscaler_grpc {

// What is read of a v1.Node in Kubernetes' protobuf.
struct NodeBlob {
  capacity::NodeResources allocatable{};
  std::map<std::string, std::string> labels{};
};

// Absent where it is none.
std::optional<NodeBlob> ReadNode(std::string_view bytes);

// What a v1.Pod asks for, all containers together, and one pod; absent where it is none.
std::optional<capacity::NodeResources> ReadPod(std::string_view bytes);

}  // namespace loadcurve::autoscaler_grpc
