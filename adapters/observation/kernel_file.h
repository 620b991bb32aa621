#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace loadcurve::observation {

// The text of a small file that the kernel makes up as it is read, at most 1 MB of it. kNotFound
// where it is not there, or its process has just ended; kPermissionDenied; else kUnavailable.
// Messages name the path.
[[nodiscard]] Result<std::string> ReadKernelFile(const std::string& path);

// What stands behind `key` and blanks in the line that begins with it, up to the line's end:
// "12" for "Threads:" of "Threads:\t12\n". Empty where there is no such line.
std::string_view ValueOf(std::string_view text, std::string_view key);

// The number that a text begins with; nothing where it begins with none.
std::optional<std::uint64_t> NumberAtStart(std::string_view text);

// How many are named by a list of the kernel: 5 by "0-3,8". Nothing where it is no such list.
std::optional<std::uint64_t> CountOfList(std::string_view list);

}  // namespace loadcurve::observation
