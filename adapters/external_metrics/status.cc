#include "adapters/external_metrics/status.h"

#include <nlohmann/json.hpp>

#include "adapters/external_metrics/json_layout.h"

namespace loadcurve::external_metrics {
namespace {

int StatusCodeOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 400;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kPermissionDenied:
      return 403;
    case ErrorCode::kDeadlineExceeded:
      return 504;
    case ErrorCode::kUnavailable:
    case ErrorCode::kInsufficientData:
    case ErrorCode::kCapacityExhausted:
    case ErrorCode::kCancelled:
      return 503;
    case ErrorCode::kConflict:
    case ErrorCode::kCheckFailed:
    case ErrorCode::kInternal:
      break;
  }
  return 500;
}

}  // namespace

std::string_view ReasonOf(int code) {
  switch (code) {
    case 400:
      return "BadRequest";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "NotFound";
    case 405:
      return "MethodNotAllowed";
    case 406:
      return "NotAcceptable";
    case 413:
      return "RequestEntityTooLarge";
    case 429:
      return "TooManyRequests";
    case 500:
      return "InternalError";
    case 503:
      return "ServiceUnavailable";
    case 504:
      return "Timeout";
    default:
      return "";
  }
}

ApiFailure FailureOf(const Error& error, std::string_view metric) {
  return {
      .code = StatusCodeOf(error.code), .message = error.message, .metric = std::string(metric)};
}

std::string PrintfSafe(std::string_view message) {
  std::string safe;
  for (const char c : message) {
    if (c == '%') {
      safe += " percent";
    } else {
      safe += c;
    }
  }
  return safe;
}

http::ServerResponse ToResponse(const ApiFailure& failure, Layout layout) {
  nlohmann::ordered_json status = {{"kind", "Status"},
                                   {"apiVersion", "v1"},
                                   {"metadata", nlohmann::ordered_json::object()},
                                   {"status", "Failure"},
                                   {"message", PrintfSafe(failure.message)},
                                   {"reason", ReasonOf(failure.code)}};
  if (!failure.metric.empty())
    status["details"] = {{"name", failure.metric}, {"group", kGroup}, {"kind", failure.metric}};
  status["code"] = failure.code;
  return {.status = failure.code,
          .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-cache, private"}},
          .body = Dumped(status, layout)};
}

}  // namespace loadcurve::external_metrics
