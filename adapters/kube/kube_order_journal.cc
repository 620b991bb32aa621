#include "adapters/kube/kube_order_journal.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "adapters/kube/json_fields.h"
#include "adapters/kube/object_name.h"

namespace loadcurve::kube {
namespace {

using capacity::OrderIntent;
using capacity::OrderStage;
using capacity::RecordedOrder;
using nlohmann::json;

ResourcePath PathOf(const std::string& name, const std::string& subresource = "") {
  return {kCapacityOrders, "", name, subresource};
}

std::vector<std::string> TextsAt(const json& object, JsonPath path) {
  std::vector<std::string> texts;
  const json* list = FieldAt(object, path);
  if (list == nullptr || !list->is_array()) return texts;
  for (const json& item : *list)
    if (item.is_string()) texts.push_back(item.get<std::string>());
  return texts;
}

Result<RecordedOrder> OrderOf(const json& object) {
  RecordedOrder order;
  const std::string name = TextAt(object, {"metadata", "name"});
  const std::string uid = TextAt(object, {"metadata", "uid"});
  const auto generation = WholeAt(object, {"metadata", "generation"});
  const auto nodes = WholeAt(object, {"spec", "nodes"});
  const auto number = WholeAt(object, {"spec", "number"});
  order.order.pool = TextAt(object, {"spec", "pool"});
  order.version = TextAt(object, {"metadata", "resourceVersion"});
  if (uid.empty() || !generation || !nodes || !number || order.order.pool.empty() ||
      order.version.empty())
    return Fail(ErrorCode::kUnavailable,
                "CapacityOrder " + name +
                    " lacks one of metadata.uid, generation and resourceVersion, spec.pool, nodes "
                    "and number");
  order.order.token = "loadcurve-" + uid + "-" + std::to_string(*generation);
  order.order.nodes = *nodes;
  order.number = *number;
  const std::vector<std::string> found = TextsAt(object, {"spec", "found"});
  const bool has_outcome = TextAt(object, {"status", "stage"}) == "Settled";
  if (has_outcome || !found.empty()) order.stage = OrderStage::kSettled;
  order.node_ids = has_outcome ? TextsAt(object, {"status", "nodes"}) : found;
  order.why_missing = TextAt(object, {"status", "whyMissing"});
  return order;
}

}  // namespace

std::string NameOfOrder(const std::string& pool, std::int64_t number) {
  return ObjectNameOf(pool) + "-" + std::to_string(number);
}

Result<void> KubeOrderJournal::MayAct() {
  if (token_()) return {};
  return Fail(ErrorCode::kCancelled, "this replica does not lead any more: nothing is ordered");
}

Result<std::vector<RecordedOrder>> KubeOrderJournal::Read() {
  LC_TRY(const ObjectList list, client_.List({.type = kCapacityOrders}));
  std::vector<RecordedOrder> orders;
  for (const json& object : list.items) {
    LC_TRY(RecordedOrder order, OrderOf(object));
    orders.push_back(std::move(order));
  }
  std::ranges::sort(orders, [](const RecordedOrder& a, const RecordedOrder& b) {
    return std::tie(a.order.pool, a.number) < std::tie(b.order.pool, b.number);
  });
  return orders;
}

Result<RecordedOrder> KubeOrderJournal::Intend(const OrderIntent& intent) {
  const std::optional<std::int64_t> term = token_();
  if (!term) return tl::unexpected<Error>(MayAct().error());
  json spec = {
      {"pool", intent.pool}, {"nodes", intent.nodes}, {"number", intent.number}, {"term", *term}};
  if (!intent.found.empty()) spec["found"] = intent.found;
  const json object = {{"apiVersion", ApiVersionOf(kCapacityOrders)},
                       {"kind", "CapacityOrder"},
                       {"metadata", {{"name", NameOfOrder(intent.pool, intent.number)}}},
                       {"spec", std::move(spec)}};
  LC_TRY(const json created, client_.Create(PathOf(""), object));
  return OrderOf(created);
}

Result<RecordedOrder> KubeOrderJournal::Record(const RecordedOrder& order) {
  LC_TRY_VOID(MayAct());
  const bool is_settled = order.stage == OrderStage::kSettled;
  const json patch = {{"metadata", {{"resourceVersion", order.version}}},
                      {"status",
                       {{"stage", is_settled ? "Settled" : "Intended"},
                        {"nodes", order.node_ids},
                        {"held", order.node_ids.size()},
                        {"whyMissing", order.why_missing}}}};
  LC_TRY(const json written,
         client_.MergePatch(PathOf(NameOfOrder(order.order.pool, order.number), "status"), patch));
  return OrderOf(written);
}

Result<void> KubeOrderJournal::Forget(const RecordedOrder& order) {
  LC_TRY_VOID(MayAct());
  // "loadcurve-UID-GENERATION"
  const std::size_t begin = order.order.token.find('-') + 1;
  const std::string uid = order.order.token.substr(begin, order.order.token.rfind('-') - begin);
  const auto deleted = client_.Delete(PathOf(NameOfOrder(order.order.pool, order.number)), uid);
  if (!deleted && deleted.error().code != ErrorCode::kNotFound)
    return tl::unexpected<Error>(deleted.error());
  return {};
}

}  // namespace loadcurve::kube
