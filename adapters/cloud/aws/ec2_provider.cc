#include "adapters/cloud/aws/ec2_provider.h"

#include <algorithm>
#include <set>

#include "adapters/http/percent_code.h"

namespace loadcurve::aws {
namespace {

using capacity::CapacityClass;
using capacity::CapacityOffer;
using capacity::CapacityOrder;
using capacity::NodeState;
using capacity::OrderOutcome;
using capacity::ProvidedNode;
using capacity::Shortfall;

constexpr Duration kCallDeadline = std::chrono::seconds(30);
constexpr const char* kApiVersion = "2016-11-15";
constexpr const char* kClusterTag = "loadcurve.dev/cluster";
constexpr const char* kPoolTag = "loadcurve.dev/pool";
constexpr const char* kTokenTag = "loadcurve.dev/token";

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
const std::set<std::string_view> kQuotaCodes = {"MaxSpotInstanceCountExceeded", "VcpuLimitExceeded",
                                                "InstanceLimitExceeded", "MaxFleetCountExceeded"};
const std::set<std::string_view> kStockCodes = {
    "InsufficientInstanceCapacity",      "UnfulfillableCapacity",       "Unsupported",
    "InsufficientFreeAddressesInSubnet", "ReservationCapacityExceeded", "InsufficientCapacity"};
const std::set<std::string_view> kThrottleCodes = {"RequestLimitExceeded", "Throttling",
                                                   "ThrottlingException", "RequestThrottled"};

struct Refusal {
  std::string code;
  std::string message;
};

// <Response><Errors><Error><Code>...
Refusal RefusalOf(const http::HttpResponse& answer) {
  const auto document = ParseXml(answer.body);
  if (!document) return {"", answer.body.substr(0, 200)};
  const auto errors = document->All({"Errors", "Error"});
  if (errors.empty()) return {"", answer.body.substr(0, 200)};
  return {errors.front()->TextOf("Code"), errors.front()->TextOf("Message")};
}

ErrorCode CodeOf(int status, const std::string& code) {
  if (kThrottleCodes.contains(code) || status == 429) return ErrorCode::kUnavailable;
  if (status == 408 || status == 504) return ErrorCode::kDeadlineExceeded;
  if (status >= 500) return ErrorCode::kUnavailable;
  if (kStockCodes.contains(code) || kQuotaCodes.contains(code))
    return ErrorCode::kCapacityExhausted;
  const bool is_denied =
      status == 401 || status == 403 || code == "UnauthorizedOperation" || code == "AuthFailure";
  if (is_denied) return ErrorCode::kPermissionDenied;
  return code.ends_with(".NotFound") ? ErrorCode::kNotFound : ErrorCode::kInvalidArgument;
}

Shortfall ShortfallOf(const std::string& code) {
  if (kQuotaCodes.contains(code)) return Shortfall::kQuota;
  return kStockCodes.contains(code) ? Shortfall::kStock : Shortfall::kOther;
}

// What a fleet brought, and why not more.
OrderOutcome OutcomeOf(const XmlElement& answer, std::int64_t wanted) {
  OrderOutcome outcome;
  for (const XmlElement* id : answer.All({"fleetInstanceSet", "item", "instanceIds", "item"}))
    outcome.node_ids.push_back(id->text);
  outcome.missing =
      std::max<std::int64_t>(0, wanted - static_cast<std::int64_t>(outcome.node_ids.size()));
  if (outcome.missing == 0) return outcome;
  outcome.shortfall = Shortfall::kStock;
  outcome.why_missing = "EC2 says nothing about the rest";
  const auto errors = answer.All({"errorSet", "item"});
  if (errors.empty()) return outcome;
  const std::string code = errors.front()->TextOf("errorCode");
  outcome.shortfall = ShortfallOf(code);
  outcome.why_missing = code + ": " + errors.front()->TextOf("errorMessage");
  return outcome;
}

ProvidedNode NodeOf(const XmlElement& instance) {
  ProvidedNode node{.id = instance.TextOf("instanceId")};
  const XmlElement* state = instance.Child("instanceState");
  const bool is_running = state != nullptr && state->TextOf("name") == "running";
  node.state = is_running ? NodeState::kReady : NodeState::kBooting;
  for (const XmlElement* tag : instance.All({"tagSet", "item"})) {
    if (tag->TextOf("key") == kPoolTag) node.pool = tag->TextOf("value");
    if (tag->TextOf("key") == kTokenTag) node.token = tag->TextOf("value");
  }
  return node;
}

}  // namespace

Ec2Provider::Ec2Provider(http::HttpTransport& transport, const Clock& clock, Ec2Options options,
                         std::vector<Ec2Pool> pools, CredentialSource credentials)
    : transport_(transport),
      clock_(clock),
      options_(std::move(options)),
      credentials_(std::move(credentials)) {
  if (options_.endpoint.empty())
    options_.endpoint = "https://ec2." + options_.region + ".amazonaws.com/";
  for (Ec2Pool& pool : pools) {
    std::string name = pool.offer.pool;
    pools_[std::move(name)] = std::move(pool);
  }
}

Result<http::HttpResponse> Ec2Provider::Post(const std::string& action,
                                             const Parameters& parameters) {
  std::string body = "Action=" + action + "&Version=" + kApiVersion;
  for (const auto& [name, value] : parameters)
    body += "&" + http::PercentEncoded(name) + "=" + http::PercentEncoded(value);
  LC_TRY(const Credentials credentials, credentials_());
  http::HttpRequest request{
      .method = "POST",
      .url = options_.endpoint,
      .headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
      .body = std::move(body)};
  LC_TRY(request, Signed(std::move(request), credentials, {options_.region, "ec2"}, clock_.Now()));
  return transport_.Send(request, kCallDeadline);
}

Result<XmlElement> Ec2Provider::Ask(const std::string& action, const Parameters& parameters) {
  LC_TRY(const http::HttpResponse answer, Post(action, parameters));
  if (answer.status != 200) {
    const Refusal refusal = RefusalOf(answer);
    return Fail(CodeOf(answer.status, refusal.code), action + ": " + std::to_string(answer.status) +
                                                         " " + refusal.code + ": " +
                                                         refusal.message);
  }
  auto document = ParseXml(answer.body);
  // It was done, but what came of it did not arrive.
  if (!document) return Fail(ErrorCode::kUnavailable, action + ": " + document.error().message);
  return document;
}

Result<std::vector<CapacityOffer>> Ec2Provider::Offers() {
  std::vector<CapacityOffer> offers;
  for (const auto& [name, pool] : pools_) offers.push_back(pool.offer);
  return offers;
}

Ec2Provider::Parameters Ec2Provider::FleetOf(const CapacityOrder& order,
                                             const Ec2Pool& pool) const {
  const bool is_spot = pool.offer.capacity_class == CapacityClass::kSpot;
  const std::string config = "LaunchTemplateConfigs.1.";
  Parameters fleet = {
      {"Type", "instant"},
      {"ClientToken", order.token},
      {"TargetCapacitySpecification.TotalTargetCapacity", std::to_string(order.nodes)},
      {"TargetCapacitySpecification.DefaultTargetCapacityType", is_spot ? "spot" : "on-demand"},
      {config + "LaunchTemplateSpecification.LaunchTemplateId", pool.launch_template_id},
      {config + "LaunchTemplateSpecification.Version", pool.launch_template_version},
      {config + "Overrides.1.InstanceType", pool.offer.instance_type},
      {config + "Overrides.1.SubnetId", pool.subnet_id},
      {"TagSpecification.1.ResourceType", "instance"}};
  const Parameters tags = {
      {kClusterTag, options_.cluster}, {kPoolTag, order.pool}, {kTokenTag, order.token}};
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const std::string tag = "TagSpecification.1.Tag." + std::to_string(i + 1) + ".";
    fleet.emplace_back(tag + "Key", tags[i].first);
    fleet.emplace_back(tag + "Value", tags[i].second);
  }
  return fleet;
}

Result<OrderOutcome> Ec2Provider::Launch(const CapacityOrder& order) {
  const auto pool = pools_.find(order.pool);
  if (pool == pools_.end())
    return Fail(ErrorCode::kNotFound, "there is no pool '" + order.pool + "' of EC2");
  LC_TRY(const http::HttpResponse answer, Post("CreateFleet", FleetOf(order, pool->second)));
  if (answer.status == 200) {
    const auto document = ParseXml(answer.body);
    if (document) return OutcomeOf(*document, order.nodes);
    return Fail(ErrorCode::kUnavailable, "CreateFleet: " + document.error().message);
  }
  const Refusal refusal = RefusalOf(answer);
  const std::string why = refusal.code + ": " + refusal.message;
  if (kThrottleCodes.contains(refusal.code) || answer.status == 429)
    return OrderOutcome{
        .missing = order.nodes, .why_missing = why, .shortfall = Shortfall::kThrottled};
  const ErrorCode code = CodeOf(answer.status, refusal.code);
  if (code == ErrorCode::kCapacityExhausted)
    return OrderOutcome{
        .missing = order.nodes, .why_missing = why, .shortfall = ShortfallOf(refusal.code)};
  return Fail(code, "CreateFleet: " + std::to_string(answer.status) + " " + why);
}

Result<std::vector<ProvidedNode>> Ec2Provider::Nodes() {
  std::vector<ProvidedNode> nodes;
  std::string next;
  do {
    Parameters parameters = {{"Filter.1.Name", std::string("tag:") + kClusterTag},
                             {"Filter.1.Value.1", options_.cluster},
                             {"Filter.2.Name", "instance-state-name"},
                             {"Filter.2.Value.1", "pending"},
                             {"Filter.2.Value.2", "running"},
                             {"MaxResults", "1000"}};
    if (!next.empty()) parameters.emplace_back("NextToken", next);
    LC_TRY(const XmlElement answer, Ask("DescribeInstances", parameters));
    for (const XmlElement* instance :
         answer.All({"reservationSet", "item", "instancesSet", "item"}))
      nodes.push_back(NodeOf(*instance));
    next = answer.TextOf("nextToken");
  } while (!next.empty());
  return nodes;
}

Result<void> Ec2Provider::Retire(const std::vector<std::string>& node_ids) {
  if (node_ids.empty()) return {};
  Parameters parameters;
  for (std::size_t i = 0; i < node_ids.size(); ++i)
    parameters.emplace_back("InstanceId." + std::to_string(i + 1), node_ids[i]);
  const auto answer = Ask("TerminateInstances", parameters);
  if (answer) return {};
  if (answer.error().code != ErrorCode::kNotFound) return tl::unexpected<Error>(answer.error());
  // One that is gone makes EC2 refuse all of them.
  if (node_ids.size() == 1) return {};
  for (const std::string& id : node_ids) LC_TRY_VOID(Retire({id}));
  return {};
}

}  // namespace loadcurve::aws
