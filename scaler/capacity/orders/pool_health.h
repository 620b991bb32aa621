#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/units.h"
#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/capacity_provider.h"

namespace loadcurve::capacity {

// A pool that is not asked for more before `until` (monotonic).
struct ClosedPool {
  Duration until{};
  std::string why;
  Shortfall shortfall = Shortfall::kStock;
};

// This account may hold no more nodes of a class in a region, as far as is known.
struct QuotaLimit {
  std::string region;
  CapacityClass capacity_class = CapacityClass::kOnDemand;
  Duration until{};  // then it is tried again
  std::string why;
};

// What the next plan must heed.
struct OrderLimits {
  std::map<std::string, ClosedPool> closed;  // by pool; those of a quota are among them
  std::set<std::string> suspects;            // open, but neighbours of a pool that is out of stock
  std::vector<QuotaLimit> quotas;
};

struct ClosingTimes {
  // After a stock-out; doubled by each one in a row, and a seeded tenth more or less. Where there
  // was no answer it is never doubled.
  Duration stock = std::chrono::minutes(3);
  Duration longest_stock = std::chrono::hours(1);
  Duration quota = std::chrono::minutes(30);
};

// What refusals of orders say about pools. A stock-out closes the pool, and makes those of the
// same zone and family (or type) suspect for as long; an exhausted quota closes all pools of the
// region and class. Where a provider sells no part of an order, half as many are asked for before
// a pool is closed. Kept in memory only: what was forgotten is learned again by one refusal.
class PoolHealth {
 public:
  PoolHealth(const ClosingTimes& times, std::uint64_t seed) : times_(times), seed_(seed) {}

  // What is on offer now: where pools stand.
  void Know(const std::vector<CapacityOffer>& offers);
  // An order for `asked` nodes brought fewer.
  void OnShort(const CapacityOrder& asked, const OrderOutcome& outcome, Duration now);
  void OnFilled(const std::string& pool);

  bool IsOpen(const std::string& pool, Duration now) const;
  // How many nodes one order may be for.
  std::int64_t MostPerOrder(const std::string& pool) const;
  // Whether that is fewer than somebody may want.
  bool IsLimited(const std::string& pool) const;
  OrderLimits Limits(Duration now) const;

 private:
  struct Record {
    int stock_outs = 0;  // in a row
    ClosedPool closed{};
    std::int64_t most_per_order = 0;  // 0 = any
  };
  using QuotaKey = std::pair<std::string, CapacityClass>;

  void Close(const std::string& pool, const OrderOutcome& outcome, Duration now);
  const QuotaLimit* QuotaOf(const std::string& pool, Duration now) const;
  bool IsSuspect(const CapacityOffer& offer, Duration now) const;

  ClosingTimes times_;
  std::uint64_t seed_;
  std::map<std::string, CapacityOffer> offers_;
  std::map<std::string, Record> records_;
  std::map<QuotaKey, QuotaLimit> quotas_;
};

}  // namespace loadcurve::capacity
