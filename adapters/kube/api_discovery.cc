#include "adapters/kube/api_discovery.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "adapters/kube/json_fields.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

constexpr Duration kFreshFor = std::chrono::minutes(10);
// A kind that is not there is not asked for more often than this.
constexpr Duration kAskAgainAfter = std::chrono::seconds(30);

ResourceType TypeOf(const std::string& api_version, const std::string& plural) {
  const std::size_t slash = api_version.find('/');
  if (slash == std::string::npos) return {"", api_version, plural};
  return {api_version.substr(0, slash), api_version.substr(slash + 1), plural};
}

}  // namespace

Result<ApiDiscovery::Group> ApiDiscovery::Read(const std::string& api_version) {
  const std::string root = api_version.find('/') == std::string::npos ? "/api/" : "/apis/";
  const auto answer = client_.GetUrlPath(root + api_version);
  if (!answer && answer.error().code == ErrorCode::kNotFound)
    return Fail(ErrorCode::kNotFound, "the API server knows no apiVersion '" + api_version + "'");
  if (!answer) return tl::unexpected<Error>(answer.error());
  Group group;
  group.read_at = clock_.MonotonicNow();
  const json* resources = FieldAt(*answer, {"resources"});
  if (resources == nullptr || !resources->is_array()) return group;
  constexpr std::string_view kScale = "/scale";
  std::set<std::string> scalable;
  for (const json& resource : *resources) {
    const std::string name = TextAt(resource, {"name"});
    if (name.ends_with(kScale)) scalable.insert(name.substr(0, name.size() - kScale.size()));
  }
  for (const json& resource : *resources) {
    const std::string name = TextAt(resource, {"name"});
    if (name.find('/') == std::string::npos)
      group.kinds.push_back({TextAt(resource, {"kind"}), name, scalable.contains(name)});
  }
  return group;
}

const ApiDiscovery::Kind* ApiDiscovery::FindIn(const Group& group, const std::string& kind) {
  const auto found = std::ranges::find(group.kinds, kind, &Kind::kind);
  return found == group.kinds.end() ? nullptr : &*found;
}

Result<const ApiDiscovery::Group*> ApiDiscovery::Learn(const std::string& api_version,
                                                       const std::string& kind) {
  const Duration now = clock_.MonotonicNow();
  auto known = groups_.find(api_version);
  const bool must_read =
      known == groups_.end() || now >= known->second.read_at + kFreshFor ||
      (FindIn(known->second, kind) == nullptr && now >= known->second.read_at + kAskAgainAfter);
  if (must_read) {
    auto group = Read(api_version);
    // What was known serves on while the server cannot be asked.
    if (!group && (known == groups_.end() || !IsRetryable(group.error().code)))
      return tl::unexpected<Error>(group.error());
    if (group) known = groups_.insert_or_assign(api_version, *std::move(group)).first;
  }
  return &known->second;
}

Result<bool> ApiDiscovery::Knows(const std::string& api_version, const std::string& kind) {
  const std::lock_guard lock(mutex_);
  const auto group = Learn(api_version, kind);
  if (!group && group.error().code == ErrorCode::kNotFound) return false;
  if (!group) return tl::unexpected<Error>(group.error());
  return FindIn(**group, kind) != nullptr;
}

Result<ResourceType> ApiDiscovery::FindScalable(const std::string& api_version,
                                                const std::string& kind) {
  const std::lock_guard lock(mutex_);
  LC_TRY(const Group* const group, Learn(api_version, kind));
  const Kind* const found = FindIn(*group, kind);
  if (found == nullptr)
    return Fail(ErrorCode::kNotFound,
                "the API server knows no kind '" + kind + "' in '" + api_version + "'");
  if (!found->has_scale)
    return Fail(ErrorCode::kInvalidArgument, kind + " of " + api_version +
                                                 " has no scale subresource; expected one, as a "
                                                 "Deployment or StatefulSet has");
  return TypeOf(api_version, found->plural);
}

}  // namespace loadcurve::kube
