#pragma once

#include <optional>
#include <string>

#include "adapters/http/certificate_files.h"
#include "adapters/http/certificates.h"
#include "adapters/http/serving_keys.h"
#include "adapters/kube/key_store.h"
#include "base/result.h"
#include "base/units.h"

namespace loadcurve {

// By what a replica in a cluster is known, and knows others.
struct ServingIdentity {
  http::ServingKeys keys;       // self-made: by these, replicas know one another
  http::CertificatePair leaf;   // what callers are shown: of `keys`, or given
  std::string authorities_pem;  // who vouches for the leaf of any replica

  bool operator==(const ServingIdentity&) const = default;
};

// Where it comes from: the Secret that replicas share and, where a certificate is given, its
// files. Not thread-safe.
class ServingIdentitySource {
 public:
  // Without `given` the self-made certificate is shown.
  ServingIdentitySource(kube::KeyStore keys, std::optional<http::CertificateFiles> given);

  // As it should be at `now`. The errors of KeyStore::Sync and CertificateFiles: who has an
  // identity goes on with it and asks again later.
  [[nodiscard]] Result<ServingIdentity> Sync(TimePoint now);

 private:
  kube::KeyStore keys_;
  std::optional<http::CertificateFiles> files_;
  http::GivenCertificate given_;
};

}  // namespace loadcurve
