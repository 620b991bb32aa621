#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/http/http_transport.h"
#include "adapters/kube/bearer_token.h"
#include "adapters/kube/kube_config.h"
#include "adapters/kube/resource.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve::kube {

// Who writes: the field manager of every apply and patch.
inline constexpr std::string_view kFieldManager = "loadcurve";

// Which objects of a kind, and how much of each.
struct Selection {
  ResourceType type{};
  std::string namespace_name{};  // empty: all
  std::string label_selector{};
  std::string field_selector{};
  // Only apiVersion, kind and metadata of each object (PartialObjectMetadata).
  bool is_metadata_only = false;
};

// Objects as they were at one moment.
struct ObjectList {
  std::string resource_version{};
  std::vector<nlohmann::json> items;
};

// The API server, in JSON. Thread-safe. Errors are those of the transport, and of ApiError for
// what the server refuses; an answer that is no JSON is kUnavailable. Nothing is tried twice
// but a request whose token had run out; waiting is for the caller.
class KubeClient {
 public:
  // `transport` speaks TLS as `config` says; it and `clock` outlive this.
  KubeClient(http::HttpTransport& transport, const KubeConfig& config, const Clock& clock);

  [[nodiscard]] Result<nlohmann::json> Get(const ResourcePath& path);

  // Any path that is no object: "/apis/apps/v1", "/version".
  [[nodiscard]] Result<nlohmann::json> GetUrlPath(const std::string& url_path);

  // All of them, in pages of kPageSize. Where the server forgot the pages in between (410) it
  // begins anew, at most three times.
  [[nodiscard]] Result<ObjectList> List(const Selection& selection);

  // `path` without a name; the name is in `object`.
  [[nodiscard]] Result<nlohmann::json> Create(const ResourcePath& path,
                                              const nlohmann::json& object);

  // The whole object; kConflict unless it still is at `object`'s resourceVersion.
  [[nodiscard]] Result<nlohmann::json> Replace(const ResourcePath& path,
                                               const nlohmann::json& object);

  // RFC 7386. With metadata.resourceVersion in it, kConflict where the object moved on.
  [[nodiscard]] Result<nlohmann::json> MergePatch(const ResourcePath& path,
                                                  const nlohmann::json& patch);

  // Server-side apply: these fields are ours, by force, and those we no longer name go.
  // Without force, kConflict where someone else has another value in one of them.
  enum class Conflicts { kOverrule, kRefuse };
  [[nodiscard]] Result<nlohmann::json> Apply(const ResourcePath& path, const nlohmann::json& object,
                                             Conflicts conflicts = Conflicts::kOverrule);

  // With a `uid` only that very object; another of its name is kConflict.
  [[nodiscard]] Result<void> Delete(const ResourcePath& path, const std::string& uid = "");

  // ---- for those who read answers themselves; any status is an answer

  static constexpr int kPageSize = 500;

  [[nodiscard]] Result<http::HttpResponse> GetPage(const Selection& selection,
                                                   const std::string& continue_token);

  // As Create().
  [[nodiscard]] Result<http::HttpResponse> Post(const ResourcePath& path,
                                                const nlohmann::json& object);

  // Changes after `resource_version`, one JSON object a line, bookmarks among them, for
  // `lifetime`. Ends also when nothing came for `silence`, or at the stop.
  [[nodiscard]] Result<http::HttpResponse> Watch(const Selection& selection,
                                                 const std::string& resource_version,
                                                 Duration lifetime, Duration silence,
                                                 const std::stop_token& stop,
                                                 const http::HttpTransport::OnChunk& on_chunk);

 private:
  using Exchange = std::function<Result<http::HttpResponse>(const http::HttpRequest&)>;

  http::HttpRequest Asking(const std::string& url_path, std::string_view accept) const;
  [[nodiscard]] Result<http::HttpResponse> WithToken(http::HttpRequest request,
                                                     const Exchange& exchange);
  [[nodiscard]] Result<http::HttpResponse> Send(http::HttpRequest request);
  [[nodiscard]] Result<nlohmann::json> Ask(http::HttpRequest request, std::string_view verb,
                                           const ResourcePath& path);
  http::HttpRequest Writing(std::string method, const std::string& url_path,
                            std::string_view content_type, const nlohmann::json& body) const;
  [[nodiscard]] Result<nlohmann::json> Write(std::string method, std::string_view verb,
                                             const ResourcePath& path, const std::string& query,
                                             std::string_view content_type,
                                             const nlohmann::json& body);

  http::HttpTransport& transport_;
  const std::string server_;
  BearerToken token_;
};

}  // namespace loadcurve::kube
