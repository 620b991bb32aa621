#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace loadcurve::external_metrics {

// The ConfigMap kube-system/extension-apiserver-authentication: whom a cluster trusts to say
// who asks. Header names compare without case.
struct AuthenticationConfig {
  std::string client_ca_pem{};  // vouches for users themselves; "" for none

  // The front proxy is kube-apiserver's aggregation layer; "" for none.
  std::string proxy_ca_pem{};
  std::vector<std::string> allowed_names{};  // Subject CN of the proxy; none: any of that CA
  std::vector<std::string> username_headers{};
  std::vector<std::string> uid_headers{};  // absent on older clusters, and then none
  std::vector<std::string> group_headers{};
  std::vector<std::string> extra_prefixes{};

  bool operator==(const AuthenticationConfig&) const = default;
};

// Reads the ConfigMap's entries. A missing one is empty; one that is no JSON list of strings is
// kInvalidArgument.
[[nodiscard]] Result<AuthenticationConfig> ParseAuthenticationConfig(
    const std::map<std::string, std::string>& entries);

}  // namespace loadcurve::external_metrics
