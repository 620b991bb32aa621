#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/units.h"
#include "scaler/capacity/capacity_provider.h"
#include "scaler/capacity/orders/order_journal.h"

namespace loadcurve::capacity {

// How a pool stands.
struct PoolCount {
  std::int64_t held = 0;     // nodes that are paid for and to be counted on
  std::int64_t pending = 0;  // nodes of orders of which it is not known what came of them
};

// How long the book waits before it believes.
struct BookPatience {
  // A provider may list a node so long after it was bought; a node that is not listed for so long
  // is gone.
  Duration listing_lag = std::chrono::seconds(60);
  // A node that nobody ordered and nobody wants is surplus when it was there for so long.
  Duration stray_grace = std::chrono::minutes(10);
};

// The journal's orders laid over the provider's list of nodes. Nothing is counted twice: a node of
// an intended order is pending and not held. Times are monotonic.
//
// A node that was listed and is not any more is gone at once, unless more than half of all vanish
// together: that is rather a fault of the list, and is believed after the listing lag.
class OrderBook {
 public:
  explicit OrderBook(const BookPatience& patience) : patience_(patience) {}

  // All that the journal has.
  void Learn(const std::vector<RecordedOrder>& orders);
  // What was written since.
  void Put(const RecordedOrder& order);
  void Drop(const RecordedOrder& order);
  void OnListed(const std::vector<ProvidedNode>& nodes, Duration now);
  // Given back: not counted on from now on, whatever a list says.
  void OnRetired(const std::vector<std::string>& node_ids);

  // By pool. Nodes of `losing` are not held, nor those that are interrupted or leaving.
  std::map<std::string, PoolCount> Counts(Duration now, const std::set<std::string>& losing) const;
  // By pool and number.
  std::vector<RecordedOrder> Intended() const;
  // Settled orders of which nodes are gone, as they are without these.
  std::vector<RecordedOrder> Shrunk(Duration now) const;
  // Settled orders without nodes, but for the latest of each pool.
  std::vector<RecordedOrder> Spent() const;
  // Listed nodes that no order has, but those that leave.
  std::vector<ProvidedNode> Strays() const;
  // Strays that were there for longer than the grace.
  std::vector<ProvidedNode> Surplus(Duration now) const;

  std::int64_t NextNumber(const std::string& pool) const;
  bool is_empty() const { return orders_.empty(); }

 private:
  using OrderKey = std::pair<std::string, std::int64_t>;

  bool IsGone(const std::string& id, Duration now) const;
  void NoteMissing(Duration now);
  void NoteStrays(Duration now);

  BookPatience patience_;
  std::map<OrderKey, RecordedOrder> orders_;
  std::map<std::string, ProvidedNode> listed_;
  std::set<std::string> seen_;  // listed once, and not gone since
  std::set<std::string> retired_;
  std::map<std::string, Duration> missing_since_;
  std::map<std::string, Duration> stray_since_;
};

}  // namespace loadcurve::capacity
