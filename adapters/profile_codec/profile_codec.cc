#include "adapters/profile_codec/profile_codec.h"

#include <set>

#include "adapters/files/whole_file.h"
#include "adapters/profile_codec/capacity_codec.h"
#include "adapters/profile_codec/document_text.h"
#include "adapters/profile_codec/objective_text.h"
#include "adapters/profile_codec/policy_text.h"
#include "adapters/profile_codec/quantity_text.h"
#include "adapters/profile_codec/yaml_fields.h"
#include "base/check.h"

namespace loadcurve::profile_codec {
namespace {

constexpr std::string_view kKind = "ScalingProfile";
constexpr std::string_view kWhole = "a whole number >= 0";

template <class Quantity>
void ReadQuantity(Fields& fields, const std::string& name, Quantity& value) {
  double number = value.value();
  fields.Number(name, number);
  value = Quantity(number);
}

template <class Quantity>
void ReadQuantity(Fields& fields, const std::string& name, std::optional<Quantity>& value) {
  std::optional<double> number;
  fields.Number(name, number);
  if (number) value = Quantity(*number);
}

void ReadReplicas(Fields& fields, const std::string& name, Replicas& value) {
  std::int64_t whole = value.value();
  fields.Whole(name, whole, kWhole);
  value = Replicas(whole);
}

// ---- weights

struct WeightsText {
  std::string kind;
  std::string version;
  Duration reference{0};
  CpuSeconds reference_cpu;
  std::vector<WeightCurve> curves;
};

void ReadKnot(Fields& fields, WeightKnot& knot) {
  knot.upper = Duration::max();  // absent: the last segment of a table, without an end
  fields.SecondsNumber("upperSeconds", knot.upper);
  fields.Require("weight", "a number >= 0");
  fields.Number("weight", knot.weight);
  knot.low = knot.weight;
  knot.high = knot.weight;
  fields.Number("low", knot.low);
  fields.Number("high", knot.high);
}

void ReadCurve(Fields& fields, WeightCurve& curve) {
  fields.Require("route", "a route class, or \"*\" for all others");
  fields.Text("route", curve.route);
  fields.Require("knots", "a list of {upperSeconds, weight}");
  fields.Each("knots", [&](Fields& knot) { ReadKnot(knot, curve.knots.emplace_back()); });
}

void ReadWeightsText(Fields& fields, WeightsText& text) {
  fields.Require("kind", "cudgx, occupancy, table or fitted");
  fields.Text("kind", text.kind);
  fields.Text("version", text.version);
  if (text.kind == "occupancy") {
    fields.Require("referenceSeconds", "the duration of the reference request");
    fields.SecondsNumber("referenceSeconds", text.reference);
  }
  if (text.kind == "fitted") {
    fields.Require("referenceCpuSeconds", "the CPU seconds of the reference request");
    ReadQuantity(fields, "referenceCpuSeconds", text.reference_cpu);
  }
  if (text.kind == "fitted" || text.kind == "table") {
    fields.Require("curves", "a list of {route, knots}");
    fields.Each("curves", [&](Fields& curve) { ReadCurve(curve, text.curves.emplace_back()); });
  }
}

bool IsKnownKind(std::string_view kind) {
  return kind == "cudgx" || kind == "occupancy" || kind == "table" || kind == "fitted";
}

Result<RequestWeights> WeightsOf(WeightsText text) {
  if (text.kind == "cudgx") return RequestWeights::Cudgx();
  if (text.kind == "occupancy") return RequestWeights::Occupancy(text.reference);
  if (text.kind == "fitted")
    return RequestWeights::Fitted(std::move(text.curves), text.reference_cpu);
  if (text.kind != "table")
    return Fail(ErrorCode::kInvalidArgument,
                "'" + text.kind +
                    "' is no kind of weights; expected cudgx, occupancy, table or "
                    "fitted");
  if (text.curves.size() != 1 || text.curves[0].route != kAnyRoute)
    return Fail(ErrorCode::kInvalidArgument, "a table has one curve, of route \"*\"");
  return RequestWeights::Table(std::move(text.curves[0].knots));
}

void ReadWeights(Fields& fields, std::optional<RequestWeights>& weights) {
  WeightsText text;
  const std::size_t faults_before = fields.reading().fault_count();
  ReadWeightsText(fields, text);
  if (fields.reading().fault_count() > faults_before) {
    if (!IsKnownKind(text.kind)) fields.Overlook();
    return;
  }
  const std::string version = text.version;
  const std::string text_kind = text.kind;
  auto made = WeightsOf(std::move(text));
  if (!made) {
    if (!IsKnownKind(text_kind)) fields.Overlook();
    const std::string message = fields.path() + ": " + made.error().message;
    return fields.reading().RefuseAt(fields.reading().LineOf(message), message);
  }
  if (!version.empty() && version != made->version())
    return fields.Refuse("version", "'" + made->version() +
                                        "', the version of the weights that stand here; weights "
                                        "changed by hand need a capacity of their own");
  weights = *std::move(made);
}

// ---- the rest of the spec

void ReadMemory(Fields& fields, const std::string& key, Bytes& bytes) {
  std::string text;
  fields.Text(key, text);
  if (!fields.Has(key)) return;
  if (const auto memory = MemoryIn(text))
    bytes = *memory;
  else
    fields.Refuse(key, "an amount as Kubernetes writes it, as 512Mi");
}

void ReadCapacity(Fields& fields, bool counts_requests,
                  std::optional<ReplicaCapacity>& per_replica) {
  ReplicaCapacity capacity;
  fields.Require("metricsqps", "the load that one replica sustains");
  ReadQuantity(fields, "metricsqps", capacity.load);
  capacity.low = capacity.load;
  capacity.high = capacity.load;
  ReadQuantity(fields, "low", capacity.low);
  ReadQuantity(fields, "high", capacity.high);
  std::string binding(Name(capacity.binding));
  fields.Text("binding", binding);
  const auto known = BindingResourceOf(binding);
  if (!known) fields.Refuse("binding", "cpu, slots, memory, lock or dependency");
  capacity.binding = known.value_or(BindingResource::kCpu);
  if (counts_requests)
    fields.Require("weightsVersion", "the version of the weights that metricsqps is measured in");
  fields.Text("weightsVersion", capacity.weights_version);
  ReadQuantity(fields, "targetShare", capacity.target_share);
  ReadQuantity(fields, "slots", capacity.slots);
  if (fields.Has("memory")) capacity.memory.emplace();
  fields.Object("memory", [&](Fields& memory) {
    memory.Require("limit", "the memory that one replica may use, as 1Gi");
    ReadMemory(memory, "limit", capacity.memory->limit);
    ReadMemory(memory, "idle", capacity.memory->idle);
  });
  per_replica = std::move(capacity);
}

void ReadQueue(Fields& fields, QueueSource& queue) {
  fields.Require("backlog", "PromQL for the items that wait");
  fields.Text("backlog", queue.backlog);
  fields.Text("arrivalRate", queue.arrival_rate);
  fields.Text("serviceRate", queue.service_rate);
  fields.Span("drainTime", queue.drain_time);
}

void ReadPrometheus(Fields& fields, PrometheusSource& source) {
  fields.Text("preset", source.preset);
  fields.Text("object", source.object);
  fields.Text("histogram", source.histogram);
  fields.Text("unit", source.unit);
  fields.Flag("native", source.is_native);
  ReadTexts(fields, "matchers", source.matchers);
  fields.Texts("routeLabels", source.route_labels);
  fields.Text("statusLabel", source.status_label);
  fields.Text("podLabel", source.pod_label);
  fields.Text("inFlight", source.in_flight);
  fields.Text("rate", source.rate);
  fields.Text("meanSeconds", source.mean_seconds);
  // Where it is no mapping, it is a queue all the same.
  if (fields.Has("queue")) source.queue.emplace();
  fields.Object("queue", [&](Fields& queue) { ReadQueue(queue, *source.queue); });
  fields.Text("load", source.load);
  if (fields.Has("load") && source.load.empty()) fields.Refuse("load", "PromQL for the load");
}

void ReadOnline(Fields& fields, CalibrationSpec& calibration) {
  std::string mode = "manual";
  fields.Text("mode", mode);
  if (mode != "manual" && mode != "online") fields.Refuse("mode", "manual or online");
  calibration.is_online = mode == "online";
  fields.Span("every", calibration.every);
  fields.Span("history", calibration.history);
}

void ReadLearningMode(Fields& fields, LearningMode& mode) {
  std::string text(Name(mode));
  fields.Text("mode", text);
  for (const auto known : {LearningMode::kManual, LearningMode::kObserve, LearningMode::kOnline}) {
    if (Name(known) != text) continue;
    mode = known;
    return;
  }
  fields.Refuse("mode", "manual, observe or online");
}

void ReadLoad(Fields& fields, LoadSpec& load) {
  LoadSource& source = load.source;
  fields.Object("source", [&](Fields& from) {
    from.Text("kind", source.kind);
    from.Text("workload", source.workload);
    from.Text("duration", source.duration);
    from.Object("prometheus",
                [&](Fields& names) { ReadPrometheus(names, source.prometheus.emplace()); });
  });
  const bool counts_requests = load.CountsRequests();
  if (counts_requests)
    fields.Require("weights",
                   "what requests cost; only beside prometheus.queue or .load there is none");
  fields.Object("weights", [&](Fields& from) { ReadWeights(from, load.weights); });
  fields.Object("perReplica",
                [&](Fields& from) { ReadCapacity(from, counts_requests, load.per_replica); });
  fields.Object("calibration", [&](Fields& from) { ReadOnline(from, load.calibration); });
  fields.Object("speeds", [&](Fields& from) {
    from.EachField([&](const std::string& family) { from.Number(family, load.speeds[family]); });
  });
  fields.Object("speedLearning",
                [&](Fields& from) { ReadLearningMode(from, load.speed_learning); });
  fields.Object("capacity", [&](Fields& from) { ReadLearningMode(from, load.capacity_mode); });
}

void ReadStepLimits(Fields& fields, StepLimits& limits) {
  if (fields.Has("maxStep")) limits.max_step = Replicas(0);
  if (limits.max_step) ReadReplicas(fields, "maxStep", *limits.max_step);
  ReadQuantity(fields, "maxShare", limits.max_share);
}

void ReadSpan(Fields& fields, const std::string& name, std::optional<Duration>& value) {
  Duration span{0};
  fields.Span(name, span);
  if (fields.Has(name)) value = span;
}

void ReadRollout(Fields& fields, RolloutSpec& rollout) {
  std::string stage = "Full";
  fields.Text("stage", stage);
  fields.Span("window", rollout.window);
  rollout.stage.reset();
  if (stage == "Auto") return;
  for (const RolloutStage known : {RolloutStage::kObserve, RolloutStage::kRecommend,
                                   RolloutStage::kUpOnly, RolloutStage::kFull})
    if (Name(known) == stage) rollout.stage = known;
  if (!rollout.stage) fields.Refuse("stage", "Auto, Observe, Recommend, UpOnly or Full");
}

void ReadRightSizing(Fields& fields, RightSizingSpec& sizing) {
  fields.Span("history", sizing.history);
  if (!fields.Has("cpuHour") && !fields.Has("gibHour")) return;
  sizing.prices.emplace();
  fields.Require("cpuHour", "what a core costs an hour, beside gibHour");
  fields.Number("cpuHour", sizing.prices->cpu_hour);
  fields.Require("gibHour", "what a GiB of memory costs an hour, beside cpuHour");
  fields.Number("gibHour", sizing.prices->gib_hour);
}

void ReadPolicy(Fields& spec, ScalingProfileFields& profile) {
  spec.Flag("managedHPA", profile.manages_hpa);
  spec.Object("targetRef", [&](Fields& from) {
    from.Text("apiVersion", profile.target.api_version);
    from.Text("kind", profile.target.kind);
    from.Text("name", profile.target.name);
  });
  spec.Object("startup", [&](Fields& from) { from.Span("p95", profile.startup); });
  ReadStatedPolicy(spec, profile);
  spec.Object("objective",
              [&](Fields& from) { ReadObjective(from, profile.objective, profile.budget); });
  spec.Object("bounds", [&](Fields& from) {
    ReadReplicas(from, "minReplicas", profile.bounds.min);
    ReadReplicas(from, "maxReplicas", profile.bounds.max);
  });
  spec.Object("forecast", [&](Fields& from) {
    from.Span("step", profile.forecast.step);
    ReadSpan(from, "horizon", profile.forecast.horizon);
    ReadSpan(from, "season", profile.forecast.season);
  });
  spec.Object("behavior", [&](Fields& from) {
    from.Object("scaleUp", [&](Fields& up) { ReadStepLimits(up, profile.behavior.scale_up); });
    from.Object("scaleDown", [&](Fields& down) {
      ReadStepLimits(down, profile.behavior.scale_down);
      down.Span("window", profile.behavior.scale_down_window);
      down.Span("observation", profile.behavior.observation);
    });
    from.Span("changeCost", profile.behavior.change_cost);
  });
  spec.Object("rollout", [&](Fields& from) { ReadRollout(from, profile.rollout); });
  // Empty, it asks for advice all the same.
  if (spec.Has("rightSizing")) profile.right_sizing.emplace();
  spec.Object("rightSizing", [&](Fields& from) { ReadRightSizing(from, *profile.right_sizing); });
}

// ---- status

void ReadFit(Fields& fields, MetricFit& fit) {
  fields.Number("r2", fit.r2);
  fields.Number("r2Error", fit.r2_error);
  fields.Number("correlation", fit.correlation);
  fields.Number("correlationError", fit.correlation_error);
}

void ReadCalibration(Fields& fields, CalibrationStatus& status) {
  fields.Require("time", "when it was calibrated");
  fields.Time("time", status.calibrated_at);
  fields.Text("verdict", status.verdict);
  fields.SecondsNumber("lagSeconds", status.lag);
  ReadQuantity(fields, "idleCores", status.idle_cores);
  fields.Number("conditionNumber", status.condition_number);
  fields.Object("windows", [&](Fields& windows) {
    windows.Whole("used", status.windows_used, kWhole);
    windows.Object("excluded", [&](Fields& excluded) {
      excluded.EachField([&](const std::string& reason) {
        excluded.Whole(reason, status.windows_excluded[reason], kWhole);
      });
    });
  });
  fields.Object("outOfSample", [&](Fields& metrics) {
    metrics.EachField([&](const std::string& metric) {
      metrics.Object(metric, [&](Fields& fit) { ReadFit(fit, status.out_of_sample[metric]); });
    });
  });
}

// ---- documents

// Absent where a fault was added to `reading`.
std::optional<ScalingProfile> ReadDocument(const YAML::Node& node, Reading& reading) {
  reading.ForgetLines();
  const std::size_t faults_before = reading.fault_count();
  Fields document(node, "", reading);
  if (!document.is_mapping()) return std::nullopt;
  ReadHeader(document, kKind);
  ProfileName metadata;
  document.Require("metadata", "a mapping with a name");
  document.Object("metadata", [&](Fields& from) { ReadMetadata(from, metadata); });

  ScalingProfileFields profile;
  document.Require("spec", "a mapping with load");
  document.Object("spec", [&](Fields& spec) {
    spec.Require("load", "a mapping with a source, and weights where it counts requests");
    spec.Object("load", [&](Fields& from) { ReadLoad(from, profile.load); });
    ReadPolicy(spec, profile);
  });
  document.Object("status", [&](Fields& status) {
    status.Object("calibration",
                  [&](Fields& from) { ReadCalibration(from, profile.calibration.emplace()); });
  });
  document.Finish();
  if (reading.fault_count() > faults_before) return std::nullopt;

  profile.metadata = std::move(metadata);
  for (const std::string& fault : ScalingProfile::FaultsOf(profile))
    reading.RefuseAt(reading.LineOf(fault), fault);
  if (reading.fault_count() > faults_before) return std::nullopt;
  auto made = ScalingProfile::Make(std::move(profile));
  Check(made.has_value(), "fields without a fault make a profile");
  return *std::move(made);
}

// Of documents of the other kind the faults alone are of interest, where they may be there.
enum class OtherKind { kRefused, kJudged };

std::vector<ScalingProfile> ReadDocuments(const std::vector<YAML::Node>& documents,
                                          Reading& reading, OtherKind other) {
  std::vector<ScalingProfile> profiles;
  std::set<std::pair<std::string, std::string>> names;
  bool is_empty = true;
  for (const YAML::Node& document : documents) {
    if (document.IsNull()) continue;
    is_empty = false;
    if (other == OtherKind::kJudged && KindOf(document) == kCapacityKind) {
      ReadCapacityDocument(document, reading);
      continue;
    }
    auto profile = ReadDocument(document, reading);
    if (!profile) continue;
    const ProfileName& metadata = profile->fields().metadata;
    if (!names.emplace(metadata.namespace_name, metadata.name).second) {
      const std::string message =
          "metadata.name is '" + metadata.name + "', as in a document before; expected another";
      reading.RefuseAt(reading.LineOf(message), message);
    }
    profiles.push_back(*std::move(profile));
  }
  if (is_empty) reading.RefuseAt(1, "there is no ScalingProfile; expected one document a workload");
  return profiles;
}

// What can be read, and in `reading` what cannot.
std::vector<ScalingProfile> ReadText(std::string_view text, Reading& reading, OtherKind other) {
  try {
    return ReadDocuments(YAML::LoadAll(std::string(text)), reading, other);
  } catch (const YAML::Exception& error) {
    reading.RefuseAt(error.mark.line + 1, "this is not YAML: " + error.msg);
    return {};
  }
}

}  // namespace

Result<std::vector<ScalingProfile>> ParseProfiles(std::string_view text,
                                                  const std::string& file_name) {
  Reading reading(file_name);
  auto profiles = ReadText(text, reading, OtherKind::kRefused);
  if (!reading.faults().empty()) return Fail(ErrorCode::kInvalidArgument, reading.faults().front());
  return profiles;
}

std::vector<std::string> FindProblems(std::string_view text, const std::string& file_name) {
  Reading reading(file_name);
  ReadText(text, reading, OtherKind::kJudged);
  return reading.faults();
}

Result<std::vector<ScalingProfile>> ReadProfiles(const std::string& path) {
  LC_TRY(const std::string text, files::ReadWholeFile(path));
  return ParseProfiles(text, path);
}

}  // namespace loadcurve::profile_codec
