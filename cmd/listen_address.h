#pragma once

#include <string>

#include "adapters/http/http_server.h"
#include "base/result.h"

namespace loadcurve {

// "127.0.0.1:8443", "[::1]:8443", ":8443" of an option into `server`; the error names the option.
[[nodiscard]] Result<void> SetAddress(const std::string& flag, const std::string& listen,
                                      http::ServerOptions& server);

}  // namespace loadcurve
