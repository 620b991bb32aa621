#include "adapters/kube/key_store.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/kube/base64.h"

namespace loadcurve::kube {
namespace {

const ResourceType kSecrets{"", "v1", "secrets"};
const ResourceType kApiServices{"apiregistration.k8s.io", "v1", "apiservices"};

// The text at a path of fields; "" where it is absent or no text.
std::string TextAt(const nlohmann::json& object, const char* outer, const char* inner) {
  const auto found = object.find(outer);
  if (found == object.end() || !found->is_object()) return "";
  const auto text = found->find(inner);
  return text != found->end() && text->is_string() ? text->get<std::string>() : "";
}

}  // namespace

KeyStore::KeyStore(KubeClient& client, std::string namespace_name, std::string secret,
                   std::string api_service, http::RotationPolicy policy)
    : client_(client),
      secret_{kSecrets, std::move(namespace_name), std::move(secret), ""},
      api_service_{kApiServices, "", std::move(api_service), ""},
      policy_(std::move(policy)) {}

Result<KeyStore::Known> KeyStore::ReadSecret() {
  const auto object = client_.Get(secret_);
  if (!object && object.error().code == ErrorCode::kNotFound) return Known{};
  if (!object) return tl::unexpected<Error>(object.error());
  std::map<std::string, std::string> entries;
  if (const auto data = object->find("data"); data != object->end() && data->is_object()) {
    for (const auto& [name, value] : data->items()) {
      auto text =
          value.is_string() ? DecodeBase64(value.get<std::string>()) : std::optional<std::string>();
      if (!text)
        return Fail(ErrorCode::kInvalidArgument,
                    ToString(secret_) + ": data." + name + " is not base64");
      entries[name] = *std::move(text);
    }
  }
  auto keys = http::FromSecret(entries);
  if (!keys) return Within(ToString(secret_), keys.error());
  return Known{*std::move(keys), TextAt(*object, "metadata", "resourceVersion")};
}

Result<void> KeyStore::WriteSecret(const http::ServingKeys& keys, const Known& known) {
  nlohmann::json data = nlohmann::json::object();
  for (const auto& [name, text] : http::ToSecret(keys)) data[name] = EncodeBase64(text);
  nlohmann::json object = {{"apiVersion", "v1"},
                           {"kind", "Secret"},
                           {"metadata",
                            {{"name", secret_.name},
                             {"namespace", secret_.namespace_name},
                             {"labels", {{"app.kubernetes.io/name", "loadcurve"}}}}},
                           {"type", "Opaque"},
                           {"data", std::move(data)}};
  if (!known.keys) {
    ResourcePath all = secret_;
    all.name.clear();
    LC_TRY(const auto created, client_.Create(all, object));
    return {};
  }
  object["metadata"]["resourceVersion"] = known.resource_version;
  LC_TRY(const auto replaced, client_.Replace(secret_, object));
  return {};
}

bool KeyStore::IsOurs(const nlohmann::json& api_service) const {
  const auto spec = api_service.find("spec");
  if (spec == api_service.end() || !spec->is_object()) return false;
  const std::string host =
      TextAt(*spec, "service", "name") + "." + TextAt(*spec, "service", "namespace") + ".svc";
  return std::find(policy_.dns_names.begin(), policy_.dns_names.end(), host) !=
         policy_.dns_names.end();
}

Result<std::optional<std::string>> KeyStore::ReadBundle() {
  if (api_service_.name.empty()) return std::nullopt;
  const auto object = client_.Get(api_service_);
  if (!object && object.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!object) return tl::unexpected<Error>(object.error());
  if (!IsOurs(*object)) return std::nullopt;
  return DecodeBase64(TextAt(*object, "spec", "caBundle")).value_or("");
}

Result<http::ServingKeys> KeyStore::SyncOnce(TimePoint now) {
  LC_TRY(const Known known, ReadSecret());
  LC_TRY(const auto bundle, ReadBundle());
  LC_TRY(http::ServingKeys keys,
         http::Rotated(known.keys ? &*known.keys : nullptr, bundle.value_or(""), policy_, now));
  if (!known.keys || !(keys == *known.keys)) LC_TRY_VOID(WriteSecret(keys, known));
  const std::string trusted = http::CaBundle(keys);
  if (bundle && *bundle != trusted) {
    LC_TRY(const auto patched,
           client_.MergePatch(api_service_, {{"spec", {{"caBundle", EncodeBase64(trusted)}}}}));
  }
  return keys;
}

Result<http::ServingKeys> KeyStore::Sync(TimePoint now) {
  auto keys = SyncOnce(now);
  // Another replica was first; what it wrote is as good.
  if (!keys && keys.error().code == ErrorCode::kConflict) return SyncOnce(now);
  return keys;
}

}  // namespace loadcurve::kube
