#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "scaler/capacity/capacity_offer.h"

namespace loadcurve::capacity {

// What somebody says a pool costs.
struct PriceQuote {
  std::string pool;
  double amount = 0;  // an hour
  std::string currency = "USD";
  TimePoint at;
};

// How much of what is quoted is believed.
struct PriceRules {
  Duration most_age = std::chrono::hours(6);
  // A price so many times another one counts only once it was quoted so often in a row.
  double jump = 3;
  int believed_after = 3;
  // Of an old price, for nodes that must be bought all the same.
  double stale_factor = 1.2;
  // Spot that was dearer than on-demand is taken again when it is cheaper by this share.
  Ratio spot_margin{0.05};
};

// Prices of pools over time, of which no single one moves a fleet. Not thread-safe.
class PriceBook {
 public:
  explicit PriceBook(PriceRules rules = {}) : rules_(rules) {}

  // kInvalidArgument for a price that is none (zero, negative, not a number), in another currency
  // or from before the last one: what was believed before stands.
  [[nodiscard]] Result<void> Note(const PriceQuote& quote);

  // The offers at the prices that are believed, with their age in `priced_at`. A stale price is
  // raised by the factor, of spot up to what the same instance type costs on demand in its region.
  // Left out are pools without a price and spot that is, or lately was, dearer than on-demand.
  std::vector<CapacityOffer> Priced(std::vector<CapacityOffer> offers, TimePoint now);

  // Whether nodes may be moved for the price of this pool: it is known, and not stale.
  bool IsFresh(std::string_view pool, TimePoint now) const;

 private:
  struct Entry {
    double believed = 0;
    TimePoint at;
    double doubted = 0;  // a jump, and how often it was quoted
    int times = 0;
  };

  bool IsTooDear(const CapacityOffer& spot, const std::vector<CapacityOffer>& offers);

  PriceRules rules_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::map<std::string, bool> is_left_out_;
};

}  // namespace loadcurve::capacity
