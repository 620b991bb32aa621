#pragma once

#include <string>
#include <string_view>

#include "adapters/replay/request_set.h"

namespace loadcurve::replay {

// True for methods that change nothing on the server (RFC 9110, 9.2.1): GET, HEAD, OPTIONS.
bool IsSafeMethod(std::string_view method);

// Appends the request as HTTP/1.1 sends it. Where the request names no User-Agent or Accept,
// "loadcurve-replay" and "*/*" stand there.
void AppendRequestText(const ReplayRequest& request, std::string_view host, std::string& text);

}  // namespace loadcurve::replay
