#include "adapters/cloud/cluster_api/pool_instances.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "adapters/kube/json_fields.h"

namespace loadcurve::cluster_api {
namespace {

using kube::TextAt;
using nlohmann::json;

json ListAt(const json& object, kube::JsonPath path) {
  const json* const list = kube::FieldAt(object, path);
  return list != nullptr && list->is_array() ? *list : json::array();
}

std::map<std::string, std::string> MarkedTokens(const json& machine_pool) {
  std::map<std::string, std::string> tokens;
  std::istringstream marks(TextAt(machine_pool, {"metadata", "annotations", kInstancesMark}));
  for (std::string mark; marks >> mark;) {
    const std::size_t middle = mark.rfind('=');
    if (middle != std::string::npos) tokens[mark.substr(0, middle)] = mark.substr(middle + 1);
  }
  return tokens;
}

}  // namespace

PoolInstances InstancesOf(const json& machine_pool) {
  const auto tokens = MarkedTokens(machine_pool);
  PoolInstances instances;
  for (const json& entry : ListAt(machine_pool, {"spec", "providerIDList"})) {
    if (!entry.is_string()) continue;
    const auto provider_id = entry.get<std::string>();
    const std::string id = provider_id.substr(provider_id.rfind('/') + 1);
    const auto token = tokens.find(id);
    if (!id.empty()) instances[id].token = token == tokens.end() ? "" : token->second;
  }
  const json nodes = ListAt(machine_pool, {"status", "nodeRefs"});
  for (auto& [id, instance] : instances) instance.is_up = nodes.size() >= instances.size();
  for (const json& node : nodes)
    if (const auto named = instances.find(TextAt(node, {"name"})); named != instances.end())
      named->second.is_up = true;
  return instances;
}

std::string InstancesText(const PoolInstances& instances) {
  std::string text;
  for (const auto& [id, instance] : instances)
    if (!instance.token.empty()) text += (text.empty() ? "" : " ") + id + "=" + instance.token;
  return text;
}

}  // namespace loadcurve::cluster_api
