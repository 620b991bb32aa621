#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace loadcurve {

// The same in YAML, block style, two spaces a level, in the order given. Texts that a YAML reader
// could take for something else are quoted.
std::string ToYaml(const nlohmann::ordered_json& value);

}  // namespace loadcurve
