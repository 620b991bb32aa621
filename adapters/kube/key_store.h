#pragma once

#include <optional>
#include <string>

#include "adapters/http/serving_keys.h"
#include "adapters/kube/kube_client.h"
#include "base/result.h"
#include "base/units.h"

namespace loadcurve::kube {

// The keys that all replicas serve with, in one Secret, and their authority in the caBundle of
// the APIService, so that nothing is served that kube-apiserver does not trust yet. Not
// thread-safe.
class KeyStore {
 public:
  // `client` outlives it. The Secret is `secret` in `namespace_name`. Without the name of an
  // APIService its caBundle is someone else's to keep.
  KeyStore(KubeClient& client, std::string namespace_name, std::string secret,
           std::string api_service, http::RotationPolicy policy);

  // Makes the keys where there are none, rotates them where that is due, and puts their
  // authority into the APIService where it is not there. Safe to call from all replicas: who
  // comes second takes what the first wrote. Where there is no APIService of that name, or it
  // points at someone else, who owns the group then, only the Secret is kept.
  [[nodiscard]] Result<http::ServingKeys> Sync(TimePoint now);

 private:
  struct Known {
    std::optional<http::ServingKeys> keys;
    std::string resource_version;
  };

  [[nodiscard]] Result<Known> ReadSecret();
  [[nodiscard]] Result<void> WriteSecret(const http::ServingKeys& keys, const Known& known);
  // Whether it points at a Service that the leaf is for.
  bool IsOurs(const nlohmann::json& api_service) const;
  // Absent where there is no APIService of ours; "" where it has no bundle.
  [[nodiscard]] Result<std::optional<std::string>> ReadBundle();
  [[nodiscard]] Result<http::ServingKeys> SyncOnce(TimePoint now);

  KubeClient& client_;
  const ResourcePath secret_;
  const ResourcePath api_service_;
  const http::RotationPolicy policy_;
};

}  // namespace loadcurve::kube
