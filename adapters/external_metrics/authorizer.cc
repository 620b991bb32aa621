#include "adapters/external_metrics/authorizer.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/external_metrics/status.h"

namespace loadcurve::external_metrics {
namespace {

using Json = nlohmann::json;

// Nothing but memory is asked: these two are always so.
std::optional<Access> Beforehand(const Caller& caller, const AccessQuestion& question) {
  const bool is_health =
      question.path == "/healthz" || question.path == "/readyz" || question.path == "/livez";
  if (is_health || caller.IsIn(kSystemMasters)) return Access{.is_allowed = true};
  return std::nullopt;
}

// Each part with its length before it, so that no two specifications make one key.
void AppendPart(std::string& key, std::string_view part) {
  key.append(std::to_string(part.size())).append(":").append(part);
}

std::string KeyOf(const Caller& caller, const AccessQuestion& question, bool has_selector) {
  std::string key;
  key.reserve(512);
  AppendPart(key, caller.name);
  AppendPart(key, caller.uid);
  for (const std::string& group : caller.groups) AppendPart(key, group);
  key += '|';
  for (const auto& [name, values] : caller.extra) {
    AppendPart(key, name);
    key += '=';
    for (const std::string& value : values) AppendPart(key, value);
    key += ';';
  }
  key += '|';
  for (const std::string* part :
       {&question.verb, &question.path, &question.namespace_name, &question.metric})
    AppendPart(key, *part);
  if (has_selector) AppendPart(key, question.selector.ToString());
  return key;
}

// Only these four are known to a SubjectAccessReview; leaving > and < out asks for more, so
// never grants too much.
const char* ReviewOperator(kube::LabelRequirement::Operator op) {
  switch (op) {
    case kube::LabelRequirement::Operator::kIn:
      return "In";
    case kube::LabelRequirement::Operator::kNotIn:
      return "NotIn";
    case kube::LabelRequirement::Operator::kExists:
      return "Exists";
    case kube::LabelRequirement::Operator::kDoesNotExist:
      return "DoesNotExist";
    case kube::LabelRequirement::Operator::kGreaterThan:
    case kube::LabelRequirement::Operator::kLessThan:
      break;
  }
  return nullptr;
}

Json Requirements(const LabelSelector& selector) {
  Json requirements = Json::array();
  for (const kube::LabelRequirement& one : selector.requirements()) {
    const char* op = ReviewOperator(one.op);
    if (op == nullptr) continue;
    Json requirement = {{"key", one.key}, {"operator", op}};
    if (!one.values.empty()) requirement["values"] = one.values;
    requirements.push_back(std::move(requirement));
  }
  return requirements;
}

std::string ReviewOf(const Caller& caller, const AccessQuestion& question, bool has_selector) {
  Json spec = {{"user", caller.name}, {"groups", caller.groups}};
  if (!caller.uid.empty()) spec["uid"] = caller.uid;
  for (const auto& [name, values] : caller.extra) spec["extra"][name] = values;
  if (!question.path.empty()) {
    spec["nonResourceAttributes"] = {{"path", question.path}, {"verb", question.verb}};
  } else {
    Json& resource = spec["resourceAttributes"];
    resource = {{"group", kGroup},
                {"version", "v1beta1"},
                {"verb", question.verb},
                {"namespace", question.namespace_name},
                {"resource", question.metric}};
    // One without requirements is refused as invalid.
    if (Json requirements = Requirements(question.selector); has_selector && !requirements.empty())
      resource["labelSelector"]["requirements"] = std::move(requirements);
  }
  const Json review = {{"apiVersion", "authorization.k8s.io/v1"},
                       {"kind", "SubjectAccessReview"},
                       {"spec", std::move(spec)}};
  return review.dump(-1, ' ', false, Json::error_handler_t::replace);
}

[[nodiscard]] Result<Access> AccessOf(const std::string& body) {
  const Json answer = Json::parse(body, nullptr, false);
  if (!answer.is_object() || !answer.contains("status") || !answer["status"].is_object())
    return Fail(ErrorCode::kInternal,
                "kube-apiserver answered a SubjectAccessReview without a status");
  const Json& status = answer["status"];
  if (status.value("denied", Json()) == true) return Access{.reason = "denied"};
  if (status.value("allowed", Json()) == true) return Access{.is_allowed = true};
  const Json reason = status.value("reason", Json());
  return Access{.reason = reason.is_string() ? reason.get<std::string>() : ""};
}

}  // namespace

Authorizer::Authorizer(const ReviewClient* reviews, const Clock& clock,
                       const AccessCaching& caching)
    : reviews_(reviews), clock_(clock), caching_(caching), known_(caching.capacity) {}

std::optional<Access> Authorizer::DecideAtOnce(const Caller& caller,
                                               const AccessQuestion& question) {
  if (auto access = Beforehand(caller, question)) return access;
  if (reviews_ == nullptr)
    return Access{.reason = "no cluster to ask; only system:masters may read"};
  std::optional<Access> all = Known(caller, question, Scope::kAll);
  if (!all || all->is_allowed || question.selector.requirements().empty()) return all;
  return Known(caller, question, Scope::kSelected);
}

Result<Access> Authorizer::Decide(const Caller& caller, const AccessQuestion& question) {
  if (const auto access = DecideAtOnce(caller, question)) return *access;
  LC_TRY(Access all, Review(caller, question, Scope::kAll));
  if (all.is_allowed || question.selector.requirements().empty()) return all;
  return Review(caller, question, Scope::kSelected);
}

std::optional<Access> Authorizer::Known(const Caller& caller, const AccessQuestion& question,
                                        Scope scope) {
  return known_.Find(KeyOf(caller, question, scope == Scope::kSelected), clock_.MonotonicNow());
}

Result<Access> Authorizer::Review(const Caller& caller, const AccessQuestion& question,
                                  Scope scope) {
  const bool has_selector = scope == Scope::kSelected;
  const std::string key = KeyOf(caller, question, has_selector);
  return flights_.Do(key, [&]() -> Result<Access> {
    if (std::optional<Access> known = known_.Find(key, clock_.MonotonicNow())) return *known;
    LC_TRY(const std::string body,
           reviews_->Post("/apis/authorization.k8s.io/v1/subjectaccessreviews",
                          ReviewOf(caller, question, has_selector)));
    LC_TRY(Access access, AccessOf(body));
    known_.Insert(key, access,
                  clock_.MonotonicNow() + (access.is_allowed ? caching_.allowed : caching_.denied));
    return access;
  });
}

}  // namespace loadcurve::external_metrics
