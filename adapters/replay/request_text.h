#pragma once

#include <string>
#include <string_view>

#include "adapters/replay/request_set.h"

namespace loadcurve::replay {

// True for methods that change nothing on the server (RFC 9110, 9.2.1): GET, HEAD, OPTIONS.
bool IsSafeMethod(std::string_view method);

// Calls visit(name, value) for each header that is sent, but for the host. Where the request
// names no User-Agent or Accept, "loadcurve-replay" and "*/*" stand there.
template <class Visit>
void ForEachHeader(const ReplayRequest& request, Visit visit) {
  bool has_agent = false;
  bool has_accept = false;
  for (const auto& [name, value] : request.headers) {
    has_agent = has_agent || http::IsSameName(name, "User-Agent");
    has_accept = has_accept || http::IsSameName(name, "Accept");
    visit(std::string_view(name), std::string_view(value));
  }
  if (!has_agent) visit(std::string_view("User-Agent"), std::string_view("loadcurve-replay"));
  if (!has_accept) visit(std::string_view("Accept"), std::string_view("*/*"));
  if (!request.body.empty() || !IsSafeMethod(request.method))
    visit(std::string_view("Content-Length"),
          std::string_view(std::to_string(request.body.size())));
}

// Appends the request as HTTP/1.1 sends it.
void AppendRequestText(const ReplayRequest& request, std::string_view host, std::string& text);

}  // namespace loadcurve::replay
