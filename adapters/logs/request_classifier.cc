#include "adapters/logs/request_classifier.h"

#include <re2/re2.h>

#include <functional>
#include <utility>

#include "adapters/logs/series_name.h"

namespace loadcurve::logs {
namespace {

constexpr int kSwitchingProtocols = 101;
constexpr int kFirstServerError = 500;

Result<std::shared_ptr<const re2::RE2>> ParseExpression(std::string_view option,
                                                        const std::string& text) {
  re2::RE2::Options quiet;
  quiet.set_log_errors(false);
  quiet.set_encoding(re2::RE2::Options::EncodingLatin1);
  auto pattern = std::make_shared<const re2::RE2>(text, quiet);
  if (text.empty() || !pattern->ok())
    return Fail(ErrorCode::kInvalidArgument,
                std::string(option) + " '" + text +
                    "': " + (text.empty() ? "the expression is empty" : pattern->error()) +
                    "; expected 'REGEX'");
  return pattern;
}

std::size_t HashOf(const Classification& classification) {
  const std::hash<std::string_view> hash;
  const std::size_t names =
      hash(classification.workload) * 0x9E3779B97F4A7C15U ^ hash(classification.route);
  return (names ^ names >> 32) * 4 + static_cast<std::size_t>(classification.request_class);
}

}  // namespace

bool IsServerFailure(int grpc_status) {
  switch (grpc_status) {
    case 2:   // UNKNOWN
    case 4:   // DEADLINE_EXCEEDED
    case 8:   // RESOURCE_EXHAUSTED
    case 12:  // UNIMPLEMENTED
    case 13:  // INTERNAL
    case 14:  // UNAVAILABLE
    case 15:  // DATA_LOSS
      return true;
    default:
      return false;
  }
}

Result<RequestClassifier> RequestClassifier::Make(const ClassifierOptions& options) {
  RequestClassifier classifier;
  classifier.by_route_ = options.by_route;
  classifier.by_workload_ = options.by_workload;
  LC_TRY(std::vector<NamingRule> route_rules, NamingRule::ParseAll("--route", options.route_rules));
  classifier.route_template_ = RouteTemplate(std::move(route_rules));
  for (const std::string& text : options.long_lived) {
    LC_TRY(std::shared_ptr<const re2::RE2> pattern, ParseExpression("--long-lived", text));
    classifier.long_lived_.push_back(std::move(pattern));
  }
  for (const std::string& text : options.workload_from) {
    if (const std::optional<WorkloadSource> source = WorkloadSourceOf(text)) {
      classifier.workload_source_ = *source;
      continue;
    }
    Result<NamingRule> rule = NamingRule::Parse("--workload-from", text);
    if (!rule)
      return Fail(rule.error().code, rule.error().message + ", or host, upstream or cluster");
    classifier.workload_rules_.push_back(*std::move(rule));
  }
  return classifier;
}

WantedFields RequestClassifier::wanted() const {
  return {.target = by_route_ || !long_lived_.empty(), .workload = by_workload_};
}

std::string_view RequestClassifier::RouteOf(const LoggedRequest& request) {
  if (request.target_is_route) return SeriesName(request.target);
  return route_template_.RouteOf(request.method, request.target);
}

bool RequestClassifier::IsLongLived(const LoggedRequest& request, std::string_view route) const {
  if (request.is_upgrade || request.status == kSwitchingProtocols) return true;
  for (const auto& pattern : long_lived_) {
    if (re2::RE2::PartialMatch(re2::StringPiece(route.data(), route.size()), *pattern)) return true;
  }
  return false;
}

Classification RequestClassifier::Classify(const LoggedRequest& request) {
  Classification classification;
  std::string_view route;
  if (by_route_ || !long_lived_.empty()) route = RouteOf(request);
  if (request.status >= kFirstServerError || IsServerFailure(request.grpc_status)) {
    classification.request_class = RequestClass::kError;
  } else if (IsLongLived(request, route)) {
    classification.request_class = RequestClass::kLongLived;
  }
  if (by_route_) classification.route = route;
  if (by_workload_) {
    const std::string_view name = NameByRules(workload_rules_, request.workload);
    classification.workload = name.empty() ? SeriesName(request.workload) : name;
  }
  return classification;
}

bool SeriesFinder::IsSeries(RequestCounts::SeriesId series,
                            const Classification& classification) const {
  const SeriesKey& key = counts_->series()[series];
  return key.request_class == classification.request_class && key.route == classification.route &&
         key.workload == classification.workload;
}

RequestCounts::SeriesId SeriesFinder::Of(const Classification& classification) {
  if (size_ > 0 && IsSeries(recent_, classification)) return recent_;
  const std::size_t hash = HashOf(classification);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask; slots_[at].is_used; at = (at + 1) & mask) {
    if (slots_[at].hash == hash && IsSeries(slots_[at].series, classification))
      return recent_ = slots_[at].series;
  }
  recent_ =
      counts_->Intern(classification.workload, classification.route, classification.request_class);
  Insert(hash, recent_);
  return recent_;
}

void SeriesFinder::Insert(std::size_t hash, RequestCounts::SeriesId series) {
  if ((size_ + 1) * 2 > slots_.size()) {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    size_ = 0;
    for (const Slot& slot : old) {
      if (slot.is_used) Insert(slot.hash, slot.series);
    }
  }
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].is_used) at = (at + 1) & mask;
  slots_[at] = {hash, series, true};
  ++size_;
}

}  // namespace loadcurve::logs
