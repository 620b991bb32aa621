#include "adapters/external_metrics/documents.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/external_metrics/json_layout.h"
#include "adapters/external_metrics/status.h"
#include "adapters/http/digest.h"

namespace loadcurve::external_metrics {
namespace {

using Json = nlohmann::ordered_json;

std::string Compact(const Json& document) {
  return Dumped(document, Layout::kCompact);
}

// Brace lists are kept out where a list of one element is meant: nlohmann would unwrap it.
Json ListOf(Json only) {
  Json list = Json::array();
  list.push_back(std::move(only));
  return list;
}

Json Group() {
  const Json version = {{"groupVersion", kGroupVersion}, {"version", "v1beta1"}};
  return {{"name", kGroup}, {"versions", ListOf(version)}, {"preferredVersion", version}};
}

std::string GroupList() {
  return Compact({{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", ListOf(Group())}});
}

std::string GroupDocument() {
  Json document = {{"kind", "APIGroup"}, {"apiVersion", "v1"}};
  document.update(Group());
  return Compact(document);
}

// Only the verb "get": garbage collection and quota act on what can be listed or deleted.
std::string Resources(const std::vector<std::string>& metrics) {
  Json resources = Json::array();
  for (const std::string& metric : metrics)
    resources.push_back({{"name", metric},
                         {"singularName", ""},
                         {"namespaced", true},
                         {"kind", "ExternalMetricValueList"},
                         {"verbs", ListOf("get")}});
  return Compact({{"kind", "APIResourceList"},
                  {"apiVersion", "v1"},
                  {"groupVersion", kGroupVersion},
                  {"resources", resources}});
}

std::string AggregatedDiscovery(const std::vector<std::string>& metrics) {
  Json resources = Json::array();
  for (const std::string& metric : metrics)
    resources.push_back(
        {{"resource", metric},
         {"responseKind", {{"group", ""}, {"version", ""}, {"kind", "ExternalMetricValueList"}}},
         {"scope", "Namespaced"},
         {"singularResource", ""},
         {"verbs", ListOf("get")}});
  const Json version = {{"version", "v1beta1"}, {"freshness", "Current"}, {"resources", resources}};
  const Json group = {{"metadata", {{"name", kGroup}, {"creationTimestamp", nullptr}}},
                      {"versions", ListOf(version)}};
  return Compact({{"kind", "APIGroupDiscoveryList"},
                  {"apiVersion", "apidiscovery.k8s.io/v2"},
                  {"metadata", Json::object()},
                  {"items", ListOf(group)}});
}

// "v0.3.1" -> {"0", "3"}.
std::pair<std::string, std::string> MajorAndMinor(const std::string& version) {
  const std::size_t begin = version.starts_with('v') ? 1 : 0;
  const std::size_t first = version.find('.', begin);
  if (first == std::string::npos) return {version.substr(begin), ""};
  const std::size_t second = version.find('.', first + 1);
  return {version.substr(begin, first - begin), version.substr(first + 1, second - first - 1)};
}

std::string VersionDocument(const BuildVersion& version) {
  const auto [major, minor] = MajorAndMinor(version.git_version);
  return Compact({
    {"major", major}, {"minor", minor}, {"gitVersion", version.git_version},
        {"gitCommit", version.git_commit}, {"gitTreeState", ""}, {"buildDate", version.build_date},
        {"goVersion", ""}, {"compiler", "C++"},
#if defined(__aarch64__)
        {"platform", "linux/arm64"}
#else
    {
      "platform", "linux/amd64"
    }
#endif
  });
}

std::string OpenApiV3Index(const std::string& hash) {
  const std::string path = std::string(kRoot).substr(1);
  return Compact(
      {{"paths", {{path, {{"serverRelativeURL", "/openapi/v3/" + path + "?hash=" + hash}}}}}});
}

}  // namespace

Result<ConstantDocument> MakeConstant(std::string body) {
  LC_TRY(const std::string hash, http::Sha256Hex(body));
  return ConstantDocument{.body = std::move(body), .etag = "\"" + hash + "\""};
}

bool IsNamedBy(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    const std::size_t comma = if_none_match.find(',');
    std::string_view one = if_none_match.substr(0, comma);
    if_none_match =
        comma == std::string_view::npos ? std::string_view() : if_none_match.substr(comma + 1);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == "*" || one == etag) return true;
  }
  return false;
}

Result<Documents> MakeDocuments(const std::vector<std::string>& metrics,
                                const BuildVersion& version) {
  const std::vector<std::string> names =
      metrics.empty() ? std::vector<std::string>{"externalmetrics"} : metrics;
  Documents documents;
  LC_TRY(documents.group_list, MakeConstant(GroupList()));
  LC_TRY(documents.aggregated_discovery, MakeConstant(AggregatedDiscovery(names)));
  LC_TRY(documents.group, MakeConstant(GroupDocument()));
  LC_TRY(documents.resources, MakeConstant(Resources(names)));
  LC_TRY(documents.version, MakeConstant(VersionDocument(version)));
  LC_TRY(documents.openapi_v2, MakeConstant(OpenApiV2(version)));
  LC_TRY(documents.openapi_v3, MakeConstant(OpenApiV3(version)));
  documents.openapi_v3_hash =
      documents.openapi_v3.etag.substr(1, documents.openapi_v3.etag.size() - 2);
  LC_TRY(documents.openapi_v3_index, MakeConstant(OpenApiV3Index(documents.openapi_v3_hash)));
  return documents;
}

}  // namespace loadcurve::external_metrics
