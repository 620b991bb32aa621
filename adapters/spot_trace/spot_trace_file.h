#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve::spot_trace {

// What was measured of one spot pool: how many nodes were to be had, one count a step.
struct TraceFile {
  std::string pool;    // the name of the file, without its folder and endings
  std::string region;  // "us-east-1" of "us-east-1a_v100_1"; the pool where it names none
  Duration gap{0};     // of a step; > 0
  std::vector<std::int64_t> stock;  // >= 0; at least one
};

// Reads {"metadata": {"gap_seconds": 195}, "data": [0, 1, ...]}, the layout of the traces of "Can't
// Be Late" (github.com/skypilot-org/spot-traces); other fields are passed over. kInvalidArgument
// names the file, the field, what was found there and what was expected.
[[nodiscard]] Result<TraceFile> ParseTrace(std::string_view text, const std::string& path);

// The same from a file, plain or compressed.
[[nodiscard]] Result<TraceFile> ReadTrace(const std::string& path);

}  // namespace loadcurve::spot_trace
