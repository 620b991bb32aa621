#include "scaler/capacity/price_book.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/time_text.h"

namespace loadcurve::capacity {
namespace {

Result<void> Refuse(const PriceQuote& quote, const std::string& found,
                    const std::string& expected) {
  return Fail(ErrorCode::kInvalidArgument,
              "price of pool '" + quote.pool + "' is " + found + "; expected " + expected);
}

bool IsJump(double from, double to, double times) {
  return to > from * times || to < from / times;
}

std::optional<double> OnDemandPrice(const CapacityOffer& spot,
                                    const std::vector<CapacityOffer>& offers) {
  std::optional<double> least;
  for (const CapacityOffer& offer : offers) {
    if (offer.capacity_class != CapacityClass::kOnDemand || offer.region != spot.region ||
        offer.instance_type != spot.instance_type || offer.pieces != spot.pieces)
      continue;
    least = std::min(least.value_or(offer.price.value()), offer.price.value());
  }
  return least;
}

}  // namespace

Result<void> PriceBook::Note(const PriceQuote& quote) {
  if (quote.currency != "USD") return Refuse(quote, "in " + quote.currency, "USD");
  if (!(quote.amount > 0) || !std::isfinite(quote.amount))
    return Refuse(quote, std::to_string(quote.amount), "more than 0 USD an hour");
  const auto found = entries_.find(quote.pool);
  if (found == entries_.end()) {
    entries_[quote.pool] = {.believed = quote.amount, .at = quote.at};
    return {};
  }
  Entry& entry = found->second;
  if (quote.at < entry.at)
    return Refuse(quote, "of " + ToRfc3339(quote.at), "one after " + ToRfc3339(entry.at));
  entry.at = quote.at;
  if (IsJump(entry.believed, quote.amount, rules_.jump)) {
    const bool is_same = entry.times > 0 && !IsJump(entry.doubted, quote.amount, rules_.jump);
    entry.times = is_same ? entry.times + 1 : 1;
    entry.doubted = quote.amount;
    if (entry.times < rules_.believed_after) return {};
  }
  entry.believed = quote.amount;
  entry.times = 0;
  return {};
}

bool PriceBook::IsFresh(std::string_view pool, TimePoint now) const {
  const auto found = entries_.find(pool);
  return found != entries_.end() && now - found->second.at <= rules_.most_age;
}

bool PriceBook::IsTooDear(const CapacityOffer& spot, const std::vector<CapacityOffer>& offers) {
  const auto on_demand = OnDemandPrice(spot, offers);
  bool& is_left_out = is_left_out_[spot.pool];
  if (!on_demand) return is_left_out = false;
  const double limit = is_left_out ? *on_demand * (1 - rules_.spot_margin.value()) : *on_demand;
  return is_left_out = spot.price.value() >= limit;
}

std::vector<CapacityOffer> PriceBook::Priced(std::vector<CapacityOffer> offers, TimePoint now) {
  std::erase_if(offers, [&](const CapacityOffer& offer) { return !entries_.contains(offer.pool); });
  for (CapacityOffer& offer : offers) {
    const Entry& entry = entries_.find(offer.pool)->second;
    offer.price = UsdPerHour(entry.believed);
    offer.priced_at = entry.at;
  }
  std::vector<CapacityOffer> priced;
  for (const CapacityOffer& offer : offers)
    if (offer.capacity_class != CapacityClass::kSpot || !IsTooDear(offer, offers))
      priced.push_back(offer);
  for (CapacityOffer& offer : priced) {
    if (IsFresh(offer.pool, now)) continue;
    const auto on_demand =
        offer.capacity_class == CapacityClass::kSpot ? OnDemandPrice(offer, offers) : std::nullopt;
    offer.price = offer.price * rules_.stale_factor;
    if (on_demand) offer.price = std::min(offer.price, UsdPerHour(*on_demand));
  }
  return priced;
}

}  // namespace loadcurve::capacity
