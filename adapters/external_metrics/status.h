#pragma once

#include <string>
#include <string_view>

#include "adapters/http/request_handler.h"
#include "base/result.h"

namespace loadcurve::external_metrics {

inline constexpr std::string_view kGroup = "external.metrics.k8s.io";
inline constexpr std::string_view kGroupVersion = "external.metrics.k8s.io/v1beta1";
inline constexpr std::string_view kRoot = "/apis/external.metrics.k8s.io/v1beta1";

// What Kubernetes calls a Status of failure.
struct ApiFailure {
  int code = 500;        // of HTTP
  std::string message;   // for the person who reads an HPA's events: cause and remedy
  std::string metric{};  // what it is about; "" where it is not about one metric
};

// "NotFound" for 404 and so on.
std::string_view ReasonOf(int code);

// The failure that an Error of a reader becomes.
ApiFailure FailureOf(const Error& error, std::string_view metric);

// The message without '%': the HPA controller uses it as a format of printf.
std::string PrintfSafe(std::string_view message);

enum class Layout { kCompact, kPretty };

// The Status as a response: JSON, never cached, and without Retry-After, for which the HPA's
// client would wait in one of its five workers.
http::ServerResponse ToResponse(const ApiFailure& failure, Layout layout = Layout::kCompact);

}  // namespace loadcurve::external_metrics
