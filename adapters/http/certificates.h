#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve::http {

// A certificate with those that lead to its authority, and its private key; both PEM.
struct CertificatePair {
  std::string certificate_pem;  // the leaf first
  std::string key_pem;

  bool operator==(const CertificatePair&) const = default;
};

struct Validity {
  TimePoint from;
  Duration length{0};  // > 0
};

enum class CertificateUse { kServer, kClient };

// What a leaf is to say. Names are ASCII; DNS names may begin with "*.".
struct LeafRequest {
  std::string common_name;
  std::vector<std::string> organizations{};  // Kubernetes reads them as groups
  std::vector<std::string> dns_names{};      // "loadcurve.autoscaling.svc"
  std::vector<std::string> addresses{};      // "127.0.0.1", "::1"
  CertificateUse use = CertificateUse::kServer;
};

// A self-signed authority (RFC 5280: CA:TRUE, may sign leaves only) on EC P-256 with
// SHA-256. An empty name is kInvalidArgument.
[[nodiscard]] Result<CertificatePair> MakeAuthority(std::string_view common_name,
                                                    const Validity& validity);

// A leaf on a fresh EC P-256 key, signed by `authority`; it never outlives the authority.
// A name with letters that no name has is kInvalidArgument.
[[nodiscard]] Result<CertificatePair> IssueLeaf(const CertificatePair& authority,
                                                const LeafRequest& request,
                                                const Validity& validity);

// What the first certificate of a PEM text says.
struct CertificateFacts {
  std::string common_name;  // "" where it has none
  std::vector<std::string> organizations;
  std::vector<std::string> dns_names;
  std::vector<std::string> addresses;
  TimePoint not_before;
  TimePoint not_after;
};
[[nodiscard]] Result<CertificateFacts> FactsOf(std::string_view certificate_pem);

// Whether the first certificate names `host`, itself or by a wildcard (RFC 6125); its common name
// does not count. A text that holds no certificate is for nobody.
bool IsFor(std::string_view certificate_pem, const std::string& host);

// Days until the first certificate ends; negative after that. For a gauge and an alert.
[[nodiscard]] Result<double> DaysLeft(std::string_view certificate_pem, TimePoint now);

// kInvalidArgument, with the cause, unless both parse and the key belongs to the leaf.
[[nodiscard]] Result<void> CheckPair(const CertificatePair& pair);

}  // namespace loadcurve::http
