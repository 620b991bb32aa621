#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/certificates.h"
#include "base/result.h"
#include "base/units.h"

namespace loadcurve::http {

// A self-made authority and the certificate we serve with, and what lets both be replaced
// while clients go on: what all replicas share, in one Secret.
struct ServingKeys {
  CertificatePair authority;                      // signed `leaf`
  std::optional<CertificatePair> next_authority;  // announced to clients, signs nothing yet
  std::string retired_authority_pem;              // "" or one that some replica may still serve
  CertificatePair leaf;

  bool operator==(const ServingKeys&) const = default;
};

// Names of the leaf, and how long things last. A year and 90 days are what is renewed
// without anyone noticing and yet leaves a month to notice when it is not.
struct RotationPolicy {
  std::vector<std::string> dns_names;  // "<service>.<namespace>.svc", "localhost"
  std::vector<std::string> addresses;  // "127.0.0.1", "::1"
  Duration authority_lifetime = std::chrono::days(365);
  Duration leaf_lifetime = std::chrono::days(90);
  // How long after a change of authority every replica has surely read the new leaf.
  Duration retirement = std::chrono::days(1);
};

// The names by which kube-apiserver, and someone on the same machine, reach a service.
RotationPolicy PolicyFor(std::string_view service, std::string_view namespace_name);

// What clients must trust: retired, present and next authority, PEM after PEM. This is what
// goes, base64-encoded, into the APIService's caBundle.
std::string CaBundle(const ServingKeys& keys);

// The keys as they should be at `now`, at most one step ahead of `current` (null: none yet);
// equal to `current` where nothing is due. A third of its life before its end
// - a leaf is replaced by one of the same authority, at once where its names have changed;
// - an authority gets a successor, which signs only after `published_bundle`, the caBundle
//   that clients read now, holds it: until then a leaf of it would be refused.
// Pure but for the new keys. To be called by one replica, say every minute.
[[nodiscard]] Result<ServingKeys> Rotated(const ServingKeys* current,
                                          std::string_view published_bundle,
                                          const RotationPolicy& policy, TimePoint now);

// As the entries of a Secret, and back; a missing or broken entry is kInvalidArgument.
std::map<std::string, std::string> ToSecret(const ServingKeys& keys);
[[nodiscard]] Result<ServingKeys> FromSecret(const std::map<std::string, std::string>& entries);

}  // namespace loadcurve::http
