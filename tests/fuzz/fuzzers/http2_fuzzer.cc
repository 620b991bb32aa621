#include <cstddef>
#include <cstdint>

#include "tests/fuzz/feed_dialogue.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  loadcurve::replay::FeedDialogue({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
