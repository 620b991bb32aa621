#include "cmd/dependent_options.h"

#include <CLI/CLI.hpp>

namespace loadcurve {

std::size_t OptionCount(CLI::App& command) {
  return command.get_options().size();
}

void NeedHead(CLI::App& command, std::size_t first, CLI::Option* head) {
  const std::vector<CLI::Option*> options = command.get_options();
  for (std::size_t i = first; i < options.size(); ++i)
    if (options[i] != head) options[i]->needs(head);
}

}  // namespace loadcurve
