#include "scaler/scaling_profile.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <utility>

#include "base/time_text.h"
#include "metrics/container_resources.h"
#include "scaler/policy_audit.h"

namespace loadcurve {
namespace {

constexpr std::size_t kLongestLabel = 63;
constexpr std::int64_t kMostReplicas = 1'000'000;

std::string ShortHash(std::string_view text) {
  // FNV-1a, 32 bit (Fowler, Noll, Vo): small, and the same on every machine.
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  std::array<char, 9> digits{};
  std::snprintf(digits.data(), digits.size(), "%08x", hash);
  return digits.data();
}

bool IsLabelCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// RFC 3629: shortest form, no surrogates, at most U+10FFFF.
bool IsUtf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const int following = lead < 0x80   ? 0
                          : lead < 0xC2 ? -1
                          : lead < 0xE0 ? 1
                          : lead < 0xF0 ? 2
                          : lead < 0xF5 ? 3
                                        : -1;
    if (following < 0 || i + static_cast<std::size_t>(following) >= text.size()) return false;
    std::uint32_t point = following == 0 ? lead : lead & (0x3FU >> following);
    for (int k = 1; k <= following; ++k) {
      const auto next = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
      if ((next & 0xC0U) != 0x80U) return false;
      point = point << 6U | (next & 0x3FU);
    }
    if ((following == 2 && point < 0x800) || (following == 3 && point < 0x10000) ||
        (point >= 0xD800 && point < 0xE000) || point > 0x10FFFF)
      return false;
    i += static_cast<std::size_t>(following) + 1;
  }
  return true;
}

// Collects the fields that are out of their range, each once.
class Audit {
 public:
  void Expect(bool holds, std::string_view field, const std::string& found,
              std::string_view expected) {
    if (holds) return;
    const std::string beginning = std::string(field) + " is '";
    const bool is_told = std::ranges::any_of(
        faults_, [&](const std::string& fault) { return fault.starts_with(beginning); });
    if (!is_told) faults_.push_back(beginning + found + "'; expected " + std::string(expected));
  }

  void ExpectText(std::string_view field, const std::string& text) {
    Expect(IsUtf8(text), field, "(bytes that are not UTF-8)", "UTF-8 text");
  }

  void ExpectNumber(bool holds, std::string_view field, double found, std::string_view expected) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.6g", found);
    Expect(std::isfinite(found) && holds, field, text.data(), expected);
  }

  void ExpectDuration(Duration least, Duration most, std::string_view field, Duration found) {
    Expect(found >= least && found <= most, field, ToString(found),
           "a duration of " + ToString(least) + " to " + ToString(most));
  }

  void Take(std::vector<std::string> faults) {
    std::ranges::move(faults, std::back_inserter(faults_));
  }

  std::vector<std::string> Take() { return std::move(faults_); }

 private:
  std::vector<std::string> faults_;
};

std::string Percent(double share) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g%%", 100 * share);
  return text.data();
}

constexpr Duration kYear = std::chrono::days(366);

void AuditNames(const ScalingProfileFields& fields, Audit& audit) {
  constexpr std::string_view kLabel =
      "a DNS label: a-z, 0-9 and '-', at most 63, no '-' at the ends";
  const ProfileName& metadata = fields.metadata;
  audit.Expect(IsDnsLabel(metadata.name), "metadata.name", metadata.name, kLabel);
  audit.Expect(metadata.namespace_name.empty() || IsDnsLabel(metadata.namespace_name),
               "metadata.namespace", metadata.namespace_name, kLabel);
  for (const auto& [key, value] : metadata.labels) {
    audit.ExpectText("metadata.labels", key);
    audit.ExpectText("metadata.labels", value);
  }
  for (const auto& [key, value] : metadata.annotations) {
    audit.ExpectText("metadata.annotations", key);
    audit.ExpectText("metadata.annotations", value);
  }
  audit.Expect(!fields.target.api_version.empty(), "spec.targetRef.apiVersion", "",
               "an API version, as apps/v1");
  audit.Expect(!fields.target.kind.empty(), "spec.targetRef.kind", "", "a kind, as Deployment");
  audit.ExpectText("spec.targetRef.apiVersion", fields.target.api_version);
  audit.ExpectText("spec.targetRef.kind", fields.target.kind);
  audit.ExpectText("spec.targetRef.name", fields.target.name);
}

void AuditMemory(const ScalingProfileFields& fields, Audit& audit) {
  if (!fields.load.per_replica || !fields.load.per_replica->memory) return;
  const ReplicaMemory& memory = *fields.load.per_replica->memory;
  audit.Expect(memory.limit > Bytes(0), "spec.load.perReplica.memory.limit",
               MemoryText(memory.limit), "an amount > 0, as 1Gi");
  const double filled =
      static_cast<double>(memory.limit.value()) * fields.objective.target_utilization.value();
  audit.Expect(memory.idle >= Bytes(0) && static_cast<double>(memory.idle.value()) < filled,
               "spec.load.perReplica.memory.idle", MemoryText(memory.idle),
               "less than the targetUtilization of the limit: the rest is what load may fill");
  audit.Expect(fields.load.source.prometheus.has_value(), "spec.load.perReplica.memory",
               "limit: " + MemoryText(memory.limit),
               "no memory, or spec.load.source.kind prometheus, which tells what replicas use");
}

void AuditCapacity(const LoadSpec& load, Audit& audit) {
  if (!load.per_replica) return;
  const ReplicaCapacity& capacity = *load.per_replica;
  constexpr std::string_view kPositive = "a number > 0";
  audit.ExpectNumber(capacity.load.value() > 0, "spec.load.perReplica.metricsqps",
                     capacity.load.value(), kPositive);
  audit.ExpectNumber(capacity.low.value() > 0 && capacity.low <= capacity.load,
                     "spec.load.perReplica.low", capacity.low.value(),
                     "a number > 0 and at most metricsqps");
  audit.ExpectNumber(capacity.high >= capacity.load, "spec.load.perReplica.high",
                     capacity.high.value(), "a number of at least metricsqps");
  audit.ExpectNumber(capacity.target_share.value() > 0 && capacity.target_share.value() <= 1,
                     "spec.load.perReplica.targetShare", capacity.target_share.value(),
                     "a number in (0, 1]");
  if (capacity.slots)
    audit.ExpectNumber(capacity.slots->value() > 0 && load.CountsRequests(),
                       "spec.load.perReplica.slots", capacity.slots->value(),
                       load.CountsRequests() ? kPositive : "none, since no requests are counted");
  audit.Expect(capacity.binding != BindingResource::kSlots || capacity.slots,
               "spec.load.perReplica.binding", "slots",
               "another resource, or the number of slots beside it");
  const std::string scale = load.Scale();
  const bool is_implied = capacity.weights_version.empty() && !load.CountsRequests();
  audit.Expect(capacity.weights_version == scale || is_implied,
               "spec.load.perReplica.weightsVersion", capacity.weights_version,
               load.CountsRequests()
                   ? "'" + scale +
                         "', the version of the profile's weights: a capacity measured in other "
                         "weights means nothing here"
                   : "none, or '" + scale + "', the scale of the load that the source tells");
}

void AuditQueue(const QueueSource& queue, Audit& audit) {
  const std::string field = "spec.load.source.prometheus.queue";
  audit.Expect(!queue.backlog.empty(), field + ".backlog", queue.backlog,
               "PromQL for the items that wait");
  const int given = (queue.arrival_rate.empty() ? 0 : 1) + (queue.service_rate.empty() ? 0 : 1);
  audit.Expect(given == 1, field, std::to_string(given) + " of arrivalRate and serviceRate",
               "exactly one of them");
  audit.ExpectDuration(std::chrono::seconds(1), std::chrono::days(1), field + ".drainTime",
                       queue.drain_time);
  audit.ExpectText(field + ".backlog", queue.backlog);
  audit.ExpectText(field + ".arrivalRate", queue.arrival_rate);
  audit.ExpectText(field + ".serviceRate", queue.service_rate);
}

void AuditPrometheus(const PrometheusSource& source, Audit& audit) {
  const std::string field = "spec.load.source.prometheus";
  const int given = (source.preset.empty() ? 0 : 1) + (source.histogram.empty() ? 0 : 1) +
                    (source.rate.empty() ? 0 : 1) + (source.queue ? 1 : 0) +
                    (source.load.empty() ? 0 : 1);
  audit.Expect(given == 1, field,
               std::to_string(given) + " of preset, histogram, rate, queue and load",
               "exactly one of them");
  if (source.queue) AuditQueue(*source.queue, audit);
  audit.Expect(source.unit == "s" || source.unit == "ms", field + ".unit", source.unit, "s or ms");
  audit.Expect(source.mean_seconds.empty() || !source.rate.empty(), field + ".meanSeconds",
               source.mean_seconds, "it beside rate only");
  for (const auto& [label, value] : source.matchers) {
    audit.ExpectText(field + ".matchers", label);
    audit.ExpectText(field + ".matchers", value);
  }
  for (const std::string* text :
       {&source.preset, &source.object, &source.histogram, &source.status_label, &source.pod_label,
        &source.in_flight, &source.rate, &source.mean_seconds, &source.load})
    audit.ExpectText(field, *text);
  for (const std::string& label : source.route_labels)
    audit.ExpectText(field + ".routeLabels", label);
}

void AuditWeights(const LoadSpec& load, Audit& audit) {
  if (load.CountsRequests()) {
    audit.Expect(load.weights.has_value(), "spec.load.weights", "", "what requests cost");
  } else {
    audit.Expect(!load.weights, "spec.load.weights", load.weights ? load.weights->version() : "",
                 "none: the source tells the load itself, and there are no requests to weigh");
  }
  if (!load.weights) return;
  for (const WeightCurve& curve : load.weights->curves()) {
    audit.ExpectText("spec.load.weights.curves.route", curve.route);
    for (const WeightKnot& knot : curve.knots) {
      audit.ExpectNumber(true, "spec.load.weights.curves.knots.low", knot.low, "a finite number");
      audit.ExpectNumber(true, "spec.load.weights.curves.knots.high", knot.high, "a finite number");
    }
  }
}

// Whether the source tells the durations of requests, and the CPU beside them.
bool HasCpu(const LoadSpec& load) {
  const auto& prometheus = load.source.prometheus;
  return prometheus && (!prometheus->preset.empty() || !prometheus->histogram.empty());
}

constexpr std::string_view kManualOnly =
    "manual, since only a Prometheus with a histogram or preset tells durations and CPU";

void AuditOnline(const LoadSpec& load, Audit& audit) {
  const std::string field = "spec.load.calibration";
  const CalibrationSpec& calibration = load.calibration;
  const bool has_cpu = HasCpu(load);
  audit.Expect(!calibration.is_online || has_cpu, field + ".mode", "online", kManualOnly);
  audit.Expect(load.capacity_mode == LearningMode::kManual || has_cpu, "spec.load.capacity.mode",
               std::string(Name(load.capacity_mode)), kManualOnly);
  audit.ExpectDuration(std::chrono::seconds(10), std::chrono::days(7), field + ".every",
                       calibration.every);
  audit.ExpectDuration(std::chrono::minutes(5), std::chrono::days(30), field + ".history",
                       calibration.history);
}

void AuditSpeedLearning(const LoadSpec& load, Audit& audit) {
  if (load.speed_learning == LearningMode::kManual) return;
  const std::string field = "spec.load.speedLearning.mode";
  const std::string mode(Name(load.speed_learning));
  audit.Expect(HasCpu(load), field, mode, kManualOnly);
  audit.Expect(!ReferenceOf(load.speeds).empty(), field, mode,
               "manual, where no family of spec.load.speeds is at 1: all others are compared with "
               "the one that perReplica was measured on");
}

void AuditSpeeds(const LoadSpec& load, Audit& audit) {
  constexpr std::size_t kMostSpeeds = 100;
  AuditSpeedLearning(load, audit);
  if (load.speeds.empty()) return;
  const std::string field = "spec.load.speeds";
  audit.Expect(load.speeds.size() <= kMostSpeeds, field, std::to_string(load.speeds.size()),
               "at most 100 families of instances");
  audit.Expect(!load.calibration.is_online && load.capacity_mode == LearningMode::kManual, field,
               "there",
               "none where costs or the capacity are learnt while serving: what is learnt "
               "is of the mean of all pods");
  for (const auto& [family, speed] : load.speeds) {
    audit.ExpectText(field, family);
    audit.Expect(!family.empty() && family.size() <= kLongestLabel, field, family,
                 "a family of instances, as m5");
    audit.ExpectNumber(speed > 0 && speed <= 10, field + "." + family, speed,
                       "a share of perReplica.metricsqps in (0, 10]");
  }
}

void AuditLoad(const LoadSpec& load, Audit& audit) {
  const LoadSource& source = load.source;
  audit.Expect(source.kind == "logs" || source.kind == "prometheus", "spec.load.source.kind",
               source.kind, "logs or prometheus");
  audit.Expect((source.kind == "prometheus") == source.prometheus.has_value(),
               "spec.load.source.kind", source.kind,
               "prometheus where spec.load.source.prometheus says what to ask, and only there");
  if (source.prometheus) AuditPrometheus(*source.prometheus, audit);
  audit.ExpectText("spec.load.source.workload", load.source.workload);
  audit.ExpectText("spec.load.source.duration", load.source.duration);
  AuditWeights(load, audit);
  AuditCapacity(load, audit);
  AuditOnline(load, audit);
  AuditSpeeds(load, audit);
}

void AuditBounds(const ReplicaBounds& bounds, Audit& audit) {
  audit.Expect(bounds.min.value() >= 0 && bounds.min.value() <= kMostReplicas,
               "spec.bounds.minReplicas", std::to_string(bounds.min.value()),
               "a whole number of 0 to 1000000");
  audit.Expect(bounds.max.value() >= 1 && bounds.max.value() <= kMostReplicas,
               "spec.bounds.maxReplicas", std::to_string(bounds.max.value()),
               "a whole number of 1 to 1000000");
  audit.Expect(bounds.min <= bounds.max, "spec.bounds.minReplicas",
               std::to_string(bounds.min.value()),
               "at most maxReplicas, " + std::to_string(bounds.max.value()));
}

void AuditStepLimits(const StepLimits& limits, const std::string& field, Audit& audit) {
  if (limits.max_step)
    audit.Expect(limits.max_step->value() >= 1 && limits.max_step->value() <= kMostReplicas,
                 field + ".maxStep", std::to_string(limits.max_step->value()),
                 "a whole number of 1 to 1000000");
  if (limits.max_share)
    audit.ExpectNumber(limits.max_share->value() > 0 && limits.max_share->value() <= 1000,
                       field + ".maxShare", limits.max_share->value(), "a number in (0, 1000]");
}

void AuditObjective(const Objective& objective, Audit& audit) {
  const double utilization = objective.target_utilization.value();
  audit.ExpectNumber(utilization > 0 && utilization <= 1, "spec.objective.targetUtilization",
                     utilization, "a number in (0, 1]");
  audit.ExpectNumber(objective.quantile >= 0.5 && objective.quantile < 1, "spec.objective.quantile",
                     objective.quantile, "a number in [0.5, 1)");
  if (objective.violations) {
    const double share = objective.violations->value();
    audit.Expect(share > 0 && share <= 0.5, "spec.objective.violations", Percent(share),
                 "a share of the minutes of more than 0% and at most 50%, as 0.1%");
    audit.Expect(!objective.prices, "spec.objective.violations", Percent(share),
                 "either it or replicaHour with shortageMinute");
  }
  if (objective.prices) {
    const double hour = objective.prices->replica_hour;
    const double minute = objective.prices->shortage_minute;
    audit.ExpectNumber(hour > 0, "spec.objective.replicaHour", hour, "a price > 0");
    audit.ExpectNumber(minute > 0, "spec.objective.shortageMinute", minute, "a cost > 0");
  }
  if (objective.latency) {
    audit.ExpectDuration(std::chrono::milliseconds(1), std::chrono::hours(1),
                         "spec.objective.latencyTarget", objective.latency->within);
    const double quantile = objective.latency->quantile;
    audit.ExpectNumber(quantile >= 0.5 && quantile <= 0.9999, "spec.objective.latencyQuantile",
                       quantile, "a number in [0.5, 0.9999]");
  }
  if (!objective.survive) return;
  const Survival& survive = *objective.survive;
  if (survive.zones == 0)
    audit.Expect(survive.pods.value() >= 1 && survive.pods.value() <= kMostReplicas,
                 "spec.objective.survive", std::to_string(survive.pods.value()) + " pods",
                 "1 to 1000000 pods, or zone");
  else
    audit.Expect(survive.zones >= 2 && survive.zones <= 1000, "spec.objective.zones",
                 std::to_string(survive.zones), "a whole number of 2 to 1000");
}

void AuditRightSizing(const ScalingProfileFields& fields, Audit& audit) {
  if (!fields.right_sizing) return;
  audit.Expect(fields.load.source.prometheus.has_value(), "spec.rightSizing", "there",
               "none, since only a Prometheus tells what pods use");
  audit.ExpectDuration(std::chrono::days(1), std::chrono::days(14), "spec.rightSizing.history",
                       fields.right_sizing->history);
  if (const auto& prices = fields.right_sizing->prices) {
    audit.ExpectNumber(prices->cpu_hour > 0, "spec.rightSizing.cpuHour", prices->cpu_hour,
                       "a price > 0");
    audit.ExpectNumber(prices->gib_hour > 0, "spec.rightSizing.gibHour", prices->gib_hour,
                       "a price > 0");
  }
}

void AuditPolicy(const ScalingProfileFields& fields, Audit& audit) {
  AuditRightSizing(fields, audit);
  audit.ExpectDuration(Duration(0), std::chrono::days(1), "spec.startup.p95", fields.startup);
  AuditObjective(fields.objective, audit);
  audit.Expect(!fields.objective.latency || fields.load.CountsRequests(),
               "spec.objective.latencyTarget",
               fields.objective.latency ? ToString(fields.objective.latency->within) : "",
               "none, since no requests are counted");
  AuditBounds(fields.bounds, audit);
  const Duration step = fields.forecast.step;
  audit.ExpectDuration(std::chrono::seconds(1), std::chrono::days(7), "spec.forecast.step", step);
  if (fields.forecast.horizon)
    audit.ExpectDuration(step, kYear, "spec.forecast.horizon", *fields.forecast.horizon);
  if (fields.forecast.season)
    audit.ExpectDuration(step, kYear, "spec.forecast.season", *fields.forecast.season);
  AuditStepLimits(fields.behavior.scale_up, "spec.behavior.scaleUp", audit);
  AuditStepLimits(fields.behavior.scale_down, "spec.behavior.scaleDown", audit);
  audit.ExpectDuration(Duration(0), std::chrono::days(7), "spec.behavior.scaleDown.window",
                       fields.behavior.scale_down_window);
  audit.ExpectDuration(Duration(0), std::chrono::days(30), "spec.behavior.scaleDown.observation",
                       fields.behavior.observation);
  audit.ExpectDuration(Duration(0), std::chrono::hours(1), "spec.behavior.changeCost",
                       fields.behavior.change_cost);
  audit.ExpectDuration(std::chrono::minutes(10), std::chrono::days(30), "spec.rollout.window",
                       fields.rollout.window);
}

void AuditCalibration(const CalibrationStatus& status, Audit& audit) {
  constexpr std::string_view kFinite = "a finite number";
  audit.ExpectText("status.calibration.verdict", status.verdict);
  audit.ExpectNumber(std::abs(Seconds(status.lag)) <= 86400, "status.calibration.lagSeconds",
                     Seconds(status.lag), "a number of -86400 to 86400");
  audit.ExpectNumber(true, "status.calibration.idleCores", status.idle_cores.value(), kFinite);
  if (status.condition_number)
    audit.ExpectNumber(true, "status.calibration.conditionNumber", *status.condition_number,
                       kFinite);
  audit.Expect(status.windows_used >= 0, "status.calibration.windows.used",
               std::to_string(status.windows_used), "a whole number >= 0");
  for (const auto& [reason, count] : status.windows_excluded) {
    audit.ExpectText("status.calibration.windows.excluded", reason);
    audit.Expect(count >= 0, "status.calibration.windows.excluded." + reason, std::to_string(count),
                 "a whole number >= 0");
  }
  for (const auto& [metric, fit] : status.out_of_sample) {
    const std::string field = "status.calibration.outOfSample." + metric;
    audit.ExpectText("status.calibration.outOfSample", metric);
    audit.ExpectNumber(true, field + ".r2", fit.r2, kFinite);
    audit.ExpectNumber(true, field + ".correlation", fit.correlation, kFinite);
    audit.ExpectNumber(true, field + ".r2Error", fit.r2_error.value_or(0), kFinite);
    audit.ExpectNumber(true, field + ".correlationError", fit.correlation_error.value_or(0),
                       kFinite);
  }
}

}  // namespace

std::string_view Name(LearningMode mode) {
  constexpr std::string_view kNames[] = {"manual", "observe", "online"};
  return kNames[static_cast<std::size_t>(mode)];
}

bool LoadSpec::CountsRequests() const {
  return !source.prometheus || (!source.prometheus->queue && source.prometheus->load.empty());
}

std::string LoadSpec::Scale() const {
  if (weights) return weights->version();
  if (CountsRequests()) return "";
  const PrometheusSource& told = *source.prometheus;
  return told.queue ? "queue-" + ToString(told.queue->drain_time) : "raw-" + ShortHash(told.load);
}

bool LoadSpec::operator==(const LoadSpec& other) const {
  return source == other.source && per_replica == other.per_replica &&
         calibration == other.calibration && speeds == other.speeds &&
         speed_learning == other.speed_learning && capacity_mode == other.capacity_mode &&
         Scale() == other.Scale() && weights.has_value() == other.weights.has_value() &&
         (!weights || std::ranges::equal(weights->curves(), other.weights->curves()));
}

ScalingProfile::ScalingProfile(ScalingProfileFields fields) : fields_(std::move(fields)) {}

Result<ScalingProfile> ScalingProfile::Make(ScalingProfileFields fields) {
  if (fields.target.name.empty()) fields.target.name = fields.metadata.name;
  if (fields.load.per_replica && !fields.load.CountsRequests() &&
      fields.load.per_replica->weights_version.empty())
    fields.load.per_replica->weights_version = fields.load.Scale();
  auto faults = FaultsOf(fields);
  if (!faults.empty()) return Fail(ErrorCode::kInvalidArgument, std::move(faults.front()));
  return ScalingProfile(std::move(fields));
}

std::vector<std::string> ScalingProfile::FaultsOf(const ScalingProfileFields& fields) {
  Audit audit;
  AuditNames(fields, audit);
  AuditLoad(fields.load, audit);
  AuditMemory(fields, audit);
  AuditPolicy(fields, audit);
  audit.Take(FaultsOfPolicy(fields));
  if (fields.calibration) AuditCalibration(*fields.calibration, audit);
  return audit.Take();
}

WorkloadId ScalingProfile::Workload() const {
  if (!fields_.metadata.namespace_name.empty())
    return {fields_.metadata.namespace_name, fields_.target.kind, fields_.target.name};
  const std::string& source = fields_.load.source.workload;
  return {"", "", source.empty() ? fields_.metadata.name : source};
}

bool IsDnsLabel(std::string_view name) {
  return !name.empty() && name.size() <= kLongestLabel && name.front() != '-' &&
         name.back() != '-' &&
         std::ranges::all_of(name, [](char c) { return c == '-' || IsLabelCharacter(c); });
}

std::string DnsLabelFor(std::string_view name) {
  if (IsDnsLabel(name)) return std::string(name);
  std::string label;
  for (const char c : name) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (IsLabelCharacter(lower)) {
      label += lower;
    } else if (!label.empty() && label.back() != '-') {
      label += '-';
    }
  }
  const std::string hash = ShortHash(name);
  label.resize(std::min(label.size(), kLongestLabel - hash.size() - 1));
  while (!label.empty() && label.back() == '-') label.pop_back();
  return label.empty() ? "workload-" + hash : label + "-" + hash;
}

}  // namespace loadcurve
