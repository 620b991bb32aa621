#pragma once

#include <string>

#include "adapters/http/serving_keys.h"
#include "base/result.h"
#include "base/units.h"

namespace loadcurve {

// What `loadcurve serve` outside a cluster serves with, and lets its user in with.
struct LocalKeys {
  http::ServingKeys serving;
  std::string ca_file;           // whom clients trust
  std::string certificate_file;  // the user's own, of the group system:masters, and its key
  std::string key_file;
};

// Reads the keys in `folder`, makes what is missing and replaces what is about to end; the
// folder is made where it is absent, for its owner alone. kInvalidArgument where a file is there
// and broken: it is left as it is.
[[nodiscard]] Result<LocalKeys> OpenLocalKeys(const std::string& folder, TimePoint now);

}  // namespace loadcurve
