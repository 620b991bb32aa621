#include "cmd/fault_log.h"

#include <spdlog/spdlog.h>

namespace loadcurve {

void FaultLog::Note(const std::string& what, const std::optional<Error>& fault) {
  std::string& told = told_[what];
  const std::string message = fault ? fault->message : "";
  if (message == told) return;
  if (fault) {
    spdlog::warn("{}: {}", what, message);
  } else {
    spdlog::info("{}: well again", what);
  }
  told = message;
}

}  // namespace loadcurve
