#pragma once

#include <string>
#include <utility>
#include <vector>

#include "adapters/http/certificates.h"

namespace loadcurve {

// When certificates of tests begin; they last ten years.
inline constexpr TimePoint kTestEpoch{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};
inline constexpr http::Validity kTestValidity{kTestEpoch, std::chrono::days(3650)};

inline http::CertificatePair TestAuthority(const std::string& name) {
  return http::MakeAuthority(name, kTestValidity).value();
}

// For loopback, and for `hosts`.
inline http::CertificatePair TestServer(const http::CertificatePair& authority,
                                        std::vector<std::string> hosts = {
                                            "loadcurve.autoscaling.svc", "localhost"}) {
  return http::IssueLeaf(authority,
                         {.common_name = "server",
                          .dns_names = std::move(hosts),
                          .addresses = {"127.0.0.1", "::1"}},
                         kTestValidity)
      .value();
}

inline http::CertificatePair TestClient(const http::CertificatePair& authority,
                                        const std::string& name,
                                        std::vector<std::string> organizations = {}) {
  return http::IssueLeaf(authority,
                         {.common_name = name,
                          .organizations = std::move(organizations),
                          .use = http::CertificateUse::kClient},
                         kTestValidity)
      .value();
}

}  // namespace loadcurve
