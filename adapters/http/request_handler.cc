#include "adapters/http/request_handler.h"

namespace loadcurve::http {

std::string_view HeaderOf(HeaderViews headers, std::string_view name) {
  for (const auto& [other, value] : headers) {
    if (IsSameName(other, name)) return value;
  }
  return {};
}

ServerResponse RequestHandler::Refuse(int status, std::string_view why) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::string(why) + "\n"};
}

}  // namespace loadcurve::http
