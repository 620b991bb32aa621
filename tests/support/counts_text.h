#pragma once

#include <string>

#include "metrics/request_counts.h"

namespace loadcurve {

// Every cell of `counts` as a line, in an order that depends on the cells alone: equal
// texts, equal counts.
inline std::string TextOf(const RequestCounts& counts) {
  std::string text;
  for (const RequestCounts::Entry& entry : counts.Sorted()) {
    const SeriesKey& key = counts.series()[entry.series];
    text += std::to_string(entry.window) + " " + key.workload + " " + key.route + " " +
            std::string(Name(key.request_class)) + " " + std::to_string(entry.bucket) + " " +
            std::to_string(entry.cell.count) + " " + std::to_string(entry.cell.duration_us) + " " +
            std::to_string(entry.cell.carried_us) + " " + std::to_string(entry.cell.carried_share) +
            "\n";
  }
  return text;
}

// Requests of all cells.
inline std::uint64_t RequestsIn(const RequestCounts& counts) {
  std::uint64_t requests = 0;
  counts.ForEach([&](const RequestCounts::Entry& entry) { requests += entry.cell.count; });
  return requests;
}

}  // namespace loadcurve
