#pragma once

#include <string>

#include "cmd/command.h"
#include "cmd/command_line.h"

namespace loadcurve {

// Adds --store.
void AddStoreOption(CLI::App& command, std::string& path);

// Adds 'history import'.
void AddHistoryImport(CLI::App& history, Run& chosen);

}  // namespace loadcurve
