#pragma once

#include <cstddef>

#include "cmd/command_line.h"

namespace loadcurve {

// How many options `command` has by now.
std::size_t OptionCount(CLI::App& command);

// Each option of `command` from the one numbered `first` on, but `head` itself, is refused where
// `head` is not there.
void NeedHead(CLI::App& command, std::size_t first, CLI::Option* head);

}  // namespace loadcurve
