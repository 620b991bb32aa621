#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "scaler/capacity/orders/call_budget.h"
#include "scaler/capacity/orders/order_book.h"
#include "scaler/capacity/orders/order_journal.h"
#include "scaler/capacity/orders/pool_health.h"

namespace loadcurve::capacity {

struct OrderPolicy {
  CallRate calls{};
  BookPatience patience{};
  ClosingTimes closing{};
  // A provider that knows tokens is bought from on its last list for so long, where it lists none.
  Duration list_max_age = std::chrono::minutes(5);
  int most_rounds = 16;  // in which one run plans anew around what was refused
  std::uint64_t seed = 1;
};

// What a plan says of an order: why this pool, what all nodes of the plan cost together, and which
// share of the pods has no room in its worst cases.
struct OrderReason {
  std::string why{};
  UsdPerHour cost{};
  double tail_shortfall = 0;
};

// How many nodes of a pool are wanted in all.
struct PoolWish {
  std::string pool;
  std::int64_t nodes = 0;  // >= 0
  OrderUrgency urgency = OrderUrgency::kGrowth;
  OrderReason reason{};
};

// What a plan may count on.
struct OrderView {
  std::map<std::string, PoolCount> counts;  // by pool; none = no node
  OrderLimits limits;
};

// Gives what is wanted under these limits. Pools that it does not name are left as they are.
using WishPlan = std::function<std::vector<PoolWish>(const OrderView&)>;

// What a run is told.
struct OrderTick {
  Duration now{};                         // monotonic
  std::vector<CapacityOffer> offers{};    // where pools stand
  std::set<std::string> losing{};         // nodes under notice, or not ready: not to be counted on
  std::vector<std::string> given_back{};  // drained: to be paid no longer
  WishPlan plan{};
};

// What came of it.
struct OrderReport {
  std::vector<RecordedOrder> settled;          // in this run
  std::map<std::string, OrderReason> reasons;  // by token: of settled ones that it began itself
  std::int64_t adopted = 0;                    // nodes that were there without an order
  std::int64_t retired = 0;                    // given back
  std::map<std::string, std::int64_t> unmet;   // by pool: wanted by the last plan, not had
  std::vector<RecordedOrder> open;             // it is not known yet what came of them
  std::vector<ProvidedNode> surplus;           // nobody ordered nor wants them: to be drained
  OrderView view;                              // afterwards
  std::vector<Error> faults;                   // what kept it from doing more
  bool is_held = false;  // nothing new was bought, since it is not known what is there
};

// Buys what a plan wants, so that nothing is bought twice and nothing is forgotten, whatever
// crashes, answers that are lost, and second leaders do.
//
//   intent written -> provider asked -> outcome written
//
// An intent whose outcome is unknown counts as pending, and is sent again with its token where the
// provider knows tokens; else it is looked for first, and while that cannot be told nothing is
// sent. What a provider still works on is open, and looked for until that is over. A list that was
// never seen, and a journal that has nothing yet, hold purchases back. While an order is not
// answered its pool takes no others; after three tries it is given up once the list had the time to
// show it and does not, and the plan goes elsewhere.
// Partial orders are kept, and the plan is asked again at once what to do about the rest. Nodes
// without an order are taken into one where they are wanted, and told as surplus where they are
// not; the runner itself takes no node that `given_back` does not name.
//
// One thread runs it. It keeps no state but what one or two refusals teach again.
class OrderRunner {
 public:
  // Both outlive it.
  OrderRunner(OrderJournal& journal, CapacityProvider& provider, const OrderPolicy& policy);

  OrderReport Run(const OrderTick& tick);

 private:
  class Turn;

  OrderJournal& journal_;
  CapacityProvider& provider_;
  OrderPolicy policy_;
  OrderBook book_;
  PoolHealth health_;
  CallBudget budget_;
  std::optional<Duration> listed_at_;    // the last list
  std::optional<Duration> empty_since_;  // the journal had nothing at the first list
  bool was_read_ = false;
  // An order that was sent, and whose outcome is not known.
  struct Doubt {
    Duration since{};  // the last try, or look where there was none
    int unanswered = 0;
    std::string why{};
  };

  std::map<std::string, Doubt> doubts_;         // by token
  std::set<std::string> untried_;               // tokens of orders that were refused unseen
  std::map<std::string, OrderReason> reasons_;  // by token, of orders that are not settled
};

}  // namespace loadcurve::capacity
