#include "adapters/kube/pod_cpu.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "adapters/kube/json_fields.h"
#include "base/quantity_text.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

// "250m" and "0.25" are cores; the server answers in one of these.
std::optional<double> Cores(const json& container, std::string_view which) {
  const json* const field = FieldAt(container, {"resources", which, "cpu"});
  if (field == nullptr) return std::nullopt;
  if (field->is_number()) return field->get<double>();
  if (!field->is_string()) return std::nullopt;
  const auto& text = field->get_ref<const std::string&>();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error != std::errc() || value <= 0) return std::nullopt;
  if (unit.empty()) return value;
  return unit == "m" ? std::optional(value / 1000) : std::nullopt;
}

std::optional<Bytes> Memory(const json& container, std::string_view which) {
  const auto bytes = QuantityIn(TextAt(container, {"resources", which, "memory"}));
  return bytes && *bytes >= 1 ? std::optional(Bytes(std::llround(*bytes))) : std::nullopt;
}

std::optional<CpuCores> Cpu(const json& container, std::string_view which) {
  const auto cores = Cores(container, which);
  return cores ? std::optional(CpuCores(*cores)) : std::nullopt;
}

struct Sum {
  double request = 0;
  double limit = 0;
};

Result<void> Add(const json& container, Sum& sum) {
  const std::string name = TextAt(container, {"name"});
  const auto limit = Cores(container, "limits");
  const auto request = Cores(container, "requests");
  if (!limit && !request)
    return Fail(ErrorCode::kInsufficientData, "container '" + name + "' requests no CPU");
  if (!limit)
    return Fail(ErrorCode::kInsufficientData,
                "container '" + name + "' has no CPU limit, of which the profile plans a share");
  sum.request += request.value_or(*limit);
  sum.limit += *limit;
  return {};
}

}  // namespace

Result<double> LimitByRequest(const json& object) {
  const json* const spec = FieldAt(object, {"spec", "template", "spec"});
  const json* const containers = spec == nullptr ? nullptr : FieldAt(*spec, {"containers"});
  if (containers == nullptr || !containers->is_array() || containers->empty())
    return Fail(ErrorCode::kInsufficientData, "there is no pod template to read");
  Sum sum;
  for (const json& container : *containers) LC_TRY_VOID(Add(container, sum));
  const json* const first = FieldAt(*spec, {"initContainers"});
  if (first != nullptr && first->is_array()) {
    for (const json& container : *first) {
      if (TextAt(container, {"restartPolicy"}) == "Always") LC_TRY_VOID(Add(container, sum));
    }
  }
  return sum.limit / sum.request;
}

std::optional<CpuCores> RequestedCpu(const json& pod) {
  const json* const containers = FieldAt(pod, {"spec", "containers"});
  if (containers == nullptr || !containers->is_array() || containers->empty()) return std::nullopt;
  double sum = 0;
  for (const json& container : *containers) {
    const auto request = Cores(container, "requests");
    if (!request) return std::nullopt;
    sum += *request;
  }
  return CpuCores(sum);
}

std::vector<ContainerResources> ResourcesOf(const json& pod) {
  std::vector<ContainerResources> resources;
  const json* const containers = FieldAt(pod, {"spec", "containers"});
  if (containers == nullptr || !containers->is_array()) return resources;
  for (const json& container : *containers)
    resources.push_back({.name = TextAt(container, {"name"}),
                         .cpu_request = Cpu(container, "requests"),
                         .cpu_limit = Cpu(container, "limits"),
                         .memory_request = Memory(container, "requests"),
                         .memory_limit = Memory(container, "limits")});
  return resources;
}

}  // namespace loadcurve::kube
