#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace loadcurve::http {

// SHA-256 (FIPS 180-4) as 64 lower-case hexadecimal digits: for ETags, and for keys of
// caches that must not hold a secret itself. kInternal where OpenSSL refuses.
[[nodiscard]] Result<std::string> Sha256Hex(std::string_view text);

}  // namespace loadcurve::http
