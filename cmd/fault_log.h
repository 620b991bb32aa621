#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"

namespace loadcurve {

// Tells of a fault once, and when it is over. Not thread-safe.
class FaultLog {
 public:
  // How `what` is now: its fault, or none.
  void Note(const std::string& what, const std::optional<Error>& fault);

 private:
  std::map<std::string, std::string> told_;
};

}  // namespace loadcurve
