#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace loadcurve {

// What the caller does next decides the code.
enum class ErrorCode {
  kInvalidArgument,    // fix the input
  kNotFound,           // treat as absent
  kConflict,           // read again and retry
  kUnavailable,        // back off and retry
  kDeadlineExceeded,   // back off and retry
  kPermissionDenied,   // a person must act
  kCapacityExhausted,  // try the next offer
  kInsufficientData,   // hold: there is not enough evidence yet
  kCancelled,          // the user asked to stop
  kCheckFailed,        // a limit that the user set was broken: look at the result
  kInternal,           // ours to repair; nothing the caller can do
};

// "invalid argument", "not found", ...
std::string_view Name(ErrorCode code);

// A failure and its story, written for the person who must act on it: what was
// asked, of whom, what came back.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;

  bool operator==(const Error&) const = default;
};

template <class T>
using Result = tl::expected<T, Error>;

// return Fail(ErrorCode::kNotFound, "...");
tl::unexpected<Error> Fail(ErrorCode code, std::string message);

// The same error seen from further out: "reading a.log: <message>".
tl::unexpected<Error> Within(std::string_view context, const Error& error);

// True where the same call may succeed later without a change by anyone.
bool IsRetryable(ErrorCode code);

}  // namespace loadcurve

#define LC_CONCAT_INNER(a, b) a##b
#define LC_CONCAT(a, b) LC_CONCAT_INNER(a, b)

// LC_TRY(const auto rows, ReadRows(path)) declares `rows`, or returns the error.
// LC_TRY_VOID(Save(path)) is the same for Result<void>.
#define LC_TRY(declaration, ...)                                                                   \
  auto LC_CONCAT(lc_result_, __LINE__) = (__VA_ARGS__);                                            \
  if (!LC_CONCAT(lc_result_, __LINE__))                                                            \
    return tl::unexpected<::loadcurve::Error>(std::move(LC_CONCAT(lc_result_, __LINE__)).error()); \
  declaration = *std::move(LC_CONCAT(lc_result_, __LINE__))

#define LC_TRY_VOID(...)                                                                     \
  do {                                                                                       \
    auto lc_result = (__VA_ARGS__);                                                          \
    if (!lc_result) return tl::unexpected<::loadcurve::Error>(std::move(lc_result).error()); \
  } while (false)
