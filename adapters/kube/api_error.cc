#include "adapters/kube/api_error.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "adapters/kube/json_fields.h"

namespace loadcurve::kube {
namespace {

ErrorCode CodeOf(int status) {
  switch (status) {
    case 401:
    case 403:
      return ErrorCode::kPermissionDenied;
    case 404:
      return ErrorCode::kNotFound;
    case 408:
    case 504:
      return ErrorCode::kDeadlineExceeded;
    case 409:
    case 410:
      return ErrorCode::kConflict;
    case 429:
      return ErrorCode::kUnavailable;
    default:
      return status >= 500 ? ErrorCode::kUnavailable : ErrorCode::kInvalidArgument;
  }
}

// What a role must say for this to be allowed.
std::string Wanted(std::string_view verb, const ResourcePath& path) {
  const std::string& sub = path.subresource;
  return std::string(path.namespace_name.empty() ? "; a ClusterRole" : "; a Role") +
         " must allow verb '" + std::string(verb) + "' on resource '" + path.type.plural +
         (sub.empty() ? "" : "/" + sub) + "' of API group '" + path.type.group + "'" +
         (path.namespace_name.empty() ? "" : " in namespace '" + path.namespace_name + "'");
}

}  // namespace

Error ApiError(const http::HttpResponse& answer, std::string_view verb, const ResourcePath& path) {
  std::string message =
      std::string(verb) + " " + ToString(path) + ": " + std::to_string(answer.status);
  const nlohmann::json status = nlohmann::json::parse(answer.body, nullptr, false);
  const std::string reason = TextAt(status, {"reason"});
  const std::string story = TextAt(status, {"message"});
  if (!reason.empty()) message += " " + reason;
  if (!story.empty()) {
    message += ": " + story;
  } else if (!answer.body.empty()) {
    constexpr std::size_t kShown = 200;
    message += ": " + answer.body.substr(0, kShown);
  }
  // A 403 may also be an admission rule or a quota; then no role would help.
  if (answer.status == 403 && story.find(" cannot ") != std::string::npos)
    message += Wanted(verb, path);
  return {CodeOf(answer.status), std::move(message)};
}

std::optional<Duration> RetryAfter(const http::HttpResponse& answer) {
  constexpr std::int64_t kLongest = 3600;
  const std::string_view text = http::HeaderOf(answer.headers, "Retry-After");
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || seconds < 0)
    return std::nullopt;
  return std::chrono::seconds(std::min(seconds, kLongest));
}

}  // namespace loadcurve::kube
