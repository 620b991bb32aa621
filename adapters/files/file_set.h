#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace loadcurve::files {

// The files that `patterns` name, in the order given: a pattern with * ? or [ stands for
// what matches it, in the order of names, and a file named twice is there once. "-" is
// standard input. A pattern that matches nothing and an absent file are kNotFound, a
// directory is kInvalidArgument.
[[nodiscard]] Result<std::vector<std::string>> ExpandPaths(std::span<const std::string> patterns);

}  // namespace loadcurve::files
