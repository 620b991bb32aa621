#pragma once

#include <optional>
#include <string_view>

#include "adapters/http/http_transport.h"
#include "adapters/kube/resource.h"
#include "base/result.h"
#include "base/units.h"

namespace loadcurve::kube {

// What an answer of 400 and above means to us, with the message of its Status body:
// "patch scalingprofiles.loadcurve.dev/status shop/web: 403 Forbidden: ...".
//
// 404 kNotFound; 409 and 410 kConflict (read again); 401 and 403 kPermissionDenied, for 403
// with the verb and resource that a role must grant; 429 and 5xx kUnavailable; 408 and 504
// kDeadlineExceeded; any other kInvalidArgument.
Error ApiError(const http::HttpResponse& answer, std::string_view verb, const ResourcePath& path);

// How long the server asks us to wait, from a Retry-After in seconds, at most an hour.
std::optional<Duration> RetryAfter(const http::HttpResponse& answer);

}  // namespace loadcurve::kube
