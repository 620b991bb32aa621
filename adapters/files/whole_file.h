#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace loadcurve::files {

// All bytes of `path` ("-" is standard input), decompressed where they are compressed.
[[nodiscard]] Result<std::string> ReadWholeFile(const std::string& path);

// Makes `path` hold `content`, or leaves what was there: the bytes go to a new file beside
// it, reach the disk, and take its name in one step. A symbolic link is followed, and a
// file that is not a regular one (a pipe, /dev/stdout) is written as it stands.
[[nodiscard]] Result<void> WriteFileAtomically(const std::string& path, std::string_view content);

}  // namespace loadcurve::files
