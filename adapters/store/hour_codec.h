#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "base/result.h"
#include "metrics/request_counts.h"

namespace loadcurve::store {

// Where a cell stands within the hour of a workload.
struct HourCellKey {
  std::uint32_t window = 0;  // counted from the start of the hour
  std::uint32_t series = 0;  // the store's number for route and class
  std::uint32_t bucket = 0;

  auto operator<=>(const HourCellKey&) const = default;
};

using HourCells = std::map<HourCellKey, RequestCell>;

// An hour of a workload as bytes: the cells in order, differences of their keys and all
// numbers as LEB128 varints (signed ones zigzag), compressed by zstd with its checksum.
std::string EncodeHour(const HourCells& cells);

// The cells again, to the last bit. Bytes that EncodeHour did not write are
// kInvalidArgument.
[[nodiscard]] Result<HourCells> DecodeHour(std::string_view bytes);

}  // namespace loadcurve::store
