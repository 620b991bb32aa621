#include "cmd/thread_limit.h"

#include <charconv>
#include <cstdlib>
#include <string>

namespace loadcurve {

Result<std::unique_ptr<tbb::global_control>> LimitThreads() {
  const char* variable = std::getenv("LOADCURVE_THREADS");
  const std::string text = variable == nullptr ? "" : variable;
  if (text.empty()) return nullptr;
  std::size_t threads = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
  if (error != std::errc() || end != text.data() + text.size() || threads < 1 || threads > 1024) {
    return Fail(ErrorCode::kInvalidArgument, "the environment variable LOADCURVE_THREADS is '" +
                                                 text +
                                                 "'; expected a whole number from 1 to 1024");
  }
  return std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism,
                                               threads);
}

}  // namespace loadcurve
