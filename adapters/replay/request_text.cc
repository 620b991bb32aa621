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
  ForEachHeader(request, [&](std::string_view name, std::string_view value) {
    AppendHeader(name, value, text);
  });
  text += "\r\n";
  text += request.body;
}

}  // namespace loadcurve::replay
