#include "scaler/capacity/orders/order_runner.h"

#include <algorithm>
#include <utility>

namespace loadcurve::capacity {
namespace {

// After these it is not known what the provider did.
bool IsAmbiguous(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kDeadlineExceeded ||
         code == ErrorCode::kInternal || code == ErrorCode::kCancelled;
}

// An order that was not answered is sent again after ten seconds, then twenty: what is ordered
// elsewhere comes through meanwhile. After so many tries only the list can tell.
constexpr Duration kFirstRetry = std::chrono::seconds(10);
constexpr int kMostTries = 3;

std::int64_t CountOf(const std::vector<std::string>& ids) {
  return static_cast<std::int64_t>(ids.size());
}

// What an error that is no doubt says of an order.
OrderOutcome RefusalOf(const CapacityOrder& order, const Error& error) {
  return {.missing = order.nodes,
          .why_missing = error.message,
          .shortfall =
              error.code == ErrorCode::kCapacityExhausted ? Shortfall::kStock : Shortfall::kOther};
}

}  // namespace

// One run. `is_over_` once nothing further may be done in it.
class OrderRunner::Turn {
 public:
  Turn(OrderRunner& runner, const OrderTick& tick) : runner_(runner), tick_(tick) {}

  OrderReport Take() {
    runner_.health_.Know(tick_.offers);
    if (Read()) {
      List();
      Prune();
      Plan();
      Resolve();
      for (int round = 0; round < runner_.policy_.most_rounds && !is_over_; ++round) {
        if (round > 0 || !report_.settled.empty()) Plan();
        if (!Adopt() && !Place()) break;
      }
      GiveBack();
    }
    Conclude();
    return std::move(report_);
  }

 private:
  // ---- what is there

  bool Read() {
    const auto orders = runner_.journal_.Read();
    if (!orders) {
      Stop(orders.error());
      return false;
    }
    if (!runner_.was_read_ && orders->empty()) runner_.empty_since_ = tick_.now;
    runner_.was_read_ = true;
    runner_.book_.Learn(*orders);
    return true;
  }

  void List() {
    if (!runner_.budget_.Take(tick_.now, OrderUrgency::kReplacement)) return;
    const auto nodes = runner_.provider_.Nodes();
    if (!nodes) return Refused(nodes.error());
    runner_.budget_.OnAnswered();
    runner_.book_.OnListed(*nodes, tick_.now);
    runner_.listed_at_ = tick_.now;
    is_listed_ = true;
  }

  // Orders that lost nodes, and those that have none left.
  void Prune() {
    if (!is_listed_) return;
    for (const RecordedOrder& order : runner_.book_.Shrunk(tick_.now))
      if (!Write(order)) return;
    for (const RecordedOrder& order : runner_.book_.Spent()) {
      if (const auto forgotten = runner_.journal_.Forget(order); !forgotten)
        return Stop(forgotten.error());
      runner_.book_.Drop(order);
    }
  }

  // ---- what is wanted

  void Plan() {
    OrderView view = View();
    // What is there without an order is paid for, and taken in before anything is bought.
    for (const ProvidedNode& node : runner_.book_.Strays())
      if (!tick_.losing.contains(node.id)) ++view.counts[node.pool].held;
    std::vector<PoolWish> wishes = tick_.plan(view);
    std::ranges::stable_sort(wishes, {}, &PoolWish::urgency);
    wishes_ = std::move(wishes);
  }

  OrderView View() {
    OrderView view{Counts(), runner_.health_.Limits(tick_.now)};
    for (const RecordedOrder& order : runner_.book_.Intended())
      if (const Doubt* doubt = UnansweredOf(order))
        view.limits.closed.try_emplace(
            order.order.pool, ClosedPool{RetryAt(*doubt), doubt->why, Shortfall::kNoAnswer});
    return view;
  }

  // null: it was answered, or not sent.
  const Doubt* UnansweredOf(const RecordedOrder& order) const {
    const auto doubt = runner_.doubts_.find(order.order.token);
    return doubt == runner_.doubts_.end() || doubt->second.unanswered == 0 ? nullptr
                                                                           : &doubt->second;
  }

  static Duration RetryAt(const Doubt& doubt) {
    Duration pause = kFirstRetry;
    for (int i = 1; i < doubt.unanswered; ++i) pause *= 2;
    return doubt.since + pause;
  }

  // Counted anew once the book has changed.
  const std::map<std::string, PoolCount>& Counts() {
    if (!counts_) counts_ = runner_.book_.Counts(tick_.now, tick_.losing);
    return *counts_;
  }

  std::int64_t Shortage(const PoolWish& wish) {
    const auto count = Counts().find(wish.pool);
    if (count == Counts().end()) return wish.nodes;
    return wish.nodes - count->second.held - count->second.pending;
  }

  const PoolWish* WishOf(const std::string& pool) const {
    const auto wish = std::ranges::find(wishes_, pool, &PoolWish::pool);
    return wish == wishes_.end() ? nullptr : &*wish;
  }

  // ---- what was begun

  void Resolve() {
    for (const RecordedOrder& order : runner_.book_.Intended()) {
      if (is_over_) return;
      const PoolWish* wish = WishOf(order.order.pool);
      const bool is_wanted = wish == nullptr || Shortage(*wish) > -order.order.nodes;
      const Doubt* doubt = UnansweredOf(order);
      const bool is_given_up = doubt != nullptr && doubt->unanswered >= kMostTries;
      if (doubt != nullptr && !is_given_up && tick_.now < RetryAt(*doubt)) continue;
      const bool is_safe =
          runner_.provider_.KnowsTokens() || runner_.untried_.contains(order.order.token);
      const auto urgency = wish == nullptr ? OrderUrgency::kGrowth : wish->urgency;
      if (!runner_.budget_.Take(tick_.now, urgency)) return;
      if (is_safe && is_wanted && !is_given_up) {
        Send(order);
      } else {
        LookFor(order, is_wanted);
      }
    }
  }

  // Where nobody wants it any more, or sending it again might buy it again.
  void LookFor(const RecordedOrder& order, bool is_wanted) {
    const Doubt& doubt =
        runner_.doubts_.try_emplace(order.order.token, Doubt{.since = tick_.now}).first->second;
    const bool has_settled = tick_.now - doubt.since >= runner_.policy_.patience.listing_lag;
    const auto found = runner_.provider_.Find(order.order);
    if (!found) {
      report_.faults.push_back(found.error());
      return;
    }
    if (*found && (*found)->is_open) return;
    const bool is_whole = *found && (*found)->missing == 0;
    if (is_whole || (*found && has_settled)) {
      // Nodes that were only looked at do not say why others are not there.
      if (is_whole || (*found)->shortfall != Shortfall::kNone) NoteHealth(order, **found);
      return Settle(order, **found);
    }
    if (!has_settled) return;
    if (!is_wanted)
      return Settle(order, {.missing = order.order.nodes, .why_missing = "not wanted any more"});
    if (doubt.unanswered >= kMostTries) {
      const OrderOutcome none{.missing = order.order.nodes,
                              .why_missing = "no answer: " + doubt.why,
                              .shortfall = Shortfall::kNoAnswer};
      NoteHealth(order, none);
      return Settle(order, none);
    }
    if (runner_.budget_.Take(tick_.now, OrderUrgency::kGrowth)) Send(order);
  }

  // ---- buying

  // Whether strays were taken into an order.
  bool Adopt() {
    std::map<std::string, std::vector<std::string>> strays;
    for (const ProvidedNode& node : runner_.book_.Strays())
      if (!tick_.losing.contains(node.id)) strays[node.pool].push_back(node.id);
    bool has_adopted = false;
    for (const PoolWish& wish : wishes_) {
      std::vector<std::string>& found = strays[wish.pool];
      const std::int64_t wanted = std::min(Shortage(wish), CountOf(found));
      if (wanted <= 0 || is_over_) continue;
      found.resize(static_cast<std::size_t>(wanted));
      const auto order = runner_.journal_.Intend(
          {wish.pool, wanted, runner_.book_.NextNumber(wish.pool), std::move(found)});
      if (!order) {
        Stop(order.error());
        break;
      }
      Note(*order);
      report_.settled.push_back(*order);
      report_.reasons[order->order.token] = wish.reason;
      report_.adopted += wanted;
      has_adopted = true;
    }
    return has_adopted;
  }

  // Whether something was ordered.
  bool Place() {
    bool has_ordered = false;
    for (const PoolWish& wish : wishes_) {
      const std::int64_t nodes = std::min(Shortage(wish), runner_.health_.MostPerOrder(wish.pool));
      if (nodes <= 0 || is_over_ || !runner_.health_.IsOpen(wish.pool, tick_.now)) continue;
      if (IsUnanswered(wish.pool)) continue;
      // How many can be had is being tried.
      if (runner_.health_.IsLimited(wish.pool) && IsAwaited(wish.pool)) continue;
      if (!KnowsWhatIsThere()) {
        report_.is_held = true;
        return false;
      }
      if (!runner_.budget_.Take(tick_.now, wish.urgency)) continue;
      Order(wish, nodes);
      has_ordered = true;
    }
    return has_ordered;
  }

  // Whether there is an order of which it is not known what came of it.
  bool IsAwaited(const std::string& pool) const {
    return std::ranges::any_of(runner_.book_.Intended(),
                               [&](const RecordedOrder& each) { return each.order.pool == pool; });
  }

  bool IsUnanswered(const std::string& pool) const {
    return std::ranges::any_of(runner_.book_.Intended(), [&](const RecordedOrder& each) {
      return each.order.pool == pool && UnansweredOf(each) != nullptr;
    });
  }

  // Without it, what is bought might be there already.
  bool KnowsWhatIsThere() const {
    if (!runner_.listed_at_) return false;
    const Duration lag = runner_.policy_.patience.listing_lag;
    if (runner_.empty_since_ && *runner_.listed_at_ - *runner_.empty_since_ < lag) return false;
    if (is_listed_) return true;
    return runner_.provider_.KnowsTokens() &&
           tick_.now - *runner_.listed_at_ <= runner_.policy_.list_max_age;
  }

  void Order(const PoolWish& wish, std::int64_t nodes) {
    if (!MayAct()) return;
    const auto order =
        runner_.journal_.Intend({wish.pool, nodes, runner_.book_.NextNumber(wish.pool), {}});
    if (!order) return Stop(order.error());
    runner_.reasons_[order->order.token] = wish.reason;
    Note(*order);
    Send(*order);
  }

  void Send(const RecordedOrder& order) {
    if (!MayAct()) return;
    const auto outcome = runner_.provider_.Launch(order.order);
    if (!outcome && IsAmbiguous(outcome.error().code)) {
      Doubt& doubt = runner_.doubts_[order.order.token];
      doubt = {tick_.now, doubt.unanswered + 1, outcome.error().message};
      runner_.untried_.erase(order.order.token);
      return Refused(outcome.error());
    }
    if (outcome && outcome->shortfall == Shortfall::kThrottled) {
      runner_.untried_.insert(order.order.token);
      return runner_.budget_.OnRefused(tick_.now, outcome->retry_after);
    }
    runner_.budget_.OnAnswered();
    if (outcome && outcome->is_open) {
      runner_.doubts_[order.order.token] = {.since = tick_.now};
      runner_.untried_.erase(order.order.token);
      return;
    }
    const OrderOutcome had = outcome ? *outcome : RefusalOf(order.order, outcome.error());
    if (!outcome) report_.faults.push_back(outcome.error());
    NoteHealth(order, had);
    Settle(order, had);
  }

  // What its outcome says of a pool.
  void NoteHealth(const RecordedOrder& order, const OrderOutcome& had) {
    if (had.missing > 0) {
      runner_.health_.OnShort(order.order, had, tick_.now);
    } else {
      runner_.health_.OnFilled(order.order.pool);
    }
  }

  void Settle(RecordedOrder order, const OrderOutcome& outcome) {
    order.stage = OrderStage::kSettled;
    order.node_ids = outcome.node_ids;
    order.why_missing = outcome.why_missing;
    if (!Write(order)) return;
    runner_.doubts_.erase(order.order.token);
    runner_.untried_.erase(order.order.token);
    if (auto reason = runner_.reasons_.extract(order.order.token))
      report_.reasons.insert(std::move(reason));
    report_.settled.push_back(order);
  }

  void GiveBack() {
    if (tick_.given_back.empty() || is_over_) return;
    if (!runner_.budget_.Take(tick_.now, OrderUrgency::kSavings) || !MayAct()) return;
    if (const auto retired = runner_.provider_.Retire(tick_.given_back); !retired)
      return Refused(retired.error());
    runner_.budget_.OnAnswered();
    runner_.book_.OnRetired(tick_.given_back);
    counts_.reset();
    report_.retired = CountOf(tick_.given_back);
  }

  // ---- what went wrong

  bool Write(const RecordedOrder& order) {
    const auto written = runner_.journal_.Record(order);
    if (!written) {
      Stop(written.error());
      return false;
    }
    Note(*written);
    return true;
  }

  void Note(const RecordedOrder& order) {
    runner_.book_.Put(order);
    counts_.reset();
  }

  bool MayAct() {
    if (is_over_) return false;
    if (const auto may = runner_.journal_.MayAct(); !may) Stop(may.error());
    return !is_over_;
  }

  // The provider is busy, or cannot be reached.
  void Refused(const Error& error) {
    report_.faults.push_back(error);
    if (IsAmbiguous(error.code)) runner_.budget_.OnRefused(tick_.now, Duration(0));
    if (error.code == ErrorCode::kCancelled) is_over_ = true;
  }

  // The journal is not ours, or cannot be written: nothing may be done that is not in it.
  void Stop(const Error& error) {
    report_.faults.push_back(error);
    is_over_ = true;
  }

  void Conclude() {
    report_.view = View();
    report_.open = runner_.book_.Intended();
    report_.surplus = is_listed_ ? runner_.book_.Surplus(tick_.now) : std::vector<ProvidedNode>();
    for (const PoolWish& wish : wishes_)
      if (const std::int64_t shortage = Shortage(wish); shortage > 0)
        report_.unmet[wish.pool] = shortage;
  }

  OrderRunner& runner_;
  const OrderTick& tick_;
  OrderReport report_;
  std::vector<PoolWish> wishes_;
  std::optional<std::map<std::string, PoolCount>> counts_;
  bool is_listed_ = false;
  bool is_over_ = false;
};

OrderRunner::OrderRunner(OrderJournal& journal, CapacityProvider& provider,
                         const OrderPolicy& policy)
    : journal_(journal),
      provider_(provider),
      policy_(policy),
      book_(policy.patience),
      health_(policy.closing, policy.seed),
      budget_(policy.calls, policy.seed) {}

OrderReport OrderRunner::Run(const OrderTick& tick) {
  return Turn(*this, tick).Take();
}

}  // namespace loadcurve::capacity
