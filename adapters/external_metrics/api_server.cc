#include "adapters/external_metrics/api_server.h"

#include <fmt/format.h>

#include <utility>

namespace loadcurve::external_metrics {
namespace {

constexpr std::size_t kLongestAuditId = 128;

// As Kubernetes' own servers: for people and their tools, unless they say otherwise.
Layout LayoutFor(const RequestTarget& target, http::HeaderViews headers) {
  if (target.Has("pretty")) return target.IsSet("pretty") ? Layout::kPretty : Layout::kCompact;
  const std::string_view agent = http::HeaderOf(headers, "User-Agent");
  const bool is_person =
      agent.starts_with("curl") || agent.starts_with("Wget") || agent.starts_with("Mozilla/5.0");
  return is_person ? Layout::kPretty : Layout::kCompact;
}

// A HEAD asks for less than a GET, so the right to GET is enough.
AccessQuestion QuestionOf(const RequestTarget& target) {
  if (!IsMetricPath(target)) return {.path = target.path()};
  AccessQuestion question{
      .verb = "list", .namespace_name = target.segments()[4], .metric = target.segments()[5]};
  // One that does not parse is answered with 400, once it is known that the caller may ask.
  if (auto selector = LabelSelector::Parse(target.Parameter("labelSelector")))
    question.selector = *std::move(selector);
  return question;
}

std::string ForbiddenMessage(const Caller& caller, const AccessQuestion& question,
                             const Access& access) {
  const std::string who = fmt::format("User \"{}\" cannot {}", caller.name, question.verb);
  std::string message =
      question.path.empty()
          ? fmt::format(
                "{}.{} is forbidden: {} resource \"{}\" in API group \"{}\" in the "
                "namespace \"{}\"",
                question.metric, kGroup, who, question.metric, kGroup, question.namespace_name)
          : fmt::format("forbidden: {} path \"{}\"", who, question.path);
  return access.reason.empty() ? message : message + ": " + access.reason;
}

}  // namespace

ApiServer::ApiServer(Authenticator& authenticator, Authorizer& authorizer, const ApiRoutes& routes,
                     Observer observer, MetricForwarder* forwarder)
    : authenticator_(authenticator),
      authorizer_(authorizer),
      routes_(routes),
      observer_(std::move(observer)),
      forwarder_(forwarder) {}

std::optional<http::ServerResponse> ApiServer::AnswerAtOnce(const http::ServerRequest& request) {
  return AnswerWith(request, Patience::kNone);
}

http::ServerResponse ApiServer::Answer(const http::ServerRequest& request) {
  return *AnswerWith(request, Patience::kWaits);
}

http::ServerResponse ApiServer::Refuse(int status, std::string_view why) {
  return ToResponse({.code = status, .message = std::string(why)});
}

std::optional<http::ServerResponse> ApiServer::AnswerWith(const http::ServerRequest& request,
                                                          Patience patience) {
  std::string caller_name;
  std::optional<http::ServerResponse> response = Decide(request, patience, caller_name);
  if (!response) return std::nullopt;
  const std::string_view audit_id = http::HeaderOf(request.headers, "Audit-Id");
  if (!audit_id.empty() && audit_id.size() <= kLongestAuditId)
    response->headers.emplace_back("Audit-Id", audit_id);
  if (observer_)
    observer_({.method = request.method,
               .target = request.target,
               .caller = caller_name,
               .audit_id = audit_id,
               .status = response->status});
  return response;
}

bool ApiServer::IsForwarded(const http::ServerRequest& request, const RequestTarget& target) const {
  return forwarder_ != nullptr && IsMetricPath(target) && !target.IsSet("watch") &&
         MetricForwarder::IsForeign(target.segments()[5]) &&
         http::HeaderOf(request.headers, kForwardedHeader).empty();
}

std::optional<http::ServerResponse> ApiServer::Decide(const http::ServerRequest& request,
                                                      Patience patience, std::string& caller_name) {
  Result<RequestTarget> target = RequestTarget::Parse(request.target);
  if (!target) return Refuse(400, target.error().message);
  if (!http::HeaderOf(request.headers, "Upgrade").empty())
    return Refuse(400, "this server upgrades to no other protocol");
  const Layout layout = LayoutFor(*target, request.headers);

  const std::optional<Result<Caller>> caller = patience == Patience::kWaits
                                                   ? authenticator_.Identify(request)
                                                   : authenticator_.IdentifyAtOnce(request);
  if (!caller) return std::nullopt;
  if (!*caller)
    return ToResponse({.code = 401, .message = "Unauthorized: " + caller->error().message}, layout);
  caller_name = (*caller)->name;

  if (request.method != "GET" && request.method != "HEAD") {
    http::ServerResponse refused =
        ToResponse({.code = 405,
                    .message = "the server does not allow the method " +
                               std::string(request.method) + " on the requested resource"},
                   layout);
    refused.headers.emplace_back("Allow", "GET, HEAD");
    return refused;
  }

  const AccessQuestion question = QuestionOf(*target);
  std::optional<Access> access = authorizer_.DecideAtOnce(**caller, question);
  if (!access) {
    if (patience == Patience::kNone) return std::nullopt;
    const Result<Access> decided = authorizer_.Decide(**caller, question);
    if (!decided)
      return ToResponse(
          {.code = 500,
           .message = "cannot tell whether this is allowed: " + decided.error().message,
           .metric = question.metric},
          layout);
    access = *decided;
  }
  if (!access->is_allowed)
    return ToResponse({.code = 403,
                       .message = ForbiddenMessage(**caller, question, *access),
                       .metric = question.metric},
                      layout);
  if (IsForwarded(request, *target)) {
    if (patience == Patience::kNone) return std::nullopt;
    return forwarder_->Answer(target->segments()[4], target->segments()[5],
                              target->Parameter("labelSelector"));
  }
  return routes_.Answer({.target = *std::move(target),
                         .accept = http::HeaderOf(request.headers, "Accept"),
                         .if_none_match = http::HeaderOf(request.headers, "If-None-Match"),
                         .layout = layout});
}

}  // namespace loadcurve::external_metrics
