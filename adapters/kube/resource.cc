#include "adapters/kube/resource.h"
#include "adapters/http/percent_code.h"

namespace loadcurve::kube {

std::string ApiVersionOf(const ResourceType& type) {
  return type.group.empty() ? type.version : type.group + "/" + type.version;
}

std::string UrlPathOf(const ResourcePath& path) {
  const ResourceType& type = path.type;
  std::string url = (type.group.empty() ? "/api/" : "/apis/") + ApiVersionOf(type);
  if (!path.namespace_name.empty())
    url += "/namespaces/" + http::PercentEncoded(path.namespace_name);
  url += "/" + type.plural;
  if (!path.name.empty()) url += "/" + http::PercentEncoded(path.name);
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

}  // namespace loadcurve::kube
