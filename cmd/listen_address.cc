#include "cmd/listen_address.h"

#include <cstdint>

namespace loadcurve {

Result<void> SetAddress(const std::string& flag, const std::string& listen,
                        http::ServerOptions& server) {
  const std::size_t colon = listen.rfind(':');
  std::uint32_t port = 0;
  const std::string digits = colon == std::string::npos ? "" : listen.substr(colon + 1);
  for (const char c : digits) {
    port = c < '0' || c > '9' || port > 65535 ? 65536
                                              : port * 10 + static_cast<std::uint32_t>(c - '0');
  }
  if (digits.empty() || port > 65535)
    return Fail(ErrorCode::kInvalidArgument,
                flag + " is '" + listen + "'; expected ADDRESS:PORT, as 127.0.0.1:8443");
  server.address = listen.substr(0, colon);
  if (server.address.starts_with('[') && server.address.ends_with(']'))
    server.address = server.address.substr(1, server.address.size() - 2);
  if (server.address.empty()) server.address = "::";
  server.port = static_cast<std::uint16_t>(port);
  return {};
}

}  // namespace loadcurve
