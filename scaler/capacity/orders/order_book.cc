#include "scaler/capacity/orders/order_book.h"

#include <algorithm>
#include <utility>

namespace loadcurve::capacity {

void OrderBook::Learn(const std::vector<RecordedOrder>& orders) {
  orders_.clear();
  for (const RecordedOrder& order : orders) Put(order);
}

void OrderBook::Put(const RecordedOrder& order) {
  orders_[{order.order.pool, order.number}] = order;
}

void OrderBook::Drop(const RecordedOrder& order) {
  orders_.erase({order.order.pool, order.number});
}

void OrderBook::OnListed(const std::vector<ProvidedNode>& nodes, Duration now) {
  listed_.clear();
  for (const ProvidedNode& node : nodes) listed_[node.id] = node;
  NoteMissing(now);
  std::erase_if(retired_, [&](const std::string& id) { return !listed_.contains(id); });
  NoteStrays(now);
}

void OrderBook::NoteMissing(Duration now) {
  const auto vanished = std::ranges::count_if(seen_, [&](const std::string& id) {
    return !listed_.contains(id) && !retired_.contains(id);
  });
  const bool is_doubtful = static_cast<std::size_t>(vanished) * 2 > seen_.size();
  std::map<std::string, Duration> missing;
  std::set<std::string> seen;
  for (const auto& [id, node] : listed_) seen.insert(id);
  for (const auto& [key, order] : orders_) {
    for (const std::string& id : order.node_ids) {
      if (listed_.contains(id)) continue;
      const bool is_vanished = seen_.contains(id);
      const auto known = missing_since_.find(id);
      Duration since = known == missing_since_.end() ? now : known->second;
      const bool is_certain = (is_vanished && !is_doubtful) || retired_.contains(id);
      if (is_certain) since = std::min(since, now - patience_.listing_lag);
      if (is_vanished && is_doubtful) seen.insert(id);
      missing[id] = since;
    }
  }
  missing_since_ = std::move(missing);
  seen_ = std::move(seen);
}

void OrderBook::NoteStrays(Duration now) {
  std::map<std::string, Duration> since;
  for (const ProvidedNode& node : Strays()) {
    const auto known = stray_since_.find(node.id);
    since[node.id] = known == stray_since_.end() ? now : known->second;
  }
  stray_since_ = std::move(since);
}

void OrderBook::OnRetired(const std::vector<std::string>& node_ids) {
  retired_.insert(node_ids.begin(), node_ids.end());
  for (const std::string& id : node_ids) seen_.erase(id);
}

bool OrderBook::IsGone(const std::string& id, Duration now) const {
  if (listed_.contains(id)) return false;
  if (retired_.contains(id)) return true;
  const auto missing = missing_since_.find(id);
  return missing != missing_since_.end() && now - missing->second >= patience_.listing_lag;
}

std::map<std::string, PoolCount> OrderBook::Counts(Duration now,
                                                   const std::set<std::string>& losing) const {
  std::map<std::string, PoolCount> counts;
  for (const auto& [key, order] : orders_) {
    PoolCount& count = counts[order.order.pool];
    if (order.stage == OrderStage::kIntended) {
      count.pending += order.order.nodes;
      continue;
    }
    for (const std::string& id : order.node_ids) {
      const auto listed = listed_.find(id);
      const bool stays =
          listed == listed_.end() ? !IsGone(id, now) : IsStaying(listed->second.state);
      if (stays && !retired_.contains(id) && !losing.contains(id)) ++count.held;
    }
  }
  return counts;
}

std::vector<RecordedOrder> OrderBook::Intended() const {
  std::vector<RecordedOrder> intended;
  for (const auto& [key, order] : orders_)
    if (order.stage == OrderStage::kIntended) intended.push_back(order);
  return intended;
}

std::vector<RecordedOrder> OrderBook::Shrunk(Duration now) const {
  std::vector<RecordedOrder> shrunk;
  for (const auto& [key, order] : orders_) {
    if (order.stage != OrderStage::kSettled) continue;
    RecordedOrder rest = order;
    std::erase_if(rest.node_ids, [&](const std::string& id) { return IsGone(id, now); });
    if (rest.node_ids.size() != order.node_ids.size()) shrunk.push_back(std::move(rest));
  }
  return shrunk;
}

std::vector<RecordedOrder> OrderBook::Spent() const {
  std::vector<RecordedOrder> spent;
  for (auto at = orders_.begin(); at != orders_.end(); ++at) {
    const auto next = std::next(at);
    const bool is_latest = next == orders_.end() || next->first.first != at->first.first;
    const RecordedOrder& order = at->second;
    if (!is_latest && order.stage == OrderStage::kSettled && order.node_ids.empty())
      spent.push_back(order);
  }
  return spent;
}

std::vector<ProvidedNode> OrderBook::Strays() const {
  std::set<std::string> ordered;
  std::set<std::string> open_tokens;
  for (const auto& [key, order] : orders_) {
    ordered.insert(order.node_ids.begin(), order.node_ids.end());
    if (order.stage == OrderStage::kIntended) open_tokens.insert(order.order.token);
  }
  std::vector<ProvidedNode> strays;
  for (const auto& [id, node] : listed_)
    if (IsStaying(node.state) && !ordered.contains(id) && !retired_.contains(id) &&
        !open_tokens.contains(node.token))
      strays.push_back(node);
  return strays;
}

std::vector<ProvidedNode> OrderBook::Surplus(Duration now) const {
  std::vector<ProvidedNode> surplus = Strays();
  std::erase_if(surplus, [&](const ProvidedNode& node) {
    const auto since = stray_since_.find(node.id);
    return since == stray_since_.end() || now - since->second < patience_.stray_grace;
  });
  return surplus;
}

std::int64_t OrderBook::NextNumber(const std::string& pool) const {
  const auto after = orders_.lower_bound({pool + '\0', 0});
  if (after == orders_.begin()) return 1;
  const auto& [key, latest] = *std::prev(after);
  return latest.order.pool == pool ? latest.number + 1 : 1;
}

}  // namespace loadcurve::capacity
