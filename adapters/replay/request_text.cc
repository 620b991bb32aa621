#include "adapters/replay/request_text.h"

namespace loadcurve::replay {
namespace {

void AppendHeader(std::string_view name, std::string_view value, std::string& text) {
  text += name;
  text += ": ";
  text += value;
  text += "\r\n";
}

}  // namespace

bool IsSafeMethod(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

void AppendRequestText(const ReplayRequest& request, std::string_view host, std::string& text) {
  text += request.method;
  text += ' ';
  text += request.path;
  text += " HTTP/1.1\r\n";
  AppendHeader("Host", host, text);
  bool has_agent = false;
  bool has_accept = false;
  for (const auto& [name, value] : request.headers) {
    has_agent = has_agent || http::IsSameName(name, "User-Agent");
    has_accept = has_accept || http::IsSameName(name, "Accept");
    AppendHeader(name, value, text);
  }
  if (!has_agent) AppendHeader("User-Agent", "loadcurve-replay", text);
  if (!has_accept) AppendHeader("Accept", "*/*", text);
  if (!request.body.empty() || !IsSafeMethod(request.method))
    AppendHeader("Content-Length", std::to_string(request.body.size()), text);
  text += "\r\n";
  text += request.body;
}

}  // namespace loadcurve::replay
