#include "adapters/logs/log_options.h"

#include "base/time_text.h"

namespace loadcurve::logs {
namespace {

// A request longer than this many windows would fill the memory with the windows it spans.
constexpr std::int64_t kMostWindowsOfARequest = 10'000'000;

}  // namespace

Result<void> CheckOptions(const LogOptions& options) {
  if (options.longest_request < Duration(1) ||
      options.longest_request / options.step > kMostWindowsOfARequest)
    return Fail(ErrorCode::kInvalidArgument,
                "the longest plausible request is " + ToString(options.longest_request) +
                    " and the step " + ToString(options.step) + "; expected at most " +
                    std::to_string(kMostWindowsOfARequest) + " windows in a request");
  if (options.since && options.until && *options.since >= *options.until)
    return Fail(ErrorCode::kInvalidArgument, "the time since is " + ToRfc3339(*options.since) +
                                                 " and until " + ToRfc3339(*options.until) +
                                                 "; expected since before until");
  if (options.paths.empty())
    return Fail(ErrorCode::kInvalidArgument, "no log is named; expected files, or - for input");
  return {};
}

}  // namespace loadcurve::logs
