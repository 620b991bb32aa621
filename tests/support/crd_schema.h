#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

namespace loadcurve {

// A file of deploy/crds.
inline YAML::Node CrdIn(const std::string& file) {
  return YAML::LoadFile(LOADCURVE_SOURCE_DIR "/deploy/crds/" + file);
}

// The schema of the only version of a CRD.
inline YAML::Node SchemaOf(const YAML::Node& crd) {
  return crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
}

inline void CollectUndescribed(const YAML::Node& schema, const std::string& path,
                               std::vector<std::string>& into) {
  if (!schema["description"] && !path.empty() && !path.ends_with("[]") && !path.ends_with(".*") &&
      !path.starts_with(".metadata"))
    into.push_back(path);
  for (const auto& property : schema["properties"])
    CollectUndescribed(property.second, path + "." + property.first.Scalar(), into);
  if (schema["items"]) CollectUndescribed(schema["items"], path + "[]", into);
  if (schema["additionalProperties"])
    CollectUndescribed(schema["additionalProperties"], path + ".*", into);
}

// Fields of which `kubectl explain` would say nothing, by their paths.
inline std::vector<std::string> FieldsWithoutDescription(const YAML::Node& schema) {
  std::vector<std::string> undescribed;
  CollectUndescribed(schema, "", undescribed);
  return undescribed;
}

}  // namespace loadcurve
