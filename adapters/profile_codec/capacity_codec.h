#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/profile_codec/yaml_fields.h"
#include "base/result.h"
#include "scaler/capacity/capacity_profile.h"

namespace loadcurve::profile_codec {

inline constexpr std::string_view kCapacityKind = "CapacityProfile";

// CapacityProfiles as YAML in the form of a Kubernetes object; docs/configuration.md lists the
// fields. As strict as ParseProfiles, and with errors of the same form.
[[nodiscard]] Result<std::vector<capacity::CapacityProfile>> ParseCapacityProfiles(
    std::string_view text, const std::string& file_name);

// Of a file, "-" being standard input. kNotFound where there is none.
[[nodiscard]] Result<std::vector<capacity::CapacityProfile>> ReadCapacityProfiles(
    const std::string& path);

// One document; absent where a fault was added to `reading`.
std::optional<capacity::CapacityProfile> ReadCapacityDocument(const YAML::Node& node,
                                                              Reading& reading);

}  // namespace loadcurve::profile_codec
