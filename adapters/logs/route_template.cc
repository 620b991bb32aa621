#include "adapters/logs/route_template.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/logs/identifier.h"

namespace loadcurve::logs {
namespace {

constexpr std::size_t kLongestRoute = 200;
constexpr std::size_t kLongestSegment = 64;
constexpr std::size_t kLongestMethod = 20;
constexpr std::string_view kPlaceholder = "{id}";

bool IsUpper(char c) {
  return c >= 'A' && c <= 'Z';
}

bool IsPrintable(std::string_view segment) {
  return std::all_of(segment.begin(), segment.end(),
                     [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\'; });
}

// The ending of a file that servers hand out as it is; empty for another name.
std::string_view StaticEnding(std::string_view segment) {
  constexpr std::array<std::string_view, 24> kEndings = {
      "js",   "mjs",   "css", "map", "png", "jpg", "jpeg", "gif", "svg",  "ico", "webp", "avif",
      "woff", "woff2", "ttf", "otf", "eot", "mp4", "webm", "mp3", "wasm", "pdf", "zip",  "gz"};
  const std::size_t dot = segment.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  const std::string_view ending = segment.substr(dot + 1);
  return std::find(kEndings.begin(), kEndings.end(), ending) == kEndings.end() ? std::string_view()
                                                                               : ending;
}

// "order-123" as "order-{id}"; a segment that holds nothing but identifiers as "{id}".
void AppendParts(std::string_view segment, std::string& route) {
  const std::size_t before = route.size();
  bool has_word = false;
  while (true) {
    const std::size_t length = std::min(segment.find_first_of(kPartBreaks), segment.size());
    const std::string_view part = segment.substr(0, length);
    if (IsIdentifier(part)) {
      route += kPlaceholder;
    } else {
      has_word = has_word || !part.empty();
      route += part;
    }
    if (length == segment.size()) break;
    route += segment[length];
    segment.remove_prefix(length + 1);
  }
  if (has_word || route.find(kPlaceholder, before) == std::string::npos) return;
  route.resize(before);
  route += kPlaceholder;
}

void AppendSegment(std::string_view segment, std::string& route) {
  if (segment.size() > kLongestSegment || IsUuid(segment) || IsEmail(segment) ||
      !IsPrintable(segment)) {
    route += kPlaceholder;
    return;
  }
  if (const std::string_view ending = StaticEnding(segment); !ending.empty()) {
    route += "*.";
    route += ending;
    return;
  }
  AppendParts(segment, route);
}

// The path of "/path?query", "http://host/path" and "*"; empty where there is none.
std::string_view PathOf(std::string_view target) {
  if (const std::size_t scheme = target.find("://");
      scheme != std::string_view::npos && scheme < target.find_first_of("/?#")) {
    target.remove_prefix(scheme + 3);
    const std::size_t path = target.find_first_of("/?#");
    if (path == std::string_view::npos || target[path] != '/') return "/";
    target.remove_prefix(path);
  }
  if (target == "*") return target;
  if (!target.starts_with('/')) return {};
  return target.substr(0, target.find_first_of("?#"));
}

bool IsMethod(std::string_view method) {
  return method.size() <= kLongestMethod &&
         std::all_of(method.begin(), method.end(), [](char c) { return IsUpper(c) || c == '-'; });
}

}  // namespace

Result<NamingRule> NamingRule::Parse(std::string_view option, std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return Fail(ErrorCode::kInvalidArgument, std::string(option) + " '" + std::string(text) +
                                                 "': " + std::string(why) +
                                                 "; expected 'REGEX=NAME'");
  };
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos) return wrong("there is no '='");
  const std::string_view expression = text.substr(0, equals);
  const std::string_view name = text.substr(equals + 1);
  if (expression.empty()) return wrong("the expression is empty");
  if (name.empty()) return wrong("the name is empty");
  re2::RE2::Options quiet;
  quiet.set_log_errors(false);
  quiet.set_encoding(re2::RE2::Options::EncodingLatin1);
  auto pattern = std::make_shared<const re2::RE2>(
      re2::StringPiece(expression.data(), expression.size()), quiet);
  if (!pattern->ok()) return wrong(pattern->error());
  return NamingRule{std::move(pattern), std::string(name)};
}

Result<std::vector<NamingRule>> NamingRule::ParseAll(std::string_view option,
                                                     const std::vector<std::string>& texts) {
  std::vector<NamingRule> rules;
  for (const std::string& text : texts) {
    LC_TRY(NamingRule rule, Parse(option, text));
    rules.push_back(std::move(rule));
  }
  return rules;
}

std::string_view NameByRules(const std::vector<NamingRule>& rules, std::string_view text) {
  for (const NamingRule& rule : rules) {
    if (re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *rule.pattern))
      return rule.name;
  }
  return {};
}

RouteTemplate::RouteTemplate(std::vector<NamingRule> rules) : rules_(std::move(rules)) {
  route_.reserve(2 * kLongestRoute);
}

std::string_view RouteTemplate::RouteOf(std::string_view method, std::string_view target) {
  if (!IsMethod(method)) return kOther;
  // A tunnel names a host and a port, and no path.
  const std::string_view path = method == "CONNECT" ? "*" : PathOf(target);
  if (path.empty()) return kOther;
  if (!rules_.empty()) {
    whole_.assign(method);
    if (!method.empty()) whole_ += ' ';
    whole_ += path;
    if (const std::string_view name = NameByRules(rules_, whole_); !name.empty()) return name;
  }
  route_.assign(method);
  if (!method.empty()) route_ += ' ';
  AppendPath(path);
  return route_;
}

void RouteTemplate::AppendPath(std::string_view path) {
  if (path == "*") {
    route_ += path;
    return;
  }
  const std::size_t first = route_.size();
  while (!path.empty()) {
    path.remove_prefix(1);
    std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    segment = segment.substr(0, segment.find(';'));
    if (segment.empty()) continue;
    const std::size_t before = route_.size();
    route_ += '/';
    AppendSegment(segment, route_);
    if (route_.size() <= kLongestRoute) continue;
    route_.resize(before);
    route_ += "/...";
    return;
  }
  if (route_.size() == first) route_ += '/';
}

}  // namespace loadcurve::logs
