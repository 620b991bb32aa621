#include "adapters/replay/request_set_builder.h"

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/replay/request_text.h"

namespace loadcurve::replay {
namespace {

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

bool IsToken(std::string_view text) {
  constexpr std::string_view kSeparators = "()<>@,;:\\\"/[]?={}";
  return !text.empty() && IsPrintable(text) &&
         text.find_first_of(kSeparators) == std::string_view::npos;
}

bool HasLineBreak(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

// Headers that are the client's own to write, and those of HTTP/2 (":path").
bool IsOurs(std::string_view name) {
  constexpr std::array<std::string_view, 8> kOurs = {
      "Host", "Content-Length",   "Connection", "Keep-Alive",
      "TE",   "Proxy-Connection", "Upgrade",    "Transfer-Encoding"};
  return name.starts_with(':') ||
         std::any_of(kOurs.begin(), kOurs.end(),
                     [&](std::string_view ours) { return http::IsSameName(ours, name); });
}

// "/path?query" of a path or a URL; empty where there is none.
std::string_view PathWithQuery(std::string_view target) {
  const std::size_t scheme = target.find("://");
  if (!target.starts_with('/') && scheme != std::string_view::npos) {
    target.remove_prefix(scheme + 3);
    const std::size_t path = target.find_first_of("/?#");
    if (path == std::string_view::npos) return "/";
    target.remove_prefix(path);
  }
  if (!target.starts_with('/')) return {};
  return target.substr(0, target.find('#'));
}

}  // namespace

RequestSetBuilder::RequestSetBuilder(RequestSelection selection,
                                     std::vector<logs::NamingRule> rules)
    : selection_(std::move(selection)), route_template_(std::move(rules)) {}

std::string RequestSetBuilder::WhyNot(const RecordedRequest& request) const {
  if (!request.operation.empty()) return "an operation's name and no path";
  if (request.method.empty()) return "no method";
  if (!IsToken(request.method)) return "unreadable method";
  if (!IsSafeMethod(request.method) && !selection_.allowed_methods.contains(request.method))
    return "method " + std::string(request.method) + " is not allowed";
  const std::string_view path = PathWithQuery(request.target);
  if (path.empty()) return "no path";
  if (!IsPrintable(path)) return "unreadable path";
  for (const auto& [name, value] : request.headers) {
    if (!IsOurs(name) && (!IsToken(name) || HasLineBreak(value))) return "unreadable header";
  }
  return "";
}

void RequestSetBuilder::Add(const RecordedRequest& request) {
  std::optional<MappedRequest> mapped;
  if (selection_.mapping != nullptr)
    mapped = selection_.mapping->Map(request.operation.empty() ? std::string(request.method) + " " +
                                                                     std::string(request.target)
                                                               : std::string(request.operation));
  if (!mapped) return AddMapped(request);
  RecordedRequest made = request;
  if (mapped->method) made.method = *mapped->method;
  if (mapped->path) made.target = *mapped->path;
  if (mapped->path) made.operation = {};
  if (mapped->headers) made.headers = *mapped->headers;
  if (mapped->body) made.body = *mapped->body;
  AddMapped(made);
}

void RequestSetBuilder::AddMapped(const RecordedRequest& request) {
  if (const std::string reason = WhyNot(request); !reason.empty()) return LeaveOut(reason);
  ReplayRequest made{.method = std::string(request.method),
                     .path = std::string(PathWithQuery(request.target)),
                     .body = std::string(request.body)};
  for (const auto& header : request.headers) {
    if (!IsOurs(header.first)) made.headers.push_back(header);
  }
  const std::string route(route_template_.RouteOf(made.method, made.path));
  const auto [found, is_new] =
      route_of_.try_emplace(route, static_cast<std::uint32_t>(set_.routes.size()));
  if (is_new) set_.routes.push_back(route);
  made.route = found->second;
  began_.push_back({request.ended, request.duration, Intern(std::move(made))});
}

void RequestSetBuilder::LeaveOut(const std::string& reason, std::uint64_t count) {
  if (count > 0) set_.left_out[reason] += count;
}

std::uint32_t RequestSetBuilder::Intern(ReplayRequest request) {
  std::string key;
  AppendRequestText(request, "", key);
  const auto [found, is_new] =
      request_of_.try_emplace(std::move(key), static_cast<std::uint32_t>(set_.requests.size()));
  if (is_new) set_.requests.push_back(std::move(request));
  return found->second;
}

void RequestSetBuilder::SpreadSeconds() {
  constexpr Duration kSecond = std::chrono::seconds(1);
  const bool has_fractions = std::any_of(began_.begin(), began_.end(), [&](const Began& request) {
    return request.ended.time_since_epoch() % kSecond != Duration(0);
  });
  if (has_fractions || began_.size() < 2) return;
  std::stable_sort(began_.begin(), began_.end(),
                   [](const Began& a, const Began& b) { return a.ended < b.ended; });
  for (std::size_t first = 0; first < began_.size();) {
    std::size_t last = first;
    while (last < began_.size() && began_[last].ended == began_[first].ended) ++last;
    const auto count = static_cast<Duration::rep>(last - first);
    for (std::size_t i = last; i-- > first;)
      began_[i].ended += kSecond * static_cast<Duration::rep>(i - first) / count;
    first = last;
  }
  set_.warnings.emplace_back(
      "the record has whole seconds only: the requests of a second are spread evenly over it");
}

Result<RequestSet> RequestSetBuilder::Finish() {
  if (began_.empty()) {
    std::string reasons;
    for (const auto& [reason, count] : set_.left_out)
      reasons += (reasons.empty() ? "" : ", ") + std::to_string(count) + " " + reason;
    return Fail(ErrorCode::kInvalidArgument,
                "no request can be replayed" +
                    (reasons.empty() ? ": there is none within what was read" : ": " + reasons));
  }
  SpreadSeconds();
  const auto began_at = [](const Began& request) { return request.ended - request.duration; };
  std::stable_sort(began_.begin(), began_.end(),
                   [&](const Began& a, const Began& b) { return began_at(a) < began_at(b); });
  set_.began = began_at(began_.front());
  for (const Began& request : began_)
    set_.arrivals.push_back({began_at(request) - began_at(began_.front()), request.request});
  began_.clear();
  return std::move(set_);
}

}  // namespace loadcurve::replay
