#pragma once

#include <cstdint>

namespace loadcurve::replay {

// What requests are sent over.
enum class HttpVersion : std::uint8_t {
  kHttp1,       // HTTP/1.1
  kHttp2,       // over TLS as agreed on (ALPN), in clear text at once ("prior knowledge")
  kNegotiated,  // HTTP/2 where a target agrees on it over TLS, else HTTP/1.1
};

}  // namespace loadcurve::replay
