#pragma once

#include "adapters/store/sqlite.h"

namespace loadcurve::store {

// The form of a history file, told by SQLite's user_version:
//
//   1  bounds, workloads, series, hours
//   2  and imports, by content, so that nothing is counted twice
//   3  hours of several steps, and which of their windows are known whole
inline constexpr std::int64_t kSchemaVersion = 3;

// Makes a new file a history of the present form, or brings an older one up to it, in one
// transaction. A file of another program and one of a newer version are kInvalidArgument
// and left as they are.
[[nodiscard]] Result<void> PrepareSchema(Database& database);

// The step from version - 1 to `version`, 1 .. kSchemaVersion.
const char* SchemaStep(std::int64_t version);

// SQLite's application_id of a history: "LCrv".
inline constexpr std::int64_t kApplicationId = 0x4C437276;

}  // namespace loadcurve::store
