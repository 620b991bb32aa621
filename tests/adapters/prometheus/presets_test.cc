#include "adapters/prometheus/presets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "adapters/prometheus/prometheus_metric_source.h"
#include "tests/adapters/prometheus/scripted_prometheus.h"

namespace loadcurve::prometheus {
namespace {

using testing::HasSubstr;

// What a preset asks for the Deployment shop/cart, window [60, 120) of 1970, without the
// ranges of time: the lines that docs/prometheus.md shows.
std::vector<std::string> QueriesOf(const Preset& preset) {
  ScriptedPrometheus server;
  MetricSourceOptions options;
  options.names.workload = {"shop", "Deployment", "cart"};
  options.metric = preset.metric;
  auto client = QueryClient::Make(server, {.base_url = "http://p"}).value();
  auto source = PrometheusMetricSource::Make(std::move(client), std::move(options)).value();
  const auto seconds = [](int s) { return TimePoint(std::chrono::seconds(s)); };
  // One series, that the gauge is asked for as well.
  const std::string name = preset.metric.histogram + "_bucket";
  server.Add(name, {{"le", "+Inf"}}, {{30, 0}, {90, 0}, {150, 0}});
  EXPECT_TRUE(source.Read(seconds(60), seconds(120))) << preset.name;
  std::vector<std::string> queries = server.Queries();
  for (std::string& query : queries) {
    if (query.ends_with("ms]")) query.resize(query.rfind('['));
  }
  return queries;
}

std::string Docs() {
  std::ifstream file(LOADCURVE_SOURCE_DIR "/docs/prometheus.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Presets, AskWhatTheDocsShow) {
  const std::string docs = Docs();
  for (const Preset& preset : Presets()) {
    std::string shown =
        "\n**" + preset.name + "** - " + preset.title + ". " + preset.note + "\n\n```\n";
    for (const std::string& query : QueriesOf(preset)) shown += query + "\n";
    EXPECT_THAT(docs, HasSubstr(shown + "```\n"));
  }
}

TEST(Presets, AreInTheTableOfTheDocs) {
  const std::string docs = Docs();
  for (const auto& [name, title, metric, note] : Presets()) {
    const auto or_dash = [](const std::string& text) {
      return text.empty() ? std::string("-") : "`" + text + "`";
    };
    std::string route;
    for (const std::string& label : metric.route_labels)
      route += (route.empty() ? "" : " ") + label;
    std::string status = metric.status_label;
    if (!metric.grpc_status_label.empty()) status += " " + metric.grpc_status_label;
    EXPECT_THAT(
        docs, HasSubstr("| `" + name + "` | `" + metric.histogram + "` | " +
                        (metric.unit == std::chrono::seconds(1) ? "s" : "ms") + " | " +
                        or_dash(route) + " | " + or_dash(status) + " | `" + metric.pod_label +
                        "` | " + (metric.reporter == Reporter::kReplica ? "replicas" : "gateway") +
                        " | " + or_dash(metric.in_flight) + " |"));
  }
}

TEST(PresetNamed, FindsAPresetAndNamesThemAll) {
  EXPECT_EQ(PresetNamed("istio")->metric.unit, std::chrono::milliseconds(1));
  const auto none = PresetNamed("keda");
  EXPECT_EQ(none.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(none.error().message, HasSubstr("istio, istio-waypoint, envoy-gateway"));
}

}  // namespace
}  // namespace loadcurve::prometheus
