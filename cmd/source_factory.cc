#include "cmd/source_factory.h"

#include <utility>

#include "adapters/files/whole_file.h"
#include "adapters/prometheus/container_cpu_source.h"
#include "adapters/prometheus/container_usage_source.h"
#include "adapters/prometheus/histogram_pod_use_source.h"
#include "adapters/prometheus/load_metric_source.h"
#include "adapters/prometheus/presets.h"
#include "adapters/prometheus/prometheus_metric_source.h"
#include "adapters/prometheus/query_client.h"
#include "adapters/prometheus/queue_metric_source.h"
#include "adapters/prometheus/rate_metric_source.h"

namespace loadcurve {
namespace {

Result<std::string> SecretIn(const std::string& path) {
  LC_TRY(std::string secret, files::ReadWholeFile(path));
  secret.erase(secret.find_last_not_of(" \r\n\t") + 1);
  return secret;
}

// "value", or "~expression" for a regular expression. Without matchers: the pods of the
// workload.
std::vector<prometheus::LabelMatcher> MatchersOf(const PrometheusSource& source) {
  using prometheus::MatchKind;
  if (source.matchers.empty())
    return {{"namespace", MatchKind::kIs, "{namespace}"},
            {source.pod_label, MatchKind::kMatches, "{pods}"}};
  std::vector<prometheus::LabelMatcher> matchers;
  for (const auto& [label, value] : source.matchers) {
    const bool is_regex = value.starts_with('~');
    matchers.push_back({label, is_regex ? MatchKind::kMatches : MatchKind::kIs,
                        is_regex ? value.substr(1) : value});
  }
  return matchers;
}

prometheus::RequestMetric MetricOf(const PrometheusSource& source) {
  prometheus::RequestMetric metric;
  metric.histogram = source.histogram;
  if (source.unit == "ms") metric.unit = std::chrono::milliseconds(1);
  metric.is_native = source.is_native;
  metric.matchers = MatchersOf(source);
  // Chosen by hand, the series may be those of something that stands before the replicas.
  if (!source.matchers.empty()) metric.reporter = prometheus::Reporter::kGateway;
  // `up` has only the labels of the target.
  for (const prometheus::LabelMatcher& matcher : metric.matchers) {
    const std::string& label = matcher.label;
    if (label == "namespace" || label == "job" || label == "instance" || label == source.pod_label)
      metric.targets.push_back(matcher);
  }
  metric.route_labels = source.route_labels;
  metric.status_label = source.status_label;
  metric.pod_label = source.pod_label;
  metric.in_flight = source.in_flight;
  metric.in_flight_matchers = metric.matchers;
  return metric;
}

// What a profile says of the load, by a source that tells it itself.
Result<std::unique_ptr<MetricSource>> TellerOf(const LoadSpec& load, Duration step,
                                               prometheus::QueryClient client) {
  const PrometheusSource& source = *load.source.prometheus;
  if (!source.queue) {
    LC_TRY(auto made, prometheus::LoadMetricSource::Make(
                          std::move(client),
                          {.expression = source.load, .scale = load.Scale(), .step = step}));
    return std::make_unique<prometheus::LoadMetricSource>(std::move(made));
  }
  LC_TRY(auto made, prometheus::QueueMetricSource::Make(
                        std::move(client), {.queue = {.backlog = source.queue->backlog,
                                                      .arrival_rate = source.queue->arrival_rate,
                                                      .service_rate = source.queue->service_rate,
                                                      .drain_time = source.queue->drain_time},
                                            .scale = load.Scale(),
                                            .step = step}));
  return std::make_unique<prometheus::QueueMetricSource>(std::move(made));
}

// The requests of a profile whose source has them in histograms.
Result<prometheus::MetricSourceOptions> RequestsOf(const ScalingProfile& profile) {
  const PrometheusSource& source = *profile.fields().load.source.prometheus;
  prometheus::MetricSourceOptions options;
  options.names = {profile.Workload(), source.object};
  options.step = profile.fields().forecast.step;
  if (source.preset.empty()) {
    options.metric = MetricOf(source);
  } else {
    LC_TRY(const prometheus::Preset preset, prometheus::PresetNamed(source.preset));
    options.metric = preset.metric;
  }
  return options;
}

}  // namespace

Result<prometheus::QueryClient> QueryClientFor(http::HttpTransport& transport,
                                               const PrometheusAddress& address, Duration timeout) {
  prometheus::QueryOptions options;
  options.timeout = timeout;
  options.base_url = address.url;
  options.headers = address.headers;
  if (!address.bearer_token_file.empty())
    options.bearer_token = [path = address.bearer_token_file] { return SecretIn(path); };
  if (!address.user.empty()) {
    LC_TRY(std::string password, SecretIn(address.password_file));
    options.basic = {address.user, std::move(password)};
  }
  return prometheus::QueryClient::Make(transport, std::move(options));
}

http::CurlOptions TransportOptionsOf(const PrometheusAddress& address) {
  return {.ca_file = address.ca_file,
          .certificate_file = address.certificate_file,
          .key_file = address.key_file};
}

SourceFactory::SourceFactory(http::HttpTransport& transport, PrometheusAddress prometheus,
                             logs::LogOptions logs, Duration history)
    : transport_(transport),
      prometheus_(std::move(prometheus)),
      logs_(std::move(logs)),
      history_(history) {}

Result<std::unique_ptr<MetricSource>> SourceFactory::For(const ScalingProfile& profile) {
  if (profile.fields().load.source.prometheus) return FromPrometheus(profile);
  return FromLogs(profile);
}

Result<std::unique_ptr<CpuSource>> SourceFactory::CpuFor(const ScalingProfile& profile) const {
  const LoadSpec& load = profile.fields().load;
  if (!load.calibration.is_online && load.capacity_mode == LearningMode::kManual) return nullptr;
  return AnyCpuFor(profile);
}

Result<std::unique_ptr<CpuSource>> SourceFactory::AnyCpuFor(const ScalingProfile& profile) const {
  const LoadSpec& load = profile.fields().load;
  LC_TRY(prometheus::QueryClient client, QueryClientFor(transport_, prometheus_));
  return std::make_unique<prometheus::ContainerCpuSource>(
      std::move(client), prometheus::ContainerCpuOptions{
                             .names = {profile.Workload(), load.source.prometheus->object}});
}

Result<std::unique_ptr<UsageSource>> SourceFactory::UsageFor(const ScalingProfile& profile) const {
  if (!profile.fields().right_sizing) return nullptr;
  return AnyUsageFor(profile);
}

Result<std::unique_ptr<UsageSource>> SourceFactory::MemoryFor(const ScalingProfile& profile) const {
  const auto& capacity = profile.fields().load.per_replica;
  if (!capacity || !capacity->memory) return nullptr;
  return AnyUsageFor(profile);
}

Result<std::unique_ptr<UsageSource>> SourceFactory::AnyUsageFor(
    const ScalingProfile& profile) const {
  LC_TRY(prometheus::QueryClient client, QueryClientFor(transport_, prometheus_));
  return std::make_unique<prometheus::ContainerUsageSource>(
      std::move(client), prometheus::ContainerCpuOptions{.names = {profile.Workload()}});
}

Result<std::unique_ptr<PodUseSource>> SourceFactory::PodUsesFor(
    const ScalingProfile& profile) const {
  // Windows of ten steps: long beside the time between two scrapes.
  constexpr int kSteps = 10;
  const LearningMode mode = profile.fields().load.speed_learning;
  if (mode == LearningMode::kManual) return nullptr;
  LC_TRY(auto options, RequestsOf(profile));
  if (options.metric.reporter != prometheus::Reporter::kReplica)
    return Fail(ErrorCode::kInvalidArgument,
                "spec.load.speedLearning.mode is " + std::string(Name(mode)) +
                    "; expected manual, since requests are not counted by the pods that serve "
                    "them: a preset of a gateway, or matchers of one's own");
  options.step *= kSteps;
  LC_TRY(prometheus::QueryClient client, QueryClientFor(transport_, prometheus_));
  LC_TRY(auto made, prometheus::HistogramPodUseSource::Make(std::move(client), std::move(options)));
  return std::make_unique<prometheus::HistogramPodUseSource>(std::move(made));
}

Result<std::unique_ptr<MetricSource>> SourceFactory::FromLogs(const ScalingProfile& profile) {
  if (logs_.paths.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "it measures load from logs (spec.load.source.kind), and no log is named; "
                "expected --log FILE");
  auto& followed = followed_[profile.fields().forecast.step];
  if (!followed) {
    logs::LogOptions options = logs_;
    options.step = profile.fields().forecast.step;
    options.classifier.by_route = true;
    options.classifier.by_workload = true;
    LC_TRY(followed, logs::FollowedLogs::Open(options, history_));
  }
  return std::make_unique<logs::LogMetricSource>(*followed, profile.fields().load.source.workload);
}

Result<std::unique_ptr<MetricSource>> SourceFactory::FromPrometheus(const ScalingProfile& profile) {
  const ScalingProfileFields& fields = profile.fields();
  const PrometheusSource& source = *fields.load.source.prometheus;
  if (prometheus_.url.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "it measures load from a Prometheus, and none is named; expected --prometheus URL");
  LC_TRY(prometheus::QueryClient client, QueryClientFor(transport_, prometheus_));
  if (!fields.load.CountsRequests())
    return TellerOf(fields.load, fields.forecast.step, std::move(client));
  if (!source.rate.empty()) {
    LC_TRY(auto made, prometheus::RateMetricSource::Make(
                          std::move(client), {.expressions = {.rate = source.rate,
                                                              .mean_seconds = source.mean_seconds},
                                              .step = fields.forecast.step}));
    return std::make_unique<prometheus::RateMetricSource>(std::move(made));
  }
  LC_TRY(auto options, RequestsOf(profile));
  if (!queries_) queries_ = std::make_shared<prometheus::SharedQueries>(std::move(client));
  LC_TRY(auto made, prometheus::PrometheusMetricSource::Make(queries_, std::move(options)));
  return std::make_unique<prometheus::PrometheusMetricSource>(std::move(made));
}

}  // namespace loadcurve
