#include "adapters/profile_codec/document_text.h"

namespace loadcurve::profile_codec {

void ReadHeader(Fields& document, std::string_view kind) {
  std::string api_version;
  document.Require("apiVersion", kApiVersion);
  document.Text("apiVersion", api_version);
  if (document.Has("apiVersion") && api_version != kApiVersion)
    document.Refuse("apiVersion", kApiVersion);
  std::string found;
  document.Require("kind", kind);
  document.Text("kind", found);
  if (document.Has("kind") && found != kind) document.Refuse("kind", kind);
}

void ReadTexts(Fields& fields, const std::string& name, std::map<std::string, std::string>& texts) {
  fields.Object(name, [&](Fields& entries) {
    entries.EachField([&](const std::string& key) { entries.Text(key, texts[key]); });
  });
}

void ReadMetadata(Fields& fields, ProfileName& metadata, bool has_namespace) {
  fields.Require("name", "a DNS label");
  fields.Text("name", metadata.name);
  if (has_namespace) fields.Text("namespace", metadata.namespace_name);
  ReadTexts(fields, "labels", metadata.labels);
  ReadTexts(fields, "annotations", metadata.annotations);
}

std::string KindOf(const YAML::Node& document) {
  if (!document.IsMap()) return "";
  const YAML::Node kind = document["kind"];
  return kind && kind.IsScalar() ? kind.Scalar() : "";
}

}  // namespace loadcurve::profile_codec
