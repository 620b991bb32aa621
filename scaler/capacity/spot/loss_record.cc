#include "scaler/capacity/spot/loss_record.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace loadcurve::capacity {
namespace {

constexpr Duration kHour = std::chrono::hours(1);
constexpr double kHoursToHalf = 4 * 7 * 24;

}  // namespace

void LossRecord::Note(Duration now, const std::map<std::string, Count>& pools) {
  if (begun_at_ && now - last_ <= kLongestLook)
    for (auto& [pool, hour] : hour_)
      if (hour.held > 0) hour.seconds += Seconds(now - last_);
  for (auto& [pool, hour] : hour_) hour.held = 0;
  for (const auto& [pool, count] : pools) {
    Hour& hour = hour_[pool];
    hour.held = count.held;
    hour.most = std::max(hour.most, count.held + count.lost);
    hour.lost += count.lost;
  }
  if (!begun_at_) begun_at_ = now;
  last_ = now;
  if (now - *begun_at_ < kHour) return;
  EndHour();
  begun_at_ = now;
}

void LossRecord::EndHour() {
  const double kept = std::exp2(-1 / kHoursToHalf);
  for (auto& [pool, seen] : pools_) seen = {seen.hours * kept, seen.lost * kept};
  for (auto& [pair, seen] : pairs_) seen = {seen.hours * kept, seen.lost * kept};
  std::map<std::string, SeenLosses> shares;
  for (auto& [pool, hour] : hour_) {
    if (hour.seconds <= 0 && hour.lost == 0) continue;
    shares[pool] = {std::min(1.0, hour.seconds / Seconds(kHour)),
                    std::min(1.0, static_cast<double>(hour.lost) / static_cast<double>(hour.most))};
  }
  for (auto& [pool, hour] : hour_) hour = {.held = hour.held, .most = hour.held};
  std::erase_if(hour_, [](const auto& each) { return each.second.held == 0; });
  for (auto first = shares.begin(); first != shares.end(); ++first) {
    pools_[first->first].hours += first->second.hours;
    pools_[first->first].lost += first->second.lost;
    for (auto second = std::next(first); second != shares.end(); ++second) {
      SeenLosses& both = pairs_[{first->first, second->first}];
      both.hours += std::min(first->second.hours, second->second.hours);
      both.lost += std::min(first->second.lost, second->second.lost);
    }
  }
}

LossRecord LossRecord::Of(const std::map<std::string, std::span<const std::int64_t>>& stock,
                          Duration step) {
  LossRecord record;
  std::size_t steps = 0;
  for (const auto& [pool, counts] : stock) steps = std::max(steps, counts.size());
  for (std::size_t i = 0; i < steps; ++i) {
    std::map<std::string, Count> now;
    for (const auto& [pool, counts] : stock) {
      if (i >= counts.size()) continue;
      const std::int64_t before = i == 0 ? counts[i] : counts[i - 1];
      now[pool] = {counts[i], std::max<std::int64_t>(0, before - counts[i])};
    }
    record.Note(static_cast<std::int64_t>(i) * step, now);
  }
  return record;
}

LossRecord LossRecord::After(Pools pools, Pairs pairs) {
  LossRecord record;
  record.pools_ = std::move(pools);
  record.pairs_ = std::move(pairs);
  return record;
}

}  // namespace loadcurve::capacity
