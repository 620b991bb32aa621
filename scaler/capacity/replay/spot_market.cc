#include "scaler/capacity/replay/spot_market.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <utility>

namespace loadcurve::capacity {
namespace {

// How long a price that strayed takes to come back, by a factor of e.
constexpr Duration kPriceMemory = std::chrono::days(1);

// The finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
std::uint64_t Mixed(std::uint64_t bits) {
  bits += 0x9e3779b97f4a7c15U;
  bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111ebU;
  return bits ^ (bits >> 31U);
}

tl::unexpected<Error> Invalid(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

Result<void> CheckTerms(const SpotTerms& terms) {
  if (terms.gap <= Duration(0)) return Invalid("the step of the traces is zero; expected more");
  if (terms.boot < Duration(0) || terms.notice < Duration(0))
    return Invalid("boot and notice are times from zero up");
  const double missed = terms.missed_notice.value();
  if (!(missed >= 0 && missed <= 1))
    return Invalid("the share of missed notices is " + std::to_string(missed) +
                   "; expected a number in [0, 1]");
  const double drift = terms.price_drift.value();
  if (!(drift >= 0 && drift <= 1))
    return Invalid("the drift of prices is " + std::to_string(drift) +
                   "; expected a number in [0, 1]");
  return {};
}

Result<void> CheckTrace(const SpotTrace& trace, std::size_t ticks) {
  if (trace.stock.size() != ticks)
    return Invalid(trace.pool + " has " + std::to_string(trace.stock.size()) +
                   " ticks; expected as many as the demand has, " + std::to_string(ticks));
  if (std::ranges::any_of(trace.stock, [](std::int64_t stock) { return stock < 0; }))
    return Invalid(trace.pool + " has less than nothing in stock; expected counts from 0 up");
  if (!(std::isfinite(trace.price) && trace.price > 0))
    return Invalid(trace.pool + " costs " + std::to_string(trace.price) +
                   " of an on-demand node; expected a number above 0");
  return {};
}

// Even in [0, 1).
double Drawn(std::uint64_t bits) {
  return static_cast<double>(bits >> 11U) * 0x1p-53;
}

// By Box and Muller, from the bits alone: the same with every library.
double DrawnNormal(std::uint64_t bits) {
  const double radius = std::sqrt(-2 * std::log1p(-Drawn(Mixed(bits))));
  return radius * std::cos(2 * std::numbers::pi * Drawn(Mixed(~bits)));
}

std::vector<double> DriftingPrices(const SpotTrace& trace, const SpotTerms& terms,
                                   std::uint64_t pool) {
  const double spread = terms.price_drift.value();
  const double kept = std::exp(-Seconds(terms.gap) / Seconds(kPriceMemory));
  const double most = std::max(1.0, trace.price);
  const std::uint64_t stream = Mixed(Mixed(~terms.seed) ^ pool);
  std::vector<double> prices;
  double strayed = DrawnNormal(stream ^ trace.stock.size());
  for (std::size_t tick = 0; tick < trace.stock.size(); ++tick) {
    prices.push_back(
        std::min(most, trace.price * std::exp(spread * strayed - spread * spread / 2)));
    strayed = kept * strayed + std::sqrt(1 - kept * kept) * DrawnNormal(stream ^ tick);
  }
  return prices;
}

}  // namespace

Result<SpotMarket> SpotMarket::Make(std::vector<SpotTrace> traces, std::vector<std::int64_t> demand,
                                    const SpotTerms& terms) {
  LC_TRY_VOID(CheckTerms(terms));
  if (traces.empty()) return Invalid("no trace; expected one a pool");
  if (demand.empty()) return Invalid("no ticks; expected at least one");
  if (std::ranges::any_of(demand, [](std::int64_t nodes) { return nodes < 0; }))
    return Invalid("the demand is below 0 nodes; expected counts from 0 up");
  std::set<std::string> names;
  for (const SpotTrace& trace : traces) {
    LC_TRY_VOID(CheckTrace(trace, demand.size()));
    if (!names.insert(trace.pool).second)
      return Invalid("two traces are of the pool " + trace.pool + "; expected one a pool");
  }
  SpotMarket market;
  if (terms.price_drift > Ratio(0))
    for (const SpotTrace& trace : traces)
      market.prices_.push_back(DriftingPrices(trace, terms, market.prices_.size()));
  market.traces_ = std::move(traces);
  market.demand_ = std::move(demand);
  market.terms_ = terms;
  return market;
}

bool SpotMarket::IsAnnounced(std::size_t pool, std::size_t tick) const {
  return Drawn(Mixed(Mixed(Mixed(terms_.seed) ^ pool) ^ tick)) >= terms_.missed_notice.value();
}

double SpotMarket::PriceOf(std::size_t pool, std::size_t tick) const {
  return prices_.empty() ? traces_[pool].price : prices_[pool][tick];
}

}  // namespace loadcurve::capacity
