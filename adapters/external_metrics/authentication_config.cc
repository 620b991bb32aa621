#include "adapters/external_metrics/authentication_config.h"

#include <nlohmann/json.hpp>

namespace loadcurve::external_metrics {
namespace {

using Entries = std::map<std::string, std::string>;

std::string EntryOf(const Entries& entries, const std::string& name) {
  const auto found = entries.find(name);
  return found == entries.end() ? std::string() : found->second;
}

[[nodiscard]] Result<std::vector<std::string>> ListOf(const Entries& entries,
                                                      const std::string& name) {
  const std::string text = EntryOf(entries, name);
  std::vector<std::string> list;
  if (text.empty()) return list;
  const auto bad = [&] {
    return Fail(ErrorCode::kInvalidArgument,
                "ConfigMap kube-system/extension-apiserver-authentication, entry " + name + ": '" +
                    text + "'; expected a JSON list of strings");
  };
  const auto document = nlohmann::json::parse(text, nullptr, false);
  if (document.is_null()) return list;
  if (!document.is_array()) return bad();
  for (const auto& element : document) {
    if (!element.is_string()) return bad();
    list.push_back(element.get<std::string>());
  }
  return list;
}

}  // namespace

Result<AuthenticationConfig> ParseAuthenticationConfig(const Entries& entries) {
  AuthenticationConfig config;
  config.client_ca_pem = EntryOf(entries, "client-ca-file");
  config.proxy_ca_pem = EntryOf(entries, "requestheader-client-ca-file");
  LC_TRY(config.allowed_names, ListOf(entries, "requestheader-allowed-names"));
  LC_TRY(config.username_headers, ListOf(entries, "requestheader-username-headers"));
  LC_TRY(config.uid_headers, ListOf(entries, "requestheader-uid-headers"));
  LC_TRY(config.group_headers, ListOf(entries, "requestheader-group-headers"));
  LC_TRY(config.extra_prefixes, ListOf(entries, "requestheader-extra-headers-prefix"));
  return config;
}

}  // namespace loadcurve::external_metrics
