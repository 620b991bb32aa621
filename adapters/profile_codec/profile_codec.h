#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "scaler/scaling_profile.h"

namespace loadcurve::profile_codec {

// ScalingProfiles as YAML in the form of a Kubernetes object, one document a workload.
// docs/configuration.md lists the fields.

// Reads all documents of a file, "-" being standard input. kNotFound where there is no such
// file; else as ParseProfiles.
[[nodiscard]] Result<std::vector<ScalingProfile>> ReadProfiles(const std::string& path);

// Strict: a field that is unknown, missing, twice there, of another type or out of its
// range is kInvalidArgument, "FILE:LINE: spec.bounds.minReplicas is 'x'; expected ...".
// Two documents of one namespace and name, and no document at all, are refused too.
[[nodiscard]] Result<std::vector<ScalingProfile>> ParseProfiles(std::string_view text,
                                                                const std::string& file_name);

// Every fault of every document, each as ParseProfiles words it; empty where there is none. Here
// CapacityProfiles may stand beside ScalingProfiles.
// Fields that are out of range, or at odds with each other, are looked at in documents whose
// form is right.
std::vector<std::string> FindProblems(std::string_view text, const std::string& file_name);

// What ParseProfiles reads back as equal profiles, to the last digit.
std::string WriteProfiles(std::span<const ScalingProfile> profiles);

}  // namespace loadcurve::profile_codec
