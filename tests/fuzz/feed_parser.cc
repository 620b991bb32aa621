#include "tests/fuzz/feed_parser.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "adapters/logs/formats.h"
#include "adapters/logs/request_classifier.h"
#include "adapters/replay/request_documents.h"
#include "base/check.h"

namespace loadcurve::logs {
namespace {

constexpr WantedFields kAll{.target = true, .workload = true};
constexpr std::size_t kLongestName = 256;

std::string_view TakeLine(std::string_view& rest) {
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  return line;
}

std::unique_ptr<LineParser> ParserFor(std::string_view format, std::string_view& rest) {
  FormatOptions options;
  options.wanted = kAll;
  Result<std::unique_ptr<LineParser>> parser =
      Fail(ErrorCode::kInvalidArgument, "there is no parser yet");
  if (format == "log_format") {
    const std::string_view text = TakeLine(rest);
    if (text.find_first_of("$%") != std::string_view::npos) parser = FormatByName(text, options);
  } else if (format == "fields") {
    Result<FieldMap> fields = FieldMap::Parse(TakeLine(rest));
    if (!fields) return nullptr;
    options.fields = *std::move(fields);
    options.first_line = rest.substr(0, rest.find('\n'));
    parser = FormatOfFields(options);
  } else {
    options.first_line = rest.substr(0, rest.find('\n'));
    parser = FormatByName(format, options);
  }
  return parser ? *std::move(parser) : nullptr;
}

// What of a request outlives the parser's next line.
struct Outcome {
  BadLine reason = BadLine::kNone;
  TimePoint time;
  Duration duration{0};
  std::string route;
  std::string workload;
  RequestClass request_class = RequestClass::kServed;

  bool operator==(const Outcome&) const = default;
};

Outcome Read(LineParser& parser, RequestClassifier& classifier, std::string_view line) {
  LoggedRequest request;
  Outcome outcome;
  outcome.reason = parser.Parse(line, request);
  if (outcome.reason != BadLine::kNone) return outcome;
  const Classification classification = classifier.Classify(request);
  outcome.time = request.time;
  outcome.duration = request.duration;
  outcome.route = classification.route;
  outcome.workload = classification.workload;
  outcome.request_class = classification.request_class;
  // Who counts refuses what is implausible; what is left to it must be fit to calculate with.
  constexpr Duration kAges = std::chrono::years(20'000);
  Check(request.duration > -kAges && request.duration < kAges &&
            request.time.time_since_epoch() > -kAges && request.time.time_since_epoch() < kAges,
        "times and durations add up without overflow");
  Check(request.target_is_route || outcome.route.find('?') == std::string::npos,
        "no query becomes part of a route");
  return outcome;
}

bool HasControls(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool IsPrintable(std::string_view name) {
  return name.size() <= kLongestName && !HasControls(name);
}

bool HasLineBreak(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

int FeedDocument(const std::string& name, std::string_view bytes) {
  replay::RequestSetBuilder builder({.allowed_methods = {"POST", "PUT"}, .most_requests = 100}, {});
  const auto added = replay::AddDocumentText(name, bytes, builder);
  if (!added) Check(!added.error().message.empty(), "what is refused is said");
  const auto set = builder.Finish();
  if (!set) return 0;
  Check(set->arrivals.size() <= 100, "no more are taken than were wanted");
  for (const replay::ReplayRequest& request : set->requests) {
    Check(request.path.starts_with('/') && !HasControls(request.path) &&
              request.path.find(' ') == std::string::npos,
          "a path fits into the first line of a request");
    Check(request.route < set->routes.size(), "each request has a route");
    for (const auto& [header, value] : request.headers)
      Check(!HasLineBreak(header) && !HasLineBreak(value), "a header is one line");
  }
  return static_cast<int>(set->arrivals.size());
}

}  // namespace

const std::vector<std::string>& FuzzedFormats() {
  static const std::vector<std::string> kFormats = {"envoy",  "alb",   "elb",     "json",
                                                    "csv",    "nginx", "apache",  "log_format",
                                                    "fields", "har",   "requests"};
  return kFormats;
}

int FeedParser(std::string_view format, std::string_view bytes) {
  if (format == "har") return FeedDocument("fuzzed.har", bytes);
  if (format == "requests") return FeedDocument("fuzzed.requests.jsonl", bytes);
  const std::unique_ptr<LineParser> parser = ParserFor(format, bytes);
  if (!parser) return 0;
  const std::unique_ptr<LineParser> second = parser->Clone();
  RequestClassifier classifier =
      RequestClassifier::Make({.by_route = true, .by_workload = true}).value();
  int requests = 0;
  while (!bytes.empty()) {
    const std::string_view line = TakeLine(bytes);
    const Outcome outcome = Read(*parser, classifier, line);
    Check(IsPrintable(outcome.route) && IsPrintable(outcome.workload), "names can be printed");
    Check(outcome == Read(*second, classifier, line), "a clone reads the same");
    requests += outcome.reason == BadLine::kNone;
  }
  return requests;
}

}  // namespace loadcurve::logs
