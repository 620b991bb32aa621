#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "base/workload.h"
#include "metrics/replica_capacity.h"
#include "metrics/request_weights.h"
#include "scaler/replica_mix.h"
#include "scaler/rollout_stage.h"
#include "scaler/stated_policy.h"

namespace loadcurve {

// The Kubernetes object that carries the profile.
struct ProfileName {
  std::string name{};            // a DNS label, see DnsLabelFor
  std::string namespace_name{};  // a DNS label; empty outside a cluster
  std::map<std::string, std::string> labels{};
  std::map<std::string, std::string> annotations{};

  bool operator==(const ProfileName&) const = default;
};

// What is scaled. An empty name is the profile's own.
struct TargetRef {
  std::string api_version = "apps/v1";
  std::string kind = "Deployment";
  std::string name{};

  bool operator==(const TargetRef&) const = default;
};

// What consumers work off, as PromQL, in items: messages, jobs, records. One of the two rates is
// given. Each expression tells of the queue itself, so that it is there without any consumer.
struct QueueSource {
  std::string backlog{};       // items that wait
  std::string arrival_rate{};  // items put in a second
  std::string service_rate{};  // items taken out a second
  // How fast a backlog shall be gone, 1 s to 1 d.
  Duration drain_time = std::chrono::minutes(1);

  bool operator==(const QueueSource&) const = default;
};

// What a Prometheus is asked for: requests under the names of a preset, in a histogram that is
// named here, or as expressions; or load that is told as such. One of `preset`, `histogram`,
// `rate`, `queue` and `load` is given.
struct PrometheusSource {
  std::string preset{};  // "istio", "spring" ...
  // The Service, Ingress or HTTPRoute that a preset asks for; empty: the target's name.
  std::string object{};

  std::string histogram{};  // of durations, without "_bucket"
  std::string unit = "s";   // of its durations: "s" or "ms"
  bool is_native = false;
  // Label and value, of histogram and gauge; "~..." is a regular expression. None: the pods
  // of the workload in its namespace.
  std::map<std::string, std::string> matchers{};
  std::vector<std::string> route_labels{};
  std::string status_label{};
  std::string pod_label = "pod";
  std::string in_flight{};  // a gauge of requests being served

  std::string rate{};          // PromQL: requests that ended a second
  std::string mean_seconds{};  // PromQL: seconds that one took in the mean

  std::optional<QueueSource> queue{};
  std::string load{};  // PromQL: the load itself, in a unit of the user's own

  bool operator==(const PrometheusSource&) const = default;
};

// Where the load is read.
struct LoadSource {
  std::string kind = "logs";  // or "prometheus"
  // The workload as the source names it ("10.0.0.1:8080", a pod, a route cluster); empty
  // where the source tells no workloads apart. Any UTF-8.
  std::string workload{};
  // Which duration of a request was counted: "$upstream_response_time, else ...".
  std::string duration{};
  // There if and only if the kind is "prometheus".
  std::optional<PrometheusSource> prometheus{};

  bool operator==(const LoadSource&) const = default;
};

// Whether what requests cost and a replica carries is found anew while serving.
struct CalibrationSpec {
  bool is_online = false;
  Duration every = std::chrono::hours(1);     // one attempt, and one adoption at most; 10 s to 7 d
  Duration history = std::chrono::hours(48);  // what an attempt looks at; 5 min to 30 d

  bool operator==(const CalibrationSpec&) const = default;
};

// Whether something of a workload is learnt while serving: what one replica carries, how fast
// instances are.
enum class LearningMode {
  kManual,   // it is what the profile says
  kObserve,  // what is learnt is told, and changes nothing
  kOnline,   // decisions stand on what is learnt
};

// "manual", "observe", "online".
std::string_view Name(LearningMode mode);

struct LoadSpec {
  LoadSource source{};
  // There if and only if requests are counted.
  std::optional<RequestWeights> weights{};
  // Absent until a calibration has measured it, or a person has given it.
  std::optional<ReplicaCapacity> per_replica{};
  // Of requests in the histograms of a Prometheus only.
  CalibrationSpec calibration{};
  // What families of instances carry, as shares of `per_replica`; empty: all the same. Not where
  // costs or the capacity are learnt while serving, which is of the mean of all.
  InstanceSpeeds speeds{};
  // Not kManual: of requests in the histograms of a Prometheus that the replicas count themselves,
  // where a family is stated at 1.
  LearningMode speed_learning = LearningMode::kManual;
  // Not kManual: the same.
  LearningMode capacity_mode = LearningMode::kManual;

  // False where the source tells the load itself: a queue, or an expression for it.
  bool CountsRequests() const;

  // Names the scale of the load: the version of the weights; "queue-1m", items a second of which
  // what waits is drained within a minute; "raw-1a2b3c4d", the unit of the expression with that
  // hash. Loads of different scales never meet.
  std::string Scale() const;

  bool operator==(const LoadSpec& other) const;
};

// What replicas and their lack cost, in any one currency.
struct ShortagePrices {
  double replica_hour = 0;     // > 0
  double shortage_minute = 0;  // of a minute in which the load exceeds the capacity; > 0

  bool operator==(const ShortagePrices&) const = default;
};

// What may be lost while the objective still holds: a number of pods, or one of the zones that the
// replicas are spread over evenly.
struct Survival {
  Replicas pods{0};
  int zones = 0;  // 0: pods are counted

  bool operator==(const Survival&) const = default;
};

// How late answers may be.
struct LatencyTarget {
  Duration within = std::chrono::milliseconds(500);  // 1 ms to 1 h
  double quantile = 0.95;                            // of the requests, in [0.5, 0.9999]

  bool operator==(const LatencyTarget&) const = default;
};

// What the replicas are bought for: a budget of violations, prices, or a quantile of the forecast;
// where several are given the first of them.
struct Objective {
  // The share of a replica's limits, CPU, slots or memory, that is planned for, in (0, 1].
  Ratio target_utilization{0.7};
  // The level of the forecast that replicas are bought for, in [0.5, 1).
  double quantile = 0.95;
  // The share of minutes that may be short of capacity, in (0, 0.5]. Not beside prices.
  std::optional<Ratio> violations{};
  std::optional<ShortagePrices> prices{};
  std::optional<Survival> survive{};
  // Where requests are counted.
  std::optional<LatencyTarget> latency{};

  bool operator==(const Objective&) const = default;
};

struct ReplicaBounds {
  Replicas min{1};
  Replicas max{100};

  bool operator==(const ReplicaBounds&) const = default;
};

struct ForecastSpec {
  Duration step = std::chrono::seconds(60);
  // How far ahead; absent: as far as a decision looks, startup and one step.
  std::optional<Duration> horizon{};
  // The season; absent: found in the series.
  std::optional<Duration> season{};

  bool operator==(const ForecastSpec&) const = default;
};

// How far one decision may go from the current count. Where both limits are given the
// larger holds, and neither is ever less than one replica, so small counts do not stall.
struct StepLimits {
  std::optional<Replicas> max_step{};  // in replicas, >= 1
  std::optional<Ratio> max_share{};    // of the current count, > 0

  bool operator==(const StepLimits&) const = default;
};

struct Behavior {
  StepLimits scale_up{};
  StepLimits scale_down{};
  // A decision shrinks to no less than the highest need of this window.
  Duration scale_down_window = std::chrono::minutes(5);
  // For so long what was given up stays parked, and returns at once where load or errors rise; 0:
  // it is not; to 30 d.
  Duration observation{0};
  // What a change of the count costs: as much as all replicas that are needed in this time; 0 to 1
  // h.
  Duration change_cost = std::chrono::minutes(6);

  bool operator==(const Behavior&) const = default;
};

// What CPU and memory cost, in the currency of the other prices.
struct ResourcePrices {
  double cpu_hour = 0;  // of a core; > 0
  double gib_hour = 0;  // > 0

  bool operator==(const ResourcePrices&) const = default;
};

// Asks for advice on the CPU and memory that replicas ask for. Of a Prometheus only.
struct RightSizingSpec {
  Duration history = std::chrono::days(7);  // that is looked at; 1 d to 14 d
  // Absent: from the price of a replica-hour, where there is one.
  std::optional<ResourcePrices> prices{};

  bool operator==(const RightSizingSpec&) const = default;
};

// How well one metric followed the CPU on windows that it was not trained on.
struct MetricFit {
  double r2 = 0;
  double correlation = 0;
  std::optional<double> r2_error{};  // standard errors
  std::optional<double> correlation_error{};

  bool operator==(const MetricFit&) const = default;
};

// What a calibration found, for people and for the next calibration.
struct CalibrationStatus {
  TimePoint calibrated_at{};
  std::string verdict{};
  Duration lag{0};  // how much later than the requests the CPU samples came
  CpuCores idle_cores{};
  std::optional<double> condition_number{};
  std::int64_t windows_used = 0;
  std::map<std::string, std::int64_t> windows_excluded{};  // by reason
  // By metric: count, occupancy, cudgx, fitted.
  std::map<std::string, MetricFit> out_of_sample{};

  bool operator==(const CalibrationStatus&) const = default;
};

struct ScalingProfileFields {
  ProfileName metadata{};
  TargetRef target{};
  LoadSpec load{};
  // The 95th percentile of the time from the order of a replica to its first request.
  Duration startup = std::chrono::seconds(60);
  Objective objective{};
  ReplicaBounds bounds{};
  ForecastSpec forecast{};
  Behavior behavior{};
  std::vector<Schedule> schedules{};
  std::vector<Freeze> freezes{};
  std::optional<SpendingCap> budget{};
  RolloutSpec rollout{};
  std::optional<RightSizingSpec> right_sizing{};
  // Whether Loadcurve makes, keeps and removes the HPA that follows the decision. In a cluster.
  bool manages_hpa = false;
  std::optional<CalibrationStatus> calibration{};

  bool operator==(const ScalingProfileFields&) const = default;
};

// The limits and objectives of one workload, and what its requests cost. Validated once,
// valid ever after.
class ScalingProfile {
 public:
  // Names must be DNS labels, texts UTF-8, numbers within the ranges stated at the fields,
  // and the capacity must be measured in the profile's own scale, which an empty version stands
  // for where no requests are counted; else kInvalidArgument,
  // whose message begins with the field: "spec.bounds.minReplicas is 5; expected ...".
  [[nodiscard]] static Result<ScalingProfile> Make(ScalingProfileFields fields);

  // Every reason that Make would have to refuse these fields, at most one a field.
  static std::vector<std::string> FaultsOf(const ScalingProfileFields& fields);

  const ScalingProfileFields& fields() const { return fields_; }

  // Whom a decision is for: namespace, kind and name in a cluster; outside one, the name
  // that the source of the load gives it, else the profile's name.
  WorkloadId Workload() const;

  bool operator==(const ScalingProfile&) const = default;

 private:
  explicit ScalingProfile(ScalingProfileFields fields);

  ScalingProfileFields fields_;
};

// A DNS label (RFC 1123: a-z, 0-9 and '-', at most 63, no '-' at the ends) made from any
// name. A name that is one already stays; any other gets a short hash of the name at its
// end, so that different names stay different: "10.0.0.1:8080" -> "10-0-0-1-8080-8c4d1e5f".
std::string DnsLabelFor(std::string_view name);

bool IsDnsLabel(std::string_view name);

}  // namespace loadcurve
