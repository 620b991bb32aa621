#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/house/source_text.h"

namespace loadcurve::house {

// A place where the rules of the house are broken.
struct Finding {
  std::string path;
  int line = 0;
  std::string_view rule;  // one of the names below
  std::string what;       // what stands there, and what was expected

  bool operator==(const Finding&) const = default;
};

// The rules, by the names under which exceptions are listed.
inline constexpr std::string_view kArrows = "arrows";        // who may include whom
inline constexpr std::string_view kPackages = "packages";    // which room may use which package
inline constexpr std::string_view kClocks = "clocks";        // only base/clock.cc asks the time
inline constexpr std::string_view kSilentCore = "core";      // no I/O, environment or chance there
inline constexpr std::string_view kNoDiscard = "nodiscard";  // a Result is not dropped
inline constexpr std::string_view kThrow = "throw";          // failures are a Result
inline constexpr std::string_view kText = "text";            // #pragma once, ASCII, no dead code
inline constexpr std::string_view kNames = "names";          // words that name nothing
inline constexpr std::string_view kOneDefinition = "odr";    // a name has one type

// All findings of one source, by line; exceptions are not yet taken out.
std::vector<Finding> Inspect(const SourceText& source);

// A finding that is allowed to stand.
struct Exception {
  std::string_view path;  // a file, or a folder with its last '/'
  std::string_view rule;
  std::string_view reason;
};

bool Covers(const Exception& exception, const Finding& finding);

}  // namespace loadcurve::house
