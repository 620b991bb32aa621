#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace loadcurve::replay {

// Where requests go: one replica. Resolved once, so that a name cannot move to another
// address while the load runs.
struct Target {
  std::string url;  // as it was named: "http://10.0.0.7:8080"
  bool is_tls = false;
  std::string host;         // of the name to verify: "shop.test"
  std::string host_header;  // "shop.test:8080"
  std::string address;      // "10.0.0.7"
  std::uint16_t port = 80;
};

// True for addresses that nobody outside can be behind: loopback, private (RFC 1918, RFC 4193),
// shared (RFC 6598) and IPv6 link-local ones. IPv4 link-local is not among them: clouds serve
// credentials there.
bool IsPrivateAddress(std::string_view address);

// Reads "http://HOST[:PORT]" or "https://..." and resolves the host. A path, a user or another
// scheme is kInvalidArgument; so is a host of which any address is not private, unless
// `may_be_public`. A host that is not known is kNotFound.
[[nodiscard]] Result<Target> ParseTarget(std::string_view url, bool may_be_public);

}  // namespace loadcurve::replay
