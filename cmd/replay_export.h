#pragma once

#include <optional>
#include <string>

#include "adapters/replay/pseudonyms.h"
#include "adapters/replay/request_export.h"
#include "adapters/replay/request_set.h"
#include "base/result.h"
#include "cmd/command_line.h"
#include "cmd/output.h"

namespace loadcurve {

// `replay --export`: the requests of a log are written to a file instead of being sent.
class ReplayExport {
 public:
  // Adds --export, --pseudonym-key and --keep-identifiers; what `command` has so far besides the
  // options of a log, from its option `first_of_sending` on, is not to be given with --export.
  void AddTo(CLI::App& command, std::size_t first_of_sending);

  bool is_on() const { return !file_.empty(); }

  // What identifiers are replaced by; nothing where they are kept. kInvalidArgument: a name that
  // replay would not know for a request file, a key that is too short; kNotFound: no such key.
  [[nodiscard]] Result<std::optional<replay::Pseudonyms>> Open() const;

  // Writes the file as a whole or not at all, and tells what is in it.
  [[nodiscard]] Result<void> Write(const replay::RequestSet& requests,
                                   const std::optional<replay::Pseudonyms>& pseudonyms,
                                   OutputFormat format) const;

 private:
  [[nodiscard]] Result<std::string> Key() const;
  void Tell(const replay::RequestSet& requests, const replay::ExportCounts& counts) const;

  std::string file_;
  std::string key_file_;
  bool keeps_identifiers_ = false;
};

}  // namespace loadcurve
