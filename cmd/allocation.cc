#include "cmd/allocation.h"

#include <malloc.h>

namespace loadcurve {

void ReturnLargeBlocks() {
#ifdef __GLIBC__
  constexpr int kLargeBlock = 256 * 1024;
  constexpr int kMostKept = 1024 * 1024;
  ::mallopt(M_MMAP_THRESHOLD, kLargeBlock);
  ::mallopt(M_TRIM_THRESHOLD, kMostKept);
#endif
}

}  // namespace loadcurve
