#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace loadcurve::http {

enum class PlusSign { kItself, kSpace };

// Percent-encoding (RFC 3986, 2.1) undone; nothing where a '%' is not followed by two
// hexadecimal digits.
std::optional<std::string> PercentDecoded(std::string_view text, PlusSign plus);

// All but the unreserved letters of RFC 3986, 2.3, escaped: fit for one segment of a path, and for
// a value of a query.
std::string PercentEncoded(std::string_view text);

}  // namespace loadcurve::http
