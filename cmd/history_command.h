#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cmd/command.h"

namespace loadcurve {

// Adds --store.
void AddStoreOption(CLI::App& command, std::string& path);

// Adds 'history import'.
void AddHistoryImport(CLI::App& history, Run& chosen);

}  // namespace loadcurve
