#pragma once

#include <string_view>

namespace loadcurve::logs {

// What parts of a path are made of: "order-123" is two.
inline constexpr std::string_view kPartBreaks = "-_.:,~";

// True for what names one of many and not a kind: a number, eight or more hexadecimal digits with
// a digit among them, a random-looking token. `part` holds none of kPartBreaks.
bool IsIdentifier(std::string_view part);

// 8-4-4-4-12 hexadecimal digits.
bool IsUuid(std::string_view segment);

// Something before and behind an '@', which may be percent-encoded.
bool IsEmail(std::string_view segment);

}  // namespace loadcurve::logs
