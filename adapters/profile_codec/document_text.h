#pragma once

#include <map>
#include <string>
#include <string_view>

#include "adapters/profile_codec/yaml_fields.h"
#include "scaler/scaling_profile.h"

namespace loadcurve::profile_codec {

// What all our kinds of object begin with.

inline constexpr std::string_view kApiVersion = "loadcurve.dev/v1alpha1";

// apiVersion and kind.
void ReadHeader(Fields& document, std::string_view kind);

// A mapping of texts.
void ReadTexts(Fields& fields, const std::string& name, std::map<std::string, std::string>& texts);

// name, namespace where the kind has one, labels and annotations.
void ReadMetadata(Fields& fields, ProfileName& metadata, bool has_namespace = true);

// The kind that a document says it is; "" where it says none.
std::string KindOf(const YAML::Node& document);

}  // namespace loadcurve::profile_codec
