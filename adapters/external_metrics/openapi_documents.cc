#include <nlohmann/json.hpp>

#include "adapters/external_metrics/documents.h"
#include "adapters/external_metrics/json_layout.h"
#include "adapters/external_metrics/status.h"

namespace loadcurve::external_metrics {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kModels = "io.k8s.metrics.pkg.apis.external_metrics.v1beta1.";

Json Text(std::string_view description) {
  return {{"description", description}, {"type", "string"}};
}

Json ListOf(Json only) {
  Json list = Json::array();
  list.push_back(std::move(only));
  return list;
}

Json KindMark(std::string_view kind) {
  return ListOf({{"group", kGroup}, {"kind", kind}, {"version", "v1beta1"}});
}

// Both versions of OpenAPI share their models; `references` is where they stand. What other
// APIs also define (ListMeta, Time, Quantity) is written out, so that merging all documents of
// a cluster meets no second definition of it.
Json ValueModel() {
  const Json text = {{"type", "string"}, {"default", ""}};
  Json time = Text("The end of the window over which the value was measured.");
  time["format"] = "date-time";
  return {{"description", "ExternalMetricValue is a metric value for external metric"},
          {"type", "object"},
          {"required", {"metricName", "metricLabels", "timestamp", "value"}},
          {"properties",
           {{"apiVersion", Text("APIVersion defines the versioned schema of this representation.")},
            {"kind", Text("Kind is a string value representing the REST resource.")},
            {"metricName", Text("The name of the metric.")},
            {"metricLabels",
             {{"description", "Labels that tell one time series of the metric from others."},
              {"type", "object"},
              {"additionalProperties", text}}},
            {"timestamp", time},
            {"window",
             {{"description", "Seconds over which the value was measured."},
              {"type", "integer"},
              {"format", "int64"}}},
            {"value", Text("The value, a quantity.")}}},
          {"x-kubernetes-group-version-kind", KindMark("ExternalMetricValue")}};
}

Json ListModel(const std::string& references) {
  const Json reference = {{"$ref", references + std::string(kModels) + "ExternalMetricValue"}};
  return {{"description",
           "ExternalMetricValueList is a list of values for a given metric for some "
           "set of labels"},
          {"type", "object"},
          {"required", ListOf("items")},
          {"properties",
           {{"apiVersion", Text("APIVersion defines the versioned schema of this representation.")},
            {"kind", Text("Kind is a string value representing the REST resource.")},
            {"metadata", {{"description", "Standard list metadata."}, {"type", "object"}}},
            {"items",
             {{"description", "The values that match the labels."},
              {"type", "array"},
              {"items", reference}}}}},
          {"x-kubernetes-group-version-kind", KindMark("ExternalMetricValueList")}};
}

Json Models(const std::string& references) {
  Json models = Json::object();
  models[std::string(kModels) + "ExternalMetricValue"] = ValueModel();
  models[std::string(kModels) + "ExternalMetricValueList"] = ListModel(references);
  return models;
}

const std::string kMetricPath = std::string(kRoot) + "/namespaces/{namespace}/{metric}";

constexpr std::string_view kSelectorText =
    "A selector to restrict the values by their labels: k=v, k!=v, k in (a,b), k notin (a,b), k, "
    "!k.";

Json Operation() {
  return {{"description", "read the value of a metric"},
          {"tags", ListOf("externalMetrics_v1beta1")},
          {"operationId", "readExternalMetricsV1beta1NamespacedMetric"}};
}

Json Title(const BuildVersion& version) {
  return {{"title", "Loadcurve external metrics"}, {"version", version.git_version}};
}

}  // namespace

std::string OpenApiV2(const BuildVersion& version) {
  const auto parameter = [](std::string_view name, std::string_view place, bool is_required,
                            std::string_view description) {
    return Json{{"name", name},
                {"in", place},
                {"required", is_required},
                {"type", "string"},
                {"description", description}};
  };
  Json get = Operation();
  get["produces"] = ListOf("application/json");
  get["schemes"] = ListOf("https");
  get["parameters"] = Json::array();
  get["parameters"].push_back(parameter("namespace", "path", true, "The namespace."));
  get["parameters"].push_back(parameter("metric", "path", true, "The name of the metric."));
  get["parameters"].push_back(parameter("labelSelector", "query", false, kSelectorText));
  get["responses"]["200"] = {
      {"description", "OK"},
      {"schema", {{"$ref", "#/definitions/" + std::string(kModels) + "ExternalMetricValueList"}}}};
  Json document = {{"swagger", "2.0"}, {"info", Title(version)}};
  document["paths"][kMetricPath]["get"] = get;
  document["definitions"] = Models("#/definitions/");
  return Dumped(document, Layout::kCompact);
}

std::string OpenApiV3(const BuildVersion& version) {
  const auto parameter = [](std::string_view name, std::string_view place, bool is_required,
                            std::string_view description) {
    return Json{{"name", name},
                {"in", place},
                {"required", is_required},
                {"description", description},
                {"schema", {{"type", "string"}}}};
  };
  Json get = Operation();
  get["parameters"] = Json::array();
  get["parameters"].push_back(parameter("namespace", "path", true, "The namespace."));
  get["parameters"].push_back(parameter("metric", "path", true, "The name of the metric."));
  get["parameters"].push_back(parameter("labelSelector", "query", false, kSelectorText));
  get["responses"]["200"]["description"] = "OK";
  get["responses"]["200"]["content"]["application/json"]["schema"]["$ref"] =
      "#/components/schemas/" + std::string(kModels) + "ExternalMetricValueList";
  Json document = {{"openapi", "3.0.0"}, {"info", Title(version)}};
  document["paths"][kMetricPath]["get"] = get;
  document["components"]["schemas"] = Models("#/components/schemas/");
  return Dumped(document, Layout::kCompact);
}

}  // namespace loadcurve::external_metrics
