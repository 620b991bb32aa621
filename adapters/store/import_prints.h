#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "adapters/store/hour_codec.h"

namespace loadcurve::store {

// The content of each minute of an hour that holds requests, in four bytes: FNV-1a over its
// cells, so far as they do not depend on requests of later minutes.
using MinutePrints = std::map<std::uint32_t, std::uint32_t>;

// Of an hour in windows of a minute.
MinutePrints PrintsOf(const HourCells& cells);

// Five bytes a minute: its number, then its print from the lowest byte up.
std::string Packed(const MinutePrints& prints);
MinutePrints Unpacked(std::string_view packed);

// How many minutes have the same print in both.
std::size_t SharedMinutes(const MinutePrints& prints, const MinutePrints& others);

}  // namespace loadcurve::store
