#pragma once

#include <string>
#include <string_view>

#include "adapters/replay/request_set_builder.h"
#include "base/result.h"

namespace loadcurve::replay {

// True for names that end in ".har" or ".requests.jsonl".
bool IsRequestDocument(std::string_view path);

// Adds the requests of a HAR (HTTP Archive 1.2) or of a request file, see ReadRequests. What
// cannot be read is kInvalidArgument that names the file and the line or entry.
[[nodiscard]] Result<void> AddDocument(const std::string& path, RequestSetBuilder& builder);

// The same of a text that was read already; `path` says which of the two it is.
[[nodiscard]] Result<void> AddDocumentText(const std::string& path, std::string_view text,
                                           RequestSetBuilder& builder);

}  // namespace loadcurve::replay
