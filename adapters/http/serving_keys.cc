#include "adapters/http/serving_keys.h"

#include <algorithm>

namespace loadcurve::http {
namespace {

// Clocks of other machines may be behind ours.
constexpr Duration kSkew = std::chrono::hours(1);

[[nodiscard]] Result<CertificatePair> NewAuthority(const RotationPolicy& policy, TimePoint now) {
  return MakeAuthority("loadcurve-authority", {now - kSkew, policy.authority_lifetime + kSkew});
}

[[nodiscard]] Result<CertificatePair> NewLeaf(const CertificatePair& authority,
                                              const RotationPolicy& policy, TimePoint now) {
  const std::string name = policy.dns_names.empty() ? "loadcurve" : policy.dns_names.front();
  return IssueLeaf(authority,
                   {.common_name = name.substr(0, 64),  // RFC 5280: ub-common-name
                    .dns_names = policy.dns_names,
                    .addresses = policy.addresses},
                   {now - kSkew, policy.leaf_lifetime + kSkew});
}

bool IsDue(const CertificateFacts& facts, TimePoint now) {
  return now >= facts.not_after - (facts.not_after - facts.not_before) / 3;
}

// "::1" is written out in a certificate; only names that are compared as text count.
bool HasNames(const CertificateFacts& facts, const RotationPolicy& policy) {
  return facts.dns_names == policy.dns_names && facts.addresses.size() == policy.addresses.size();
}

[[nodiscard]] Result<ServingKeys> FirstKeys(const RotationPolicy& policy, TimePoint now) {
  ServingKeys keys;
  LC_TRY(keys.authority, NewAuthority(policy, now));
  LC_TRY(keys.leaf, NewLeaf(keys.authority, policy, now));
  return keys;
}

[[nodiscard]] Result<ServingKeys> Promoted(const ServingKeys& current, const RotationPolicy& policy,
                                           TimePoint now) {
  ServingKeys keys;
  keys.retired_authority_pem = current.authority.certificate_pem;
  keys.authority = *current.next_authority;
  LC_TRY(keys.leaf, NewLeaf(keys.authority, policy, now));
  return keys;
}

bool IsPublished(const std::string& authority_pem, std::string_view bundle) {
  return bundle.find(authority_pem) != std::string_view::npos;
}

}  // namespace

RotationPolicy PolicyFor(std::string_view service, std::string_view namespace_name) {
  const std::string host = std::string(service) + "." + std::string(namespace_name) + ".svc";
  return {.dns_names = {host, host + ".cluster.local", "localhost"},
          .addresses = {"127.0.0.1", "::1"}};
}

std::string CaBundle(const ServingKeys& keys) {
  std::string bundle = keys.retired_authority_pem + keys.authority.certificate_pem;
  if (keys.next_authority) bundle += keys.next_authority->certificate_pem;
  return bundle;
}

Result<ServingKeys> Rotated(const ServingKeys* current, std::string_view published_bundle,
                            const RotationPolicy& policy, TimePoint now) {
  if (current == nullptr) return FirstKeys(policy, now);
  LC_TRY(const CertificateFacts authority, FactsOf(current->authority.certificate_pem));
  LC_TRY(const CertificateFacts leaf, FactsOf(current->leaf.certificate_pem));
  // Nobody trusts what has ended: there is no overlap left to keep.
  if (now >= authority.not_after) return FirstKeys(policy, now);

  if (current->next_authority &&
      IsPublished(current->next_authority->certificate_pem, published_bundle))
    return Promoted(*current, policy, now);
  ServingKeys keys = *current;
  if (!current->next_authority && IsDue(authority, now)) {
    LC_TRY(keys.next_authority, NewAuthority(policy, now));
    return keys;
  }
  // A leaf near the end of its authority would be due again at once; the successor comes.
  const bool can_last = leaf.not_after < authority.not_after;
  if (!HasNames(leaf, policy) || (can_last && IsDue(leaf, now))) {
    LC_TRY(keys.leaf, NewLeaf(keys.authority, policy, now));
    return keys;
  }
  if (now >= leaf.not_before + kSkew + policy.retirement) keys.retired_authority_pem.clear();
  return keys;
}

std::map<std::string, std::string> ToSecret(const ServingKeys& keys) {
  std::map<std::string, std::string> entries = {{"ca.crt", keys.authority.certificate_pem},
                                                {"ca.key", keys.authority.key_pem},
                                                {"tls.crt", keys.leaf.certificate_pem},
                                                {"tls.key", keys.leaf.key_pem}};
  if (keys.next_authority) {
    entries["next-ca.crt"] = keys.next_authority->certificate_pem;
    entries["next-ca.key"] = keys.next_authority->key_pem;
  }
  if (!keys.retired_authority_pem.empty()) entries["retired-ca.crt"] = keys.retired_authority_pem;
  return entries;
}

Result<ServingKeys> FromSecret(const std::map<std::string, std::string>& entries) {
  const auto entry = [&](const char* name) {
    const auto found = entries.find(name);
    return found == entries.end() ? std::string() : found->second;
  };
  ServingKeys keys{.authority = {entry("ca.crt"), entry("ca.key")},
                   .next_authority = {},
                   .retired_authority_pem = entry("retired-ca.crt"),
                   .leaf = {entry("tls.crt"), entry("tls.key")}};
  if (const auto checked = CheckPair(keys.authority); !checked)
    return Within("entries ca.crt and ca.key of the Secret", checked.error());
  if (const auto checked = CheckPair(keys.leaf); !checked)
    return Within("entries tls.crt and tls.key of the Secret", checked.error());
  if (!entry("next-ca.crt").empty()) {
    keys.next_authority = {entry("next-ca.crt"), entry("next-ca.key")};
    if (const auto checked = CheckPair(*keys.next_authority); !checked)
      return Within("entries next-ca.crt and next-ca.key of the Secret", checked.error());
  }
  return keys;
}

}  // namespace loadcurve::http
