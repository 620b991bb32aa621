#include "scaler/capacity/orders/pool_health.h"

#include <algorithm>
#include <limits>
#include <random>

namespace loadcurve::capacity {
namespace {

bool AreNeighbours(const CapacityOffer& a, const CapacityOffer& b) {
  const bool is_kin =
      a.instance_type == b.instance_type || (!a.family.empty() && a.family == b.family);
  return a.pool != b.pool && a.region == b.region && a.zone == b.zone && is_kin;
}

// FNV-1a: std::hash differs from one library to the next.
std::uint64_t HashOf(const std::string& text, std::uint64_t seed) {
  std::uint64_t hash = 0xcbf29ce484222325U ^ seed;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

}  // namespace

void PoolHealth::Know(const std::vector<CapacityOffer>& offers) {
  offers_.clear();
  for (const CapacityOffer& offer : offers) offers_[offer.pool] = offer;
}

void PoolHealth::OnShort(const CapacityOrder& asked, const OrderOutcome& outcome, Duration now) {
  Record& record = records_[asked.pool];
  if (outcome.shortfall == Shortfall::kQuota) {
    const auto offer = offers_.find(asked.pool);
    if (offer != offers_.end()) {
      const QuotaKey key{offer->second.region, offer->second.capacity_class};
      quotas_[key] = {key.first, key.second, now + times_.quota, outcome.why_missing};
      return;
    }
  }
  if (outcome.is_all_or_nothing && outcome.node_ids.empty() && asked.nodes > 1) {
    record.most_per_order = asked.nodes / 2;
    return;
  }
  if (!outcome.node_ids.empty()) record.stock_outs = 0;
  Close(asked.pool, outcome, now);
}

void PoolHealth::Close(const std::string& pool, const OrderOutcome& outcome, Duration now) {
  Record& record = records_[pool];
  // Who does not answer may do so again at any time.
  const int before = outcome.shortfall == Shortfall::kNoAnswer ? 0 : record.stock_outs++;
  Duration pause = times_.stock;
  for (int i = 0; i < before && pause < times_.longest_stock; ++i) pause *= 2;
  pause = std::min(pause, times_.longest_stock);
  std::mt19937_64 random(HashOf(pool, seed_ + static_cast<std::uint64_t>(before)));
  const double chance = static_cast<double>(random() >> 11U) * 0x1.0p-53;
  const double share = 0.9 + 0.2 * chance;
  record.most_per_order = 0;
  record.closed = {
      now + Duration(static_cast<Duration::rep>(share * static_cast<double>(pause.count()))),
      outcome.why_missing, outcome.shortfall};
}

void PoolHealth::OnFilled(const std::string& pool) {
  records_[pool].stock_outs = 0;
}

const QuotaLimit* PoolHealth::QuotaOf(const std::string& pool, Duration now) const {
  const auto offer = offers_.find(pool);
  if (offer == offers_.end()) return nullptr;
  const auto quota = quotas_.find({offer->second.region, offer->second.capacity_class});
  return quota == quotas_.end() || now >= quota->second.until ? nullptr : &quota->second;
}

bool PoolHealth::IsOpen(const std::string& pool, Duration now) const {
  const auto record = records_.find(pool);
  if (record != records_.end() && now < record->second.closed.until) return false;
  return QuotaOf(pool, now) == nullptr;
}

std::int64_t PoolHealth::MostPerOrder(const std::string& pool) const {
  return IsLimited(pool) ? records_.at(pool).most_per_order
                         : std::numeric_limits<std::int64_t>::max();
}

bool PoolHealth::IsLimited(const std::string& pool) const {
  const auto record = records_.find(pool);
  return record != records_.end() && record->second.most_per_order > 0;
}

bool PoolHealth::IsSuspect(const CapacityOffer& offer, Duration now) const {
  return std::ranges::any_of(records_, [&](const auto& entry) {
    const auto other = offers_.find(entry.first);
    return now < entry.second.closed.until && other != offers_.end() &&
           AreNeighbours(offer, other->second);
  });
}

OrderLimits PoolHealth::Limits(Duration now) const {
  OrderLimits limits;
  for (const auto& [key, quota] : quotas_)
    if (now < quota.until) limits.quotas.push_back(quota);
  for (const auto& [pool, record] : records_)
    if (now < record.closed.until) limits.closed[pool] = record.closed;
  for (const auto& [pool, offer] : offers_) {
    if (const QuotaLimit* quota = QuotaOf(pool, now))
      limits.closed.try_emplace(pool, ClosedPool{quota->until, quota->why, Shortfall::kQuota});
    if (!limits.closed.contains(pool) && IsSuspect(offer, now)) limits.suspects.insert(pool);
  }
  return limits;
}

}  // namespace loadcurve::capacity
