#include "adapters/mock/answer_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <iterator>

namespace loadcurve::mock {
namespace {

constexpr std::size_t kFilling = 64 * 1024;

std::string_view Filling() {
  static const std::string kText = [] {
    constexpr std::string_view kLine =
        "filling of the mock, as long as the plan or the log has answers\n";
    std::string text;
    while (text.size() < kFilling) text += kLine;
    return text;
  }();
  return kText;
}

}  // namespace

bool HasLength(int status) {
  return status != 204 && status != 304;
}

void AppendHead(const PlannedAnswer& answer, AnswerForm form, std::string& text) {
  const auto out = std::back_inserter(text);
  const auto reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(answer.status)));
  fmt::format_to(out, "HTTP/1.1 {} {}\r\n", answer.status,
                 std::string_view(reason.data(), reason.size()));
  for (const auto& [name, value] : answer.route->headers)
    fmt::format_to(out, "{}: {}\r\n", name, value);
  if (HasLength(answer.status)) fmt::format_to(out, "Content-Length: {}\r\n", answer.bytes);
  if (form.is_last) text += "Connection: close\r\n";
  text += "\r\n";
}

std::uint64_t BodySize(const PlannedAnswer& answer, bool is_head) {
  if (is_head) return 0;
  return answer.outcome == Outcome::kCut ? answer.bytes / 2 : answer.bytes;
}

std::string_view BodyFrom(const PlannedAnswer& answer, std::uint64_t begin, std::uint64_t end) {
  const std::string_view whole =
      answer.has_route_body ? std::string_view(answer.route->body) : Filling();
  const std::uint64_t at = answer.has_route_body ? begin : begin % whole.size();
  return whole.substr(at, end - begin);
}

}  // namespace loadcurve::mock
