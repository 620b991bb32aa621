#include "adapters/kube/kube_client.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/http/percent_code.h"
#include "adapters/kube/api_error.h"
#include "adapters/kube/json_fields.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

constexpr Duration kDeadline = std::chrono::seconds(30);
constexpr std::string_view kJson = "application/json";
constexpr int kMostRestarts = 3;

// A server that cannot cut objects down answers with whole ones.
constexpr std::string_view kMetadataList =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
constexpr std::string_view kMetadata =
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

ResourcePath PathOf(const Selection& selection) {
  return {selection.type, selection.namespace_name, "", ""};
}

std::string Selectors(const Selection& selection) {
  std::string query;
  if (!selection.label_selector.empty())
    query += "&labelSelector=" + http::PercentEncoded(selection.label_selector);
  if (!selection.field_selector.empty())
    query += "&fieldSelector=" + http::PercentEncoded(selection.field_selector);
  return query;
}

std::string ByUs() {
  return "?fieldManager=" + std::string(kFieldManager);
}

}  // namespace

KubeClient::KubeClient(http::HttpTransport& transport, const KubeConfig& config, const Clock& clock)
    : transport_(transport), server_(config.server), token_(config, clock) {}

http::HttpRequest KubeClient::Asking(const std::string& url_path, std::string_view accept) const {
  return {.url = server_ + url_path,
          .headers = {{"Accept", std::string(accept)}, {"User-Agent", "loadcurve"}}};
}

Result<http::HttpResponse> KubeClient::WithToken(http::HttpRequest request,
                                                 const Exchange& exchange) {
  const http::Headers headers = request.headers;
  for (const bool is_last : {false, true}) {
    LC_TRY(const std::string token, token_.Read());
    request.headers = headers;
    if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
    auto answer = exchange(request);
    if (!answer || answer->status != 401 || is_last || !token_.Renew()) return answer;
  }
  return Fail(ErrorCode::kInternal, "a request is sent once or twice");
}

Result<http::HttpResponse> KubeClient::Send(http::HttpRequest request) {
  return WithToken(std::move(request), [this](const http::HttpRequest& with_token) {
    return transport_.Send(with_token, kDeadline);
  });
}

Result<json> KubeClient::Ask(http::HttpRequest request, std::string_view verb,
                             const ResourcePath& path) {
  const auto answer = Send(std::move(request));
  const std::string what = std::string(verb) + " " + ToString(path);
  if (!answer) return Within(what, answer.error());
  if (answer->status >= 300) return tl::unexpected<Error>(ApiError(*answer, verb, path));
  return ParseJson(answer->body, what);
}

Result<json> KubeClient::Get(const ResourcePath& path) {
  return Ask(Asking(UrlPathOf(path), kJson), "get", path);
}

Result<json> KubeClient::GetUrlPath(const std::string& url_path) {
  return Ask(Asking(url_path, kJson), "get", {{"", "", url_path}, "", "", ""});
}

Result<ObjectList> KubeClient::List(const Selection& selection) {
  const ResourcePath path = PathOf(selection);
  ObjectList list;
  std::string continue_token;
  int restarts = 0;
  while (true) {
    auto answer = GetPage(selection, continue_token);
    if (!answer) return Within("list " + ToString(path), answer.error());
    if (answer->status == 410 && !continue_token.empty() && restarts++ < kMostRestarts) {
      list.items.clear();
      continue_token.clear();
      continue;
    }
    if (answer->status >= 300) return tl::unexpected<Error>(ApiError(*answer, "list", path));
    LC_TRY(json page, ParseJson(answer->body, "list " + ToString(path)));
    list.resource_version = TextAt(page, {"metadata", "resourceVersion"});
    continue_token = TextAt(page, {"metadata", "continue"});
    if (page.is_object() && page["items"].is_array()) {
      for (json& item : page["items"]) list.items.push_back(std::move(item));
    }
    if (continue_token.empty()) return list;
  }
}

Result<http::HttpResponse> KubeClient::GetPage(const Selection& selection,
                                               const std::string& continue_token) {
  std::string url =
      UrlPathOf(PathOf(selection)) + "?limit=" + std::to_string(kPageSize) + Selectors(selection);
  if (!continue_token.empty()) url += "&continue=" + http::PercentEncoded(continue_token);
  return Send(Asking(url, selection.is_metadata_only ? kMetadataList : kJson));
}

Result<http::HttpResponse> KubeClient::Watch(const Selection& selection,
                                             const std::string& resource_version, Duration lifetime,
                                             Duration silence, const std::stop_token& stop,
                                             const http::HttpTransport::OnChunk& on_chunk) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(lifetime).count();
  const std::string url = UrlPathOf(PathOf(selection)) +
                          "?watch=true&allowWatchBookmarks=true&resourceVersion=" +
                          http::PercentEncoded(resource_version) +
                          "&timeoutSeconds=" + std::to_string(seconds) + Selectors(selection);
  return WithToken(Asking(url, selection.is_metadata_only ? kMetadata : kJson),
                   [&](const http::HttpRequest& request) {
                     return transport_.Stream(request, silence, stop, on_chunk);
                   });
}

http::HttpRequest KubeClient::Writing(std::string method, const std::string& url_path,
                                      std::string_view content_type, const json& body) const {
  http::HttpRequest request = Asking(url_path, kJson);
  request.method = std::move(method);
  request.headers.emplace_back("Content-Type", std::string(content_type));
  request.body = TextOf(body);
  return request;
}

Result<json> KubeClient::Write(std::string method, std::string_view verb, const ResourcePath& path,
                               const std::string& query, std::string_view content_type,
                               const json& body) {
  return Ask(Writing(std::move(method), UrlPathOf(path) + query, content_type, body), verb, path);
}

Result<http::HttpResponse> KubeClient::Post(const ResourcePath& path, const json& object) {
  return Send(Writing("POST", UrlPathOf(path) + ByUs(), kJson, object));
}

Result<json> KubeClient::Create(const ResourcePath& path, const json& object) {
  return Write("POST", "create", path, ByUs(), kJson, object);
}

Result<json> KubeClient::Replace(const ResourcePath& path, const json& object) {
  return Write("PUT", "update", path, ByUs(), kJson, object);
}

Result<json> KubeClient::MergePatch(const ResourcePath& path, const json& patch) {
  return Write("PATCH", "patch", path, ByUs(), "application/merge-patch+json", patch);
}

Result<json> KubeClient::Apply(const ResourcePath& path, const json& object, Conflicts conflicts) {
  const std::string force = conflicts == Conflicts::kOverrule ? "&force=true" : "";
  // JSON is YAML.
  return Write("PATCH", "patch", path, ByUs() + force, "application/apply-patch+yaml", object);
}

Result<void> KubeClient::Delete(const ResourcePath& path, const std::string& uid) {
  http::HttpRequest request = Asking(UrlPathOf(path), kJson);
  request.method = "DELETE";
  if (!uid.empty())
    request = Writing(
        "DELETE", UrlPathOf(path), kJson,
        {{"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"preconditions", {{"uid", uid}}}});
  LC_TRY(const json ignored, Ask(std::move(request), "delete", path));
  return {};
}

}  // namespace loadcurve::kube
