#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "adapters/replay/pseudonyms.h"
#include "adapters/replay/request_set.h"
#include "base/result.h"

namespace loadcurve::replay {

// What became of an export.
struct ExportCounts {
  std::uint64_t requests = 0;
  std::uint64_t headers_dropped = 0;
  std::uint64_t bodies_dropped = 0;
};

// Tells the requests of a record as a request file (.requests.jsonl) has them, a line each with
// its line break, in the order of their arrival. ReadRequests makes the same set of it again.
//
// With `pseudonyms` identifiers of paths and queries are replaced. Bodies, and all headers but
// those that say which form is wanted (Accept, Accept-Encoding, Content-Type), are left out then,
// since they may hold anything; null: all stays as it is. An error of `write` ends it.
[[nodiscard]] Result<ExportCounts> ExportRequests(
    const RequestSet& requests, const Pseudonyms* pseudonyms,
    const std::function<Result<void>(std::string_view line)>& write);

}  // namespace loadcurve::replay
