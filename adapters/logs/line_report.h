#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "adapters/logs/line_tally.h"
#include "base/result.h"
#include "base/units.h"

namespace loadcurve::logs {

// How the lines of logs fared.
struct LineReport {
  std::uint64_t read = 0;      // lines that should be requests: requests, bad and unserved
  std::uint64_t requests = 0;  // of these, requests with a duration
  std::uint64_t bad = 0;
  std::uint64_t unserved = 0;    // answered by the proxy itself, without a duration
  std::uint64_t unfinished = 0;  // last lines that are not written to their end
  std::map<std::string, std::uint64_t> by_reason;            // of the bad ones
  std::map<std::string, std::vector<std::string>> examples;  // of each reason "file:line"
};

// The lines of one log, and how messages call it.
struct NamedTally {
  std::string name;
  LineTally lines;
};

LineReport ReportOf(std::span<const NamedTally> logs);

// More bad lines than `max_bad` of those read, or a log of which no line is a request, are
// kInvalidArgument: the message counts them by reason and says where the first are.
[[nodiscard]] Result<void> CheckLines(std::span<const NamedTally> logs, Ratio max_bad);

// Where the clock of a log jumped, in words.
std::vector<std::string> JumpWarnings(std::span<const NamedTally> logs);

}  // namespace loadcurve::logs
