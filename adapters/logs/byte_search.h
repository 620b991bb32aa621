#pragma once

#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace loadcurve::logs {

// The first `wanted` in [at, end), or `end`. The fields of a log are short, and a call to
// memchr would take longer than the search.
inline const char* FindByte(const char* at, const char* end, char wanted) {
#if defined(__SSE2__)
  const __m128i pattern = _mm_set1_epi8(wanted);
  while (end - at >= 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const int found = _mm_movemask_epi8(_mm_cmpeq_epi8(block, pattern));
    if (found != 0) return at + __builtin_ctz(static_cast<unsigned>(found));
    at += 16;
  }
#endif
  while (at < end && *at != wanted) ++at;
  return at;
}

// The last `wanted` in [begin, end), or nullptr.
inline const char* FindLastByte(const char* begin, const char* end, char wanted) {
  while (end > begin) {
    if (*--end == wanted) return end;
  }
  return nullptr;
}

}  // namespace loadcurve::logs
