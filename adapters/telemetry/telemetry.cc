#include "adapters/telemetry/telemetry.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/text_serializer.h>

#include <utility>

#include "adapters/telemetry/workload_metrics.h"

namespace loadcurve::telemetry {
namespace {

using ::prometheus::MetricFamily;
using ::prometheus::MetricType;

prometheus::Gauge& GaugeIn(::prometheus::Registry& registry, const char* name, const char* help) {
  return ::prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

// From a step of a few profiles to one of ten thousand.
prometheus::Histogram::BucketBoundaries StepBounds() {
  return {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30};
}

MetricFamily Single(const char* name, const char* help, MetricType type, double value) {
  MetricFamily family{.name = name, .help = help, .type = type, .metric = {}};
  ::prometheus::ClientMetric metric;
  metric.gauge.value = value;
  metric.counter.value = value;
  family.metric.push_back(metric);
  return family;
}

MetricFamily WatchedBytes(const Readings& readings) {
  MetricFamily family{.name = "loadcurve_watched_bytes_total",
                      .help = "Lists and watches of the API server that were read.",
                      .type = MetricType::Counter,
                      .metric = {}};
  for (const auto& [what, bytes] : readings.watched_bytes()) {
    ::prometheus::ClientMetric metric;
    metric.label.push_back({"what", what});
    metric.counter.value = static_cast<double>(bytes);
    family.metric.push_back(std::move(metric));
  }
  return family;
}

void AddReadings(const Readings& readings, std::vector<MetricFamily>& families) {
  if (readings.requests)
    families.push_back(Single("loadcurve_api_requests_total", "Requests to the API that were read.",
                              MetricType::Counter, static_cast<double>(readings.requests())));
  if (readings.failed_handshakes)
    families.push_back(Single("loadcurve_api_failed_handshakes_total",
                              "Connections that ended before TLS stood.", MetricType::Counter,
                              static_cast<double>(readings.failed_handshakes())));
  if (readings.is_leading)
    families.push_back(Single("loadcurve_leader", "1 on the replica that holds the Lease.",
                              MetricType::Gauge, readings.is_leading() ? 1 : 0));
  if (readings.certificate_ends)
    families.push_back(Single("loadcurve_serving_certificate_expiry_timestamp_seconds",
                              "When the serving certificate ends.", MetricType::Gauge,
                              Seconds(readings.certificate_ends().time_since_epoch())));
  if (readings.watched_bytes) families.push_back(WatchedBytes(readings));
}

}  // namespace

Telemetry::Telemetry(const std::string& version, Readings readings)
    : readings_(std::move(readings)),
      step_seconds_(::prometheus::BuildHistogram()
                        .Name("loadcurve_step_duration_seconds")
                        .Help("From the first question to the last value published.")
                        .Register(registry_)
                        .Add({}, StepBounds())),
      decisions_(::prometheus::BuildCounter()
                     .Name("loadcurve_decisions_total")
                     .Help("Decisions that were made.")
                     .Register(registry_)
                     .Add({})),
      profiles_(GaugeIn(registry_, "loadcurve_profiles", "Profiles in the loop.")),
      failing_(GaugeIn(registry_, "loadcurve_profiles_failing",
                       "Profiles with a problem in the latest step.")),
      last_step_(GaugeIn(registry_, "loadcurve_last_step_timestamp_seconds",
                         "When the latest step began.")),
      brake_(GaugeIn(registry_, "loadcurve_fleet_brake",
                     "0 off, 1 limiting, 2 suspicious: nothing shrinks.")),
      brake_wanted_(GaugeIn(registry_, "loadcurve_fleet_brake_wanted",
                            "Replicas, or cores, that decisions give up within ten minutes.")),
      brake_allowed_(GaugeIn(registry_, "loadcurve_fleet_brake_allowed",
                             "Replicas, or cores, that may go within ten minutes.")),
      health_(::prometheus::BuildGauge()
                  .Name("loadcurve_healthy")
                  .Help("1 where what the label names works, 0 where it does not.")
                  .Register(registry_)) {
  ::prometheus::BuildGauge()
      .Name("loadcurve_build_info")
      .Help("1; the label has the version.")
      .Register(registry_)
      .Add({{"version", version}})
      .Set(1);
}

void Telemetry::NoteStep(const TickReport& report) {
  step_seconds_.Observe(Seconds(report.took));
  decisions_.Increment(static_cast<double>(report.decided));
  profiles_.Set(static_cast<double>(report.workloads));
  failing_.Set(static_cast<double>(report.failed));
  brake_.Set(static_cast<double>(report.brake.state));
  brake_wanted_.Set(report.brake.wanted);
  brake_allowed_.Set(report.brake.allowed);
  last_step_.Set(Seconds(report.began.time_since_epoch()));
}

void Telemetry::NoteHealth(const std::string& what, bool is_well) {
  health_.Add({{"what", what}}).Set(is_well ? 1 : 0);
}

std::string Telemetry::Page() const {
  std::vector<MetricFamily> families = registry_.Collect();
  AddReadings(readings_, families);
  for (MetricFamily& family : WorkloadMetrics(readings_.workloads()))
    families.push_back(std::move(family));
  return ::prometheus::TextSerializer().Serialize(families);
}

}  // namespace loadcurve::telemetry
