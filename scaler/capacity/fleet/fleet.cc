#include "scaler/capacity/fleet/fleet.h"

#include <algorithm>
#include <utility>

namespace loadcurve::capacity {
namespace {

const ClusterNode* NodeOf(const std::vector<ClusterNode>& nodes, const std::string& id) {
  const auto node = std::ranges::find(nodes, id, &ClusterNode::id);
  return node == nodes.end() ? nullptr : &*node;
}

}  // namespace

Fleet::Fleet(CapacityProvider& provider, OrderJournal& journal, NodeActor& actor,
             const Clock& clock, const FleetPolicy& policy)
    : provider_(provider),
      policy_(policy),
      runner_(journal, provider_, policy.orders),
      drains_(actor, clock, policy.drains),
      giving_back_(policy.giving_back),
      looks_({.per_second = 2 / Seconds(policy.list_every), .burst = 2}, policy.orders.seed),
      clock_(clock) {}

FleetNews Fleet::Step(const FleetInput& input) {
  FleetNews news;
  List(input);
  Hear(input, news);
  if (AreOrdersDue(input)) Order(input, news);
  return news;
}

bool Fleet::IsListingDue(const FleetInput& input) {
  if (input.listing)
    return input.listing->asked_at != taken_of_ && input.listing->asked_at >= ordered_until_;
  if (listed_at_ && input.now - *listed_at_ < policy_.list_every) return false;
  return looks_.Take(input.now, OrderUrgency::kReplacement);
}

Result<void> Fleet::AskOrTake(const FleetInput& input) {
  if (!input.listing) return provider_.List();
  taken_of_ = input.listing->asked_at;
  return provider_.Take(input.listing->nodes);
}

void Fleet::List(const FleetInput& input) {
  if (!IsListingDue(input)) return;
  listed_at_ = input.now;
  if (const auto listed = AskOrTake(input); !listed) {
    looks_.OnRefused(input.now, Duration(0));
    provider_fault_ = listed.error();
    return;
  }
  looks_.OnAnswered();
  provider_fault_.reset();
  std::map<std::string, Duration> seen;
  for (const ProvidedNode& node : provider_.last())
    seen[node.id] = first_seen_.try_emplace(node.id, input.now).first->second;
  first_seen_ = std::move(seen);
}

void Fleet::Hear(const FleetInput& input, FleetNews& news) {
  // Who is ours is not known before.
  if (!provider_.was_listed()) return;
  DrainTick tick{.now = input.now,
                 .wall = input.wall,
                 .nodes = input.nodes,
                 .provided = provider_.last(),
                 .is_replaced = IsReplaced(input)};
  for (const auto& [id, stage] : giving_back_.leaving()) tick.unwanted.insert(id);
  drains_.Hear(tick);
  losing_.clear();
  for (const NodeLoss& loss : drains_.Losses(input.now)) {
    losing_.insert(loss.node_id);
    const auto node = std::ranges::find(provider_.last(), loss.node_id, &ProvidedNode::id);
    if (node != provider_.last().end() && loss.kind != NoticeKind::kNotReady)
      shaken_at_[node->pool] = std::max(shaken_at_[node->pool], loss.noticed_at);
  }
  if (std::exchange(lists_seen_, provider_.lists()) != provider_.lists())
    spot_losses_.See({.now = input.now,
                      .pools = input.pools,
                      .provided = provider_.last(),
                      .losses = drains_.Losses(input.now),
                      .leaving = giving_back_.leaving()});
  if (input.acts) news.drains = drains_.Act(tick);
}

bool Fleet::AreOrdersDue(const FleetInput& input) const {
  return !ordered_at_ || input.version != version_ || losing_ != losing_ordered_ ||
         input.now - *ordered_at_ >= policy_.orders_every;
}

// ---- the plan

void Fleet::AskForOffers(const FleetInput& input) {
  if (offered_at_ && input.now - *offered_at_ < policy_.offers_every) return;
  if (provider_fault_ || !looks_.Take(input.now, OrderUrgency::kGrowth)) return;
  const auto offers = provider_.Offers();
  if (!offers) {
    looks_.OnRefused(input.now, Duration(0));
    provider_fault_ = offers.error();
    return;
  }
  offered_at_ = input.now;
  quoted_.clear();
  noted_.clear();
  for (const CapacityOffer& offer : *offers) quoted_[offer.pool] = offer;
}

std::vector<CapacityOffer> Fleet::Priced(const FleetInput& input) {
  for (const CapacityOffer& pool : input.pools) {
    const auto quoted = quoted_.find(pool.pool);
    // A quote is one sample, however often it is planned with.
    if (quoted != quoted_.end() && !noted_.insert(pool.pool).second) continue;
    // What a person stated is stated as of now.
    PriceQuote quote{.pool = pool.pool, .amount = pool.price.value(), .at = input.wall};
    if (quoted != quoted_.end()) {
      quote.amount = quoted->second.price.value();
      if (quoted->second.priced_at != TimePoint()) quote.at = quoted->second.priced_at;
    }
    // What is refused leaves what was believed before.
    static_cast<void>(prices_.Note(quote));
  }
  std::vector<CapacityOffer> priced = prices_.Priced(input.pools, input.wall);
  stale_prices_.clear();
  for (const CapacityOffer& pool : input.pools) {
    if (!prices_.IsFresh(pool.pool, input.wall)) stale_prices_.push_back(pool.pool);
    const bool is_priced =
        std::ranges::find(priced, pool.pool, &CapacityOffer::pool) != priced.end();
    const std::int64_t held = std::ranges::count(provider_.last(), pool.pool, &ProvidedNode::pool);
    if (is_priced || held == 0) continue;
    // Nodes that are there are counted on, whatever they cost now.
    priced.push_back(pool);
    priced.back().most_nodes = held;
  }
  return priced;
}

std::set<std::string> Fleet::Shaken(const FleetInput& input) const {
  std::set<std::string> shaken;
  for (const auto& [pool, at] : shaken_at_)
    if (input.now - at < policy_.shaken_for) shaken.merge(ShakenBy(pool, input.pools));
  return shaken;
}

std::map<std::string, std::int64_t> Fleet::Unsettled(const FleetInput& input) const {
  std::map<std::string, std::int64_t> unsettled;
  for (const ProvidedNode& node : provider_.last()) {
    const auto seen = first_seen_.find(node.id);
    const bool is_young =
        seen == first_seen_.end() || input.now - seen->second < policy_.unsettled_for;
    const bool is_price_known = std::ranges::find(stale_prices_, node.pool) == stale_prices_.end();
    if (IsStaying(node.state) && (is_young || !is_price_known)) ++unsettled[node.pool];
  }
  return unsettled;
}

void Fleet::Plan(const FleetInput& input) {
  const auto offers_before = offered_at_;
  AskForOffers(input);
  std::set<std::string> shaken = Shaken(input);
  const bool is_same = ordered_at_ && input.version == version_ && shaken == shaken_ &&
                       offered_at_ == offers_before && seen_losses() == plan_.basis().seen;
  version_ = input.version;
  if (is_same) return;
  FleetBasis basis{.offers = Priced(input),
                   .demand = input.demand,
                   .terms = input.terms,
                   .outages = input.outages,
                   .seen = seen_losses()};
  basis.shaken = shaken;
  basis.unsettled = Unsettled(input);
  shaken_ = std::move(shaken);
  plan_.Use(std::move(basis));
}

OrderView Fleet::ViewOfList() const {
  OrderView view;
  for (const ProvidedNode& node : provider_.last())
    if (IsStaying(node.state) && !losing_.contains(node.id)) ++view.counts[node.pool].held;
  return view;
}

void Fleet::Order(const FleetInput& input, FleetNews& news) {
  Plan(input);
  ordered_at_ = input.now;
  losing_ordered_ = losing_;
  news.was_planned = true;
  const bool is_losing = !losing_.empty();
  if (!input.acts) {
    report_ = {};
    report_.view = ViewOfList();
    static_cast<void>(plan_.WishesFor(report_.view, is_losing));
    return;
  }
  // What is given back must be spare by what is known now, not by the plan before.
  static_cast<void>(plan_.WishesFor(report_.view, is_losing));
  GiveBack(input, news);
  report_ = runner_.Run(
      {.now = input.now,
       .offers = plan_.basis().offers,
       .losing = losing_,
       .given_back = to_release_,
       .plan = [&](const OrderView& view) { return plan_.WishesFor(view, is_losing); }});
  news.orders = report_.settled;
  news.reasons = report_.reasons;
  ordered_until_ = clock_.MonotonicNow();
}

// ---- giving back

bool Fleet::IsReplaced(const FleetInput& input) const {
  if (losing_ != losing_ordered_ || report_.is_held || !report_.unmet.empty() ||
      !report_.open.empty())
    return false;
  return HaveAllCome(input);
}

// All that was bought is ready, but for what has not come within an hour.
bool Fleet::HaveAllCome(const FleetInput& input) const {
  return std::ranges::all_of(provider_.last(), [&](const ProvidedNode& node) {
    if (!IsStaying(node.state) || losing_.contains(node.id)) return true;
    const ClusterNode* const there = NodeOf(input.nodes, node.id);
    if (there != nullptr && there->is_ready) return true;
    const auto seen = first_seen_.find(node.id);
    return seen != first_seen_.end() && input.now - seen->second > policy_.unsettled_for;
  });
}

std::int64_t Fleet::HeldIn(const std::string& pool) const {
  const auto count = report_.view.counts.find(pool);
  return count == report_.view.counts.end() ? 0 : count->second.held;
}

// `is_made`: what the plan wants elsewhere is there, so that it may be broken here.
void Fleet::AddSpareOf(const PoolPlan& pool, bool is_made, const FleetInput& input,
                       std::vector<SpareNode>& spare) {
  const std::int64_t surplus = HeldIn(pool.pool) - pool.nodes;
  if (surplus <= 0) {
    spare_since_.erase(pool.pool);
    return;
  }
  const Duration since = spare_since_.try_emplace(pool.pool, input.now).first->second;
  if (input.now - since < policy_.spare_after) return;
  std::vector<SpareNode> nodes;
  for (const ProvidedNode& node : provider_.last()) {
    if (node.pool != pool.pool || !IsStaying(node.state) || losing_.contains(node.id) ||
        !node.may_be_given_back)
      continue;
    const ClusterNode* const there = NodeOf(input.nodes, node.id);
    // Those that have not come yet are on their way to somebody.
    if (there == nullptr) continue;
    // Who is leaving already goes on; else who has the fewest pods.
    const bool is_leaving = giving_back_.leaving().contains(node.id);
    if (!is_leaving && !is_made) continue;
    nodes.push_back({node.id, is_leaving ? -1.0 : static_cast<double>(there->pods.size())});
  }
  std::ranges::stable_sort(nodes, {}, &SpareNode::regret);
  nodes.resize(std::min(nodes.size(), static_cast<std::size_t>(surplus)));
  for (SpareNode& node : nodes) spare.push_back({node.node_id, std::max(0.0, node.regret)});
}

std::vector<SpareNode> Fleet::Spare(const FleetInput& input) {
  std::vector<SpareNode> spare;
  const auto& plan = plan_.plan();
  const bool is_quiet = input.may_shrink && losing_.empty() && report_.unmet.empty() &&
                        !report_.is_held && !provider_fault_;
  if (!is_quiet || !plan || !*plan || !(*plan)->packing.unplaced.empty()) {
    spare_since_.clear();
    return spare;
  }
  const bool is_made =
      HaveAllCome(input) && std::ranges::all_of((*plan)->pools, [&](const PoolPlan& pool) {
        return pool.nodes <= HeldIn(pool.pool);
      });
  for (const PoolPlan& pool : (*plan)->pools) AddSpareOf(pool, is_made, input, spare);
  for (const ProvidedNode& node : report_.surplus) {
    if (!node.may_be_given_back) continue;
    const ClusterNode* const there = NodeOf(input.nodes, node.id);
    spare.push_back({node.id, there ? static_cast<double>(there->pods.size()) : 0.0});
  }
  return spare;
}

void Fleet::GiveBack(const FleetInput& input, FleetNews& news) {
  GivingBackInput step{.now = input.now, .spare = Spare(input)};
  for (const DrainStanding& drain : drains_.Standing()) {
    if (drain.state == DrainState::kDrained) step.drained.insert(drain.id);
    if (drain.state == DrainState::kGivenUp) step.given_up.insert(drain.id);
  }
  for (const auto& [id, stage] : giving_back_.leaving()) {
    const bool is_listed =
        std::ranges::find(provider_.last(), id, &ProvidedNode::id) != provider_.last().end();
    if (!is_listed && !provider_fault_) step.gone.insert(id);
    if (NodeOf(input.nodes, id) == nullptr) step.drained.insert(id);
  }
  // What is under notice goes by itself, and sooner.
  std::erase_if(step.spare, [&](const SpareNode& node) { return losing_.contains(node.node_id); });
  to_release_ = giving_back_.Step(step).to_release;
  news.released = to_release_;
}

}  // namespace loadcurve::capacity
