#pragma once

#include <string>

#include "cmd/output.h"
#include "scaler/scaling_profile.h"
#include "scaler/sizing_advice.h"

namespace loadcurve {

// A row for each amount of each container: what is asked for, and what is advised.
Table AdviceTable(const SizingAdvice& advice);

// What it stands on, what it saves, and why, a line each; of who advises nothing, why.
std::string AdviceText(const SizingAdvice& advice);

// A command that applies it when a person runs it; empty where nothing is advised. Of a kind that
// takes no strategic merge (a custom resource), the part of the pod template to change, in YAML.
std::string PatchFor(const SizingAdvice& advice, const TargetRef& target,
                     const std::string& namespace_name);

}  // namespace loadcurve
