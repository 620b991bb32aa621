#pragma once

#include <string>

#include "cmd/command_line.h"

namespace loadcurve {

// Adds --name: of a new ScalingProfile that nothing else names. A DNS label, or it is refused.
void AddProfileNameOption(CLI::App& command, std::string& name, const std::string& usually);

}  // namespace loadcurve
