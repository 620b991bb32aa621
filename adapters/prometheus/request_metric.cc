#include "adapters/prometheus/request_metric.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "adapters/logs/request_classifier.h"

namespace loadcurve::prometheus {
namespace {

// https://grpc.github.io/grpc/core/md_doc_statuscodes.html, by number.
constexpr std::array<std::string_view, 17> kGrpcStatuses = {
    "ok",       "canceled",       "unknown",          "invalidargument",   "deadlineexceeded",
    "notfound", "alreadyexists",  "permissiondenied", "resourceexhausted", "failedprecondition",
    "aborted",  "outofrange",     "unimplemented",    "internal",          "unavailable",
    "dataloss", "unauthenticated"};

// "UNAVAILABLE", "Unavailable" and "DEADLINE_EXCEEDED" in one spelling.
std::string PlainName(std::string_view text) {
  std::string name;
  for (const char c : text) {
    if (c != '_') name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name;
}

// 0 to 16; -1 for what is no gRPC status.
int GrpcStatusOf(std::string_view text) {
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  const auto* const found = std::find(kGrpcStatuses.begin(), kGrpcStatuses.end(), PlainName(text));
  return found == kGrpcStatuses.end() ? -1 : static_cast<int>(found - kGrpcStatuses.begin());
}

std::string PodsOf(const WorkloadId& workload) {
  const std::string name = RegexLiteral(workload.name);
  if (workload.kind == "Deployment" || workload.kind == "Rollout")
    return name + "-[0-9a-z]{1,10}-[0-9a-z]{5}";
  if (workload.kind == "StatefulSet") return name + "-[0-9]+";
  return name + "-.+";
}

std::string Filled(std::string text, std::string_view placeholder, const std::string& value) {
  std::size_t at = text.find(placeholder);
  while (at != std::string::npos) {
    text.replace(at, placeholder.size(), value);
    at = text.find(placeholder, at + value.size());
  }
  return text;
}

}  // namespace

std::vector<LabelMatcher> Filled(const std::vector<LabelMatcher>& matchers,
                                 const WorkloadNames& names) {
  const WorkloadId& workload = names.workload;
  const std::string& object = names.object.empty() ? workload.name : names.object;
  std::vector<LabelMatcher> filled = matchers;
  for (LabelMatcher& matcher : filled) {
    const bool is_regex =
        matcher.kind == MatchKind::kMatches || matcher.kind == MatchKind::kDoesNotMatch;
    const auto literal = [&](const std::string& name) {
      return is_regex ? RegexLiteral(name) : name;
    };
    std::string& value = matcher.value;
    value = Filled(std::move(value), "{namespace}", literal(workload.namespace_name));
    value = Filled(std::move(value), "{workload}", literal(workload.name));
    value = Filled(std::move(value), "{object}", literal(object));
    value = Filled(std::move(value), "{pods}", PodsOf(workload));
  }
  return filled;
}

RequestClass ClassOf(std::string_view http_status, std::string_view grpc_status) {
  if (http_status.size() == 3 && http_status[0] >= '5' && http_status[0] <= '9')
    return RequestClass::kError;
  if (!grpc_status.empty() && logs::IsServerFailure(GrpcStatusOf(grpc_status)))
    return RequestClass::kError;
  return http_status == "101" ? RequestClass::kLongLived : RequestClass::kServed;
}

}  // namespace loadcurve::prometheus
