#include "adapters/kube/profile_object.h"

#include <nlohmann/json.hpp>

#include "adapters/kube/json_fields.h"
#include "adapters/profile_codec/profile_codec.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

void Copy(const json& from, std::string_view name, json& to) {
  if (const json* field = FieldAt(from, {name})) to[std::string(name)] = *field;
}

}  // namespace

std::string WithoutLine(const std::string& message, const std::string& file_name) {
  if (!message.starts_with(file_name + ":")) return message;
  const std::size_t end = message.find(": ", file_name.size() + 1);
  return end == std::string::npos ? message : message.substr(end + 2);
}

json SpecAlone(const json& object) {
  json cut = json::object();
  for (const char* name : {"apiVersion", "kind", "spec"}) Copy(object, name, cut);
  if (const json* metadata = FieldAt(object, {"metadata"})) {
    json& kept = cut["metadata"] = json::object();
    for (const char* name : {"name", "namespace", "labels", "annotations"})
      Copy(*metadata, name, kept);
    if (kept.contains("annotations") && kept["annotations"].is_object())
      kept["annotations"].erase("kubectl.kubernetes.io/last-applied-configuration");
  }
  return cut;
}

Result<ScalingProfile> ProfileFrom(const json& object) {
  json cut = SpecAlone(object);
  if (const json* calibration = FieldAt(object, {"status", "calibration"}))
    cut["status"]["calibration"] = *calibration;

  // JSON is YAML.
  const std::string file_name = "profile";
  auto profiles = profile_codec::ParseProfiles(TextOf(cut), file_name);
  if (profiles) return profiles->front();
  return Fail(profiles.error().code, WithoutLine(profiles.error().message, file_name));
}

}  // namespace loadcurve::kube
