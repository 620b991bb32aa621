#include "adapters/cloud/bridgx/bridgx_provider.h"

#include <algorithm>
#include <utility>

#include "adapters/kube/json_fields.h"

namespace loadcurve::bridgx {
namespace {

using capacity::CapacityOffer;
using capacity::CapacityOrder;
using capacity::NodeState;
using capacity::OrderOutcome;
using capacity::ProvidedNode;
using capacity::Shortfall;
using kube::TextAt;
using nlohmann::json;

constexpr std::string_view kTasks = "/api/v1/task/describe_all";
constexpr std::string_view kTaskInstances = "/api/v1/task/instances";
constexpr std::string_view kInstances = "/api/v1/instance/describe_all";
constexpr const char* kShrinkName = "loadcurve-shrink";
// What BridgX takes in one request, and gives in one page.
constexpr std::int64_t kMostNodes = 10'000;
constexpr std::int64_t kPageSize = 50;
// The column of a task's name. One that is cut off would not be found again.
constexpr std::size_t kLongestName = 64;
// A machine that goes while pages are read moves another to a page that was read already, so pages
// are read until they say the same twice.
constexpr int kMostReadings = 4;

// Of instances; DELETED is what is left out.
constexpr const char* kThere = "UNDEFINED,PENDING,TIMEOUT,STARTING,RUNNING,DELETING";

std::string Upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

// A number of 64 bits in one answer, a text in another.
std::string IdOf(const json& value) {
  return value.is_string() ? value.get<std::string>() : kube::TextOf(value);
}

std::string IdAt(const json& object, std::string_view field) {
  const json* const value = kube::FieldAt(object, {field});
  return value == nullptr ? "" : IdOf(*value);
}

// "Running" in a list, "RUNNING" in a query.
std::string StatusOf(const json& instance) {
  return Upper(TextAt(instance, {"status"}));
}

NodeState StateOf(const json& instance) {
  const std::string status = StatusOf(instance);
  if (status == "DELETING") return NodeState::kLeaving;
  return status == "RUNNING" ? NodeState::kReady : NodeState::kBooting;
}

// In the words of Alibaba, Huawei and Tencent Cloud.
Shortfall ShortfallOf(const std::string& reason) {
  const auto says = [&](std::string_view word) { return Upper(reason).find(word) != reason.npos; };
  if (says("QUOTA") || says("LIMITEXCEEDED")) return Shortfall::kQuota;
  const bool is_stock = says("NOSTOCK") || says("NOTONSALE") || says("SOLDOUT") ||
                        says("INSUFFICIENT") || says("NOT ENOUGH");
  return is_stock ? Shortfall::kStock : Shortfall::kOther;
}

bool HasSameKeys(const std::map<std::string, json>& a, const std::map<std::string, json>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return x.first == y.first; });
}

bool IsAddress(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdefABCDEF.:") == std::string::npos;
}

// Another task works on the cluster; nothing was done.
bool IsBusy(const Reply& reply) {
  return !reply.is_success() && reply.message.find("unfinished task") != std::string::npos;
}

}  // namespace

bool BridgxProvider::Page::IsLast(std::int64_t number) const {
  return items.empty() || number * size >= total;
}

bool BridgxProvider::Task::IsOver() const {
  return status == "SUCCESS" || status == "PARTIAL_SUCCESS" || status == "FAILED";
}

BridgxProvider::BridgxProvider(http::HttpTransport& transport, AccountSource account,
                               std::vector<BridgxPool> pools)
    : session_(transport, std::move(account)), pools_(std::move(pools)) {}

Result<std::vector<CapacityOffer>> BridgxProvider::Offers() {
  std::vector<CapacityOffer> offers;
  for (const BridgxPool& pool : pools_) offers.push_back(pool.offer);
  return offers;
}

Result<std::string> BridgxProvider::ClusterOf(const std::string& pool) const {
  for (const BridgxPool& known : pools_)
    if (known.offer.pool == pool) return known.cluster;
  return Fail(ErrorCode::kNotFound, "there is no pool '" + pool + "' of BridgX");
}

// ---- lists

Result<BridgxProvider::Page> BridgxProvider::PageOf(std::string_view path, Query query,
                                                    std::string_view list, std::int64_t number) {
  query.emplace_back("page_number", std::to_string(number));
  query.emplace_back("page_size", std::to_string(kPageSize));
  LC_TRY(const json data, session_.Get(path, query));
  const json* const items = kube::FieldAt(data, {list});
  const auto total = kube::WholeAt(data, {"pager", "total"});
  // An empty list is null in Go.
  const bool is_list = items != nullptr && (items->is_array() || items->is_null());
  if (!is_list || !total)
    return Fail(ErrorCode::kUnavailable, "GET " + std::string(path) + ": there is no " +
                                             std::string(list) + " with a pager");
  Page page{.items = {}, .total = *total};
  page.size = kube::WholeAt(data, {"pager", "page_size"}).value_or(kPageSize);
  for (const json& item : *items) page.items.push_back(item);
  return page;
}

Result<BridgxProvider::Reading> BridgxProvider::Read(std::string_view path, const Query& query,
                                                     std::string_view list, std::string_view id) {
  Reading reading;
  for (std::int64_t number = 1;; ++number) {
    LC_TRY(Page page, PageOf(path, query, list, number));
    const bool is_last = page.IsLast(number);
    for (json& item : page.items) {
      std::string key = IdAt(item, id);
      reading.items.insert_or_assign(std::move(key), std::move(item));
    }
    reading.pages = number;
    if (is_last) return reading;
  }
}

Result<std::vector<json>> BridgxProvider::All(std::string_view path, const Query& query,
                                              std::string_view list, std::string_view id) {
  std::optional<Reading> before;
  for (int i = 0; i < kMostReadings; ++i) {
    LC_TRY(Reading reading, Read(path, query, list, id));
    if (reading.pages == 1 || (before && HasSameKeys(before->items, reading.items))) {
      std::vector<json> all;
      for (auto& [key, item] : reading.items) all.push_back(std::move(item));
      return all;
    }
    before = std::move(reading);
  }
  return Fail(ErrorCode::kUnavailable,
              "GET " + std::string(path) + ": the list changed while its pages were read");
}

Result<std::vector<json>> BridgxProvider::InstancesIn(const std::string& cluster) {
  LC_TRY(std::vector<json> instances,
         All(kInstances, {{"cluster_name", cluster}, {"status", kThere}}, "instance_list",
             "instance_id"));
  std::erase_if(instances, [&](const json& instance) {
    return TextAt(instance, {"cluster_name"}) != cluster || StatusOf(instance) == "DELETED";
  });
  return instances;
}

Result<std::vector<std::string>> BridgxProvider::InstancesOf(const Task& task) {
  LC_TRY(const std::vector<json> instances,
         All(kTaskInstances, {{"task_id", task.id}}, "instance_list", "instance_id"));
  std::vector<std::string> ids;
  for (const json& instance : instances) {
    const std::string status = StatusOf(instance);
    if (status != "DELETED" && status != "DELETING")
      ids.push_back(TextAt(instance, {"instance_id"}));
  }
  return ids;
}

// A query finds all whose names contain what is asked for.
std::optional<BridgxProvider::Task> BridgxProvider::ExpandTaskOf(const json& task,
                                                                 const std::string& cluster) {
  if (TextAt(task, {"cluster_name"}) != cluster || TextAt(task, {"task_action"}) == "SHRINK")
    return std::nullopt;
  return Task{.id = IdAt(task, "task_id"),
              .name = TextAt(task, {"task_name"}),
              .status = TextAt(task, {"task_status"}),
              .fail_reason = TextAt(task, {"fail_reason"})};
}

// ---- buying

Result<OrderOutcome> BridgxProvider::OutcomeOf(const CapacityOrder& order,
                                               const std::vector<Task>& tasks) {
  OrderOutcome outcome{.is_all_or_nothing = true};
  for (const Task& task : tasks) {
    if (!task.IsOver()) {
      outcome.is_open = true;
      outcome.why_missing = "task " + task.id + " of BridgX is " + task.status;
      return outcome;
    }
    LC_TRY(const std::vector<std::string> ids, InstancesOf(task));
    outcome.node_ids.insert(outcome.node_ids.end(), ids.begin(), ids.end());
  }
  outcome.missing =
      std::max<std::int64_t>(0, order.nodes - static_cast<std::int64_t>(outcome.node_ids.size()));
  if (outcome.missing == 0) return outcome;
  const Task& task = tasks.front();
  outcome.shortfall = ShortfallOf(task.fail_reason);
  outcome.why_missing = "task " + task.id + " of BridgX is " + task.status +
                        (task.fail_reason.empty() ? "" : ": " + task.fail_reason);
  return outcome;
}

Result<std::vector<BridgxProvider::Task>> BridgxProvider::TasksOf(const CapacityOrder& order,
                                                                  const std::string& cluster) {
  LC_TRY(
      const std::vector<json> listed,
      All(kTasks, {{"cluster_name", cluster}, {"task_name", order.token}}, "task_list", "task_id"));
  std::vector<Task> tasks;
  for (const json& each : listed)
    if (const auto task = ExpandTaskOf(each, cluster); task && task->name == order.token)
      tasks.push_back(*task);
  const auto taken = taken_as_.find(order.token);
  if (!tasks.empty() || taken == taken_as_.end()) return tasks;
  // Lists leave out clusters that are disabled, and may lag behind.
  LC_TRY(const json told, session_.Get("/api/v1/task/describe", {{"task_id", taken->second}}));
  const auto task = ExpandTaskOf(told, cluster);
  if (!task || task->name != order.token)
    return Fail(ErrorCode::kUnavailable, "BridgX took order " + order.token + " as task " +
                                             taken->second + ", and does not show it now");
  tasks.push_back(*task);
  return tasks;
}

Result<std::optional<OrderOutcome>> BridgxProvider::Find(const CapacityOrder& order) {
  LC_TRY(const std::string cluster, ClusterOf(order.pool));
  LC_TRY(const std::vector<Task> tasks, TasksOf(order, cluster));
  if (tasks.empty()) return std::nullopt;
  LC_TRY(OrderOutcome outcome, OutcomeOf(order, tasks));
  return outcome;
}

Result<OrderOutcome> BridgxProvider::Launch(const CapacityOrder& order) {
  LC_TRY(const std::string cluster, ClusterOf(order.pool));
  if (order.token.empty() || order.token.size() > kLongestName)
    return Fail(ErrorCode::kInvalidArgument, "order '" + order.token +
                                                 "' cannot name a task; expected 1 to " +
                                                 std::to_string(kLongestName) + " letters");
  if (order.nodes > kMostNodes)
    return OrderOutcome{
        .missing = order.nodes,
        .why_missing = "BridgX takes orders of at most " + std::to_string(kMostNodes) + " machines",
        .shortfall = Shortfall::kOther,
        .is_all_or_nothing = true};
  const auto bought = Find(order);
  // Whatever keeps it from being told: it may have been bought.
  if (!bought) return Fail(ErrorCode::kUnavailable, bought.error().message);
  if (*bought) return **bought;
  const std::string what = "expanding " + cluster + " of BridgX by " + std::to_string(order.nodes);
  LC_TRY(const Reply reply, session_.Post("/api/v1/cluster/expand", {{"task_name", order.token},
                                                                     {"cluster_name", cluster},
                                                                     {"count", order.nodes}}));
  if (reply.is_success()) {
    if (reply.data.is_number_integer() || reply.data.is_string())
      taken_as_[order.token] = IdOf(reply.data);
    return OrderOutcome{
        .why_missing = "BridgX has just begun", .is_all_or_nothing = true, .is_open = true};
  }
  const std::string why = what + ": " + reply.message;
  constexpr int kTooManyCalls = 429;
  if (IsBusy(reply) || reply.status == kTooManyCalls)
    return OrderOutcome{
        .missing = order.nodes, .why_missing = why, .shortfall = Shortfall::kThrottled};
  return Fail(CodeOf(reply), why);
}

// ---- what is there

Result<void> BridgxProvider::LearnTokens(const std::string& cluster,
                                         std::set<std::string> unknown) {
  for (std::int64_t number = 1; !unknown.empty(); ++number) {
    // The newest come first.
    LC_TRY(const Page page, PageOf(kTasks, {{"cluster_name", cluster}}, "task_list", number));
    for (const json& each : page.items) {
      const auto task = ExpandTaskOf(each, cluster);
      if (!task || unknown.empty() || read_tasks_.contains(task->id)) continue;
      LC_TRY(const std::vector<std::string> ids, InstancesOf(*task));
      for (const std::string& id : ids) {
        token_of_[id] = task->name;
        unknown.erase(id);
      }
      if (task->IsOver()) read_tasks_.insert(task->id);
    }
    if (page.IsLast(number)) break;
  }
  for (const std::string& id : unknown) token_of_[id] = "";
  return {};
}

Result<std::vector<ProvidedNode>> BridgxProvider::Nodes() {
  std::vector<ProvidedNode> nodes;
  for (const BridgxPool& pool : pools_) {
    LC_TRY(const std::vector<json> instances, InstancesIn(pool.cluster));
    std::set<std::string> unknown;
    for (const json& instance : instances) {
      const std::string id = TextAt(instance, {"instance_id"});
      if (id.empty()) continue;
      nodes.push_back({.id = id, .pool = pool.offer.pool, .state = StateOf(instance)});
      if (!token_of_.contains(id)) unknown.insert(id);
    }
    LC_TRY_VOID(LearnTokens(pool.cluster, std::move(unknown)));
  }
  std::map<std::string, std::string> token_of;
  for (ProvidedNode& node : nodes) {
    node.token = token_of_[node.id];
    token_of[node.id] = node.token;
  }
  token_of_ = std::move(token_of);
  return nodes;
}

// ---- giving back

Result<void> BridgxProvider::Shrink(const std::string& cluster, const std::set<std::string>& ids) {
  LC_TRY(const std::vector<json> instances, InstancesIn(cluster));
  std::map<std::string, int> holders;
  for (const json& instance : instances) ++holders[TextAt(instance, {"ip_inner"})];
  std::vector<std::string> addresses;
  std::string without;
  for (const json& instance : instances) {
    const std::string id = TextAt(instance, {"instance_id"});
    if (!ids.contains(id) || StateOf(instance) == NodeState::kLeaving) continue;
    const std::string address = TextAt(instance, {"ip_inner"});
    // BridgX deletes whoever has the address.
    if (IsAddress(address) && holders[address] == 1) {
      addresses.push_back(address);
    } else {
      without = id;
    }
  }
  const std::string what = "giving machines of " + cluster + " back to BridgX: ";
  // Without addresses it would delete any.
  if (!addresses.empty()) {
    const json body = {{"task_name", kShrinkName},
                       {"cluster_name", cluster},
                       {"ips", addresses},
                       {"count", addresses.size()}};
    LC_TRY(const Reply reply, session_.Post("/api/v1/cluster/shrink", body));
    if (!reply.is_success()) return Fail(CodeOf(reply), what + reply.message);
  }
  if (without.empty()) return {};
  return Fail(ErrorCode::kUnavailable, what + without + " has no address of its own yet");
}

Result<void> BridgxProvider::Retire(const std::vector<std::string>& node_ids) {
  if (node_ids.empty()) return {};
  const std::set<std::string> ids(node_ids.begin(), node_ids.end());
  Result<void> retired;
  for (const BridgxPool& pool : pools_) {
    const auto shrunk = Shrink(pool.cluster, ids);
    if (!shrunk) retired = shrunk;
  }
  return retired;
}

}  // namespace loadcurve::bridgx
