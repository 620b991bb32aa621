// LOADCURVE_FUZZED_FORMAT is the name of the format, one program each:
//   build/asan/tests/fuzz/fuzz_envoy -max_total_time=60 NEW_CORPUS tests/fuzz/seeds/envoy

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/fuzz/feed_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  loadcurve::logs::FeedParser(LOADCURVE_FUZZED_FORMAT,
                              std::string_view(reinterpret_cast<const char*>(bytes), size));
  return 0;
}
