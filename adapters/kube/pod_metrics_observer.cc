#include "adapters/kube/pod_metrics_observer.h"

#include <functional>
#include <nlohmann/json.hpp>

#include "adapters/kube/json_fields.h"
#include "base/quantity_text.h"
#include "base/time_text.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

const ResourceType kPodMetrics{"metrics.k8s.io", "v1beta1", "pods"};

std::optional<double> QuantityAt(const json& object, JsonPath path) {
  const json* const field = FieldAt(object, path);
  if (field == nullptr) return std::nullopt;
  if (field->is_number()) return field->get<double>();
  return field->is_string() ? QuantityIn(field->get_ref<const std::string&>()) : std::nullopt;
}

// Adds up what is at `path` of each element; nothing where one has none, or there is none.
std::optional<double> Sum(const json* list, JsonPath path) {
  if (list == nullptr || !list->is_array() || list->empty()) return std::nullopt;
  double sum = 0;
  for (const json& element : *list) {
    const auto value = QuantityAt(element, path);
    if (!value) return std::nullopt;
    sum += *value;
  }
  return sum;
}

std::optional<std::uint64_t> Whole(std::optional<double> value) {
  return value ? std::optional(static_cast<std::uint64_t>(*value)) : std::nullopt;
}

// The pod and the containers that run in it.
std::uint64_t StartOf(const json& pod) {
  std::string text = TextAt(pod, {"metadata", "uid"});
  const json* const statuses = FieldAt(pod, {"status", "containerStatuses"});
  if (statuses != nullptr && statuses->is_array()) {
    for (const json& status : *statuses)
      text += "\n" + TextAt(status, {"name"}) + " " + TextAt(status, {"containerID"});
  }
  return std::hash<std::string>()(text);
}

bool IsAlive(const json& pod) {
  const std::string phase = TextAt(pod, {"status", "phase"});
  return phase != "Succeeded" && phase != "Failed";
}

struct Usage {
  TimePoint at;
  double cores = 0;
  double memory_bytes = 0;
};

Result<Usage> UsageIn(const json& metrics) {
  const auto at = ParseTime(TextAt(metrics, {"timestamp"}));
  const json* const containers = FieldAt(metrics, {"containers"});
  const auto cores = Sum(containers, {"usage", "cpu"});
  const auto memory = Sum(containers, {"usage", "memory"});
  if (!at || !cores || !memory)
    return Fail(ErrorCode::kUnavailable,
                "the metrics API told no timestamp, CPU and memory of all "
                "containers: " +
                    TextOf(metrics).substr(0, 200));
  return Usage{*at, *cores, *memory};
}

}  // namespace

Result<ReplicaObservation> PodMetricsObserver::Observe() {
  const auto pod = client_.Get({kPods, namespace_, pod_});
  if (!pod && pod.error().code == ErrorCode::kNotFound)
    return ReplicaObservation{.at = clock_.Now(), .is_alive = false, .start_id = start_id_};
  if (!pod) return tl::unexpected<Error>(pod.error());
  const std::uint64_t start_id = StartOf(*pod);
  if (!IsAlive(*pod))
    return ReplicaObservation{.at = clock_.Now(), .is_alive = false, .start_id = start_id};
  const auto metrics = client_.Get({kPodMetrics, namespace_, pod_});
  if (!metrics && metrics.error().code == ErrorCode::kNotFound)
    return Fail(ErrorCode::kUnavailable, "there are no metrics of pod " + namespace_ + "/" + pod_ +
                                             " yet: " + metrics.error().message);
  if (!metrics) return tl::unexpected<Error>(metrics.error());
  LC_TRY(const Usage usage, UsageIn(*metrics));
  if (start_id != start_id_) {
    start_id_ = start_id;
    latest_ = usage.at;
    cpu_seconds_ = 0;
  }
  if (usage.at > *latest_) {
    cpu_seconds_ += usage.cores * Seconds(usage.at - *latest_);
    latest_ = usage.at;
  }
  const json* const containers = FieldAt(*pod, {"spec", "containers"});
  return ReplicaObservation{
      .at = *latest_,
      .cpu_seconds = cpu_seconds_,
      .cpu_limit_cores = Sum(containers, {"resources", "limits", "cpu"}),
      .memory_bytes = static_cast<std::uint64_t>(usage.memory_bytes),
      .memory_limit_bytes = Whole(Sum(containers, {"resources", "limits", "memory"})),
      .start_id = start_id_};
}

}  // namespace loadcurve::kube
