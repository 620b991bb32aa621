#include "adapters/kube/resource.h"

namespace loadcurve::kube {

std::string ApiVersionOf(const ResourceType& type) {
  return type.group.empty() ? type.version : type.group + "/" + type.version;
}

std::string UrlPathOf(const ResourcePath& path) {
  const ResourceType& type = path.type;
  std::string url = (type.group.empty() ? "/api/" : "/apis/") + ApiVersionOf(type);
  if (!path.namespace_name.empty()) url += "/namespaces/" + PercentEncoded(path.namespace_name);
  url += "/" + type.plural;
  if (!path.name.empty()) url += "/" + PercentEncoded(path.name);
  if (!path.subresource.empty()) url += "/" + path.subresource;
  return url;
}

std::string ToString(const ResourcePath& path) {
  std::string text = path.type.plural;
  if (!path.type.group.empty()) text += "." + path.type.group;
  if (!path.subresource.empty()) text += "/" + path.subresource;
  if (!path.name.empty())
    return text + " " + (path.namespace_name.empty() ? "" : path.namespace_name + "/") + path.name;
  return text + (path.namespace_name.empty() ? "" : " in namespace " + path.namespace_name);
}

std::string PercentEncoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (is_plain) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kHex[byte >> 4U];
      encoded += kHex[byte & 0xFU];
    }
  }
  return encoded;
}

}  // namespace loadcurve::kube
