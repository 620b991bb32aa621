#include "cmd/serving_identity.h"

#include <utility>

namespace loadcurve {

ServingIdentitySource::ServingIdentitySource(kube::KeyStore keys,
                                             std::optional<http::CertificateFiles> given)
    : keys_(std::move(keys)), files_(std::move(given)) {}

Result<ServingIdentity> ServingIdentitySource::Sync(TimePoint now) {
  LC_TRY(http::ServingKeys keys, keys_.Sync(now));
  std::string authorities = http::CaBundle(keys);
  if (!files_) {
    http::CertificatePair leaf = keys.leaf;
    return ServingIdentity{std::move(keys), std::move(leaf), std::move(authorities)};
  }
  LC_TRY(auto changed, files_->ReadIfChanged());
  if (changed) given_ = *std::move(changed);
  // Both: a replica that was not given one yet shows the self-made.
  return ServingIdentity{std::move(keys), given_.pair,
                         std::move(authorities) + given_.authorities_pem};
}

}  // namespace loadcurve
