#include "base/result.h"

#include <utility>

namespace loadcurve {

std::string_view Name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid argument";
    case ErrorCode::kNotFound:
      return "not found";
    case ErrorCode::kConflict:
      return "conflict";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kDeadlineExceeded:
      return "deadline exceeded";
    case ErrorCode::kPermissionDenied:
      return "permission denied";
    case ErrorCode::kCapacityExhausted:
      return "capacity exhausted";
    case ErrorCode::kInsufficientData:
      return "insufficient data";
    case ErrorCode::kCancelled:
      return "cancelled";
    case ErrorCode::kCheckFailed:
      return "check failed";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "unknown";
}

tl::unexpected<Error> Fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

tl::unexpected<Error> Within(std::string_view context, const Error& error) {
  return Fail(error.code, std::string(context) + ": " + error.message);
}

bool IsRetryable(ErrorCode code) {
  return code == ErrorCode::kConflict || code == ErrorCode::kUnavailable ||
         code == ErrorCode::kDeadlineExceeded;
}

}  // namespace loadcurve
