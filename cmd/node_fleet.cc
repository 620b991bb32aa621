#include "cmd/node_fleet.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "base/time_text.h"
#include "cmd/fleet_report.h"
#include "scaler/capacity/orders/call_budget.h"
#include "scaler/capacity/pool_speeds.h"

namespace loadcurve {
namespace {

// Between two looks at what watches told, and at the provider's list where that is due.
constexpr Duration kGlance = std::chrono::milliseconds(100);

// What the loop found is acted on for so long.
constexpr Duration kDemandHolds = std::chrono::minutes(5);

}  // namespace

struct NodeFleet::Running {
  capacity::CapacityProfile profile;
  capacity::PoolsOfOthers others;
  NodeProvider cloud;
  capacity::ShareOfProvider provider;
  capacity::ShareOfJournal journal;
  capacity::Fleet fleet;

  Running(const FleetOrder& order, capacity::OrderJournal& whole_journal,
          capacity::NodeActor& actor, const Clock& clock)
      : profile(order.profile),
        others(order.others),
        cloud(ProviderOf(order.profile, clock)),
        provider(*cloud.provider, others),
        journal(whole_journal, others),
        fleet(provider, journal, actor, clock,
              {.orders = cloud.orders,
               .giving_back = {.watch = profile.fields().giving_back.watch},
               .list_every = cloud.list_every,
               .spare_after = profile.fields().giving_back.after}) {
    fleet.Resume(order.seen);
  }
};

NodeFleet::NodeFleet(kube::KubeClient& client, LeaderToken token, const kube::NodeIndex& nodes,
                     const Clock& clock)
    : token_(std::move(token)),
      nodes_(nodes),
      clock_(clock),
      actor_(client, nodes_),
      journal_(client, token_) {}

NodeFleet::~NodeFleet() = default;

void NodeFleet::Use(FleetOrder order) {
  const std::lock_guard lock(mutex_);
  order_ = std::move(order);
  ++version_;
  used_at_ = clock_.MonotonicNow();
}

std::optional<FleetReport> NodeFleet::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

std::optional<std::pair<FleetOrder, std::uint64_t>> NodeFleet::Ordered() const {
  const std::lock_guard lock(mutex_);
  if (!order_) return std::nullopt;
  std::pair ordered(*order_, version_);
  if (clock_.MonotonicNow() - used_at_ > kDemandHolds) {
    ordered.first.demand.reset();
    ordered.first.may_shrink = false;
    ordered.first.left_out = "Nothing was measured for five minutes.";
  }
  return ordered;
}

void NodeFleet::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const Duration began = clock_.MonotonicNow();
    const auto order = Ordered();
    if (!order || !token_()) {
      running_.reset();
    } else if (nodes_.is_synced()) {
      Begin(order->first);
      Step(order->first, order->second);
    }
    clock_.SleepUntil(began + kGlance, stop);
  }
}

void NodeFleet::Begin(const FleetOrder& order) {
  const auto& fields = order.profile.fields();
  const bool is_same = running_ && running_->profile.fields().provider == fields.provider &&
                       running_->profile.fields().giving_back == fields.giving_back;
  if (!is_same) running_ = std::make_unique<Running>(order, journal_, actor_, clock_);
  running_->others = order.others;
}

void NodeFleet::Step(const FleetOrder& order, std::uint64_t version) {
  const auto listing = ListingOf(order);
  // Who lists begins when there is an order.
  if (!listing) return;
  const auto& fields = order.profile.fields();
  const std::vector<capacity::ClusterNode> nodes = nodes_.All();
  const auto misread =
      std::ranges::find_if(nodes, [](const auto& node) { return !node.misread.empty(); });
  faults_.Note("annotations of nodes",
               misread == nodes.end()
                   ? std::optional<Error>()
                   : Error{ErrorCode::kInvalidArgument,
                           fmt::format("node {}: {} is '{}'; expected a time, as "
                                       "2026-12-31T20:00:00Z. It is passed over",
                                       misread->name, kube::kEndsAt, misread->misread)});
  std::vector<capacity::CapacityOffer> pools = capacity::WithSpeeds(fields.pools, order.speeds);
  std::erase_if(pools, [&](const auto& pool) { return order.others.contains(pool.pool); });
  const auto news = running_->fleet.Step({.now = clock_.MonotonicNow(),
                                          .wall = clock_.Now(),
                                          .pools = std::move(pools),
                                          .demand = order.demand,
                                          .version = version,
                                          .terms = fields.plan,
                                          .acts = fields.mode == capacity::ActingMode::kAct,
                                          .may_shrink = order.may_shrink,
                                          .nodes = nodes,
                                          .listing = listing.get()});
  Log(news);
  if (!news.was_planned && news.drains.taken.empty() && news.drains.returned.empty()) return;
  FleetReport report = ReportOn(order);
  const std::lock_guard lock(mutex_);
  report_ = std::move(report);
}

// ---- notices

// Asks a provider for its list.
struct NodeFleet::Asking {
  capacity::NodeProviderSpec of;
  NodeProvider cloud;
  capacity::CallBudget looks;

  Asking(const capacity::CapacityProfile& profile, const Clock& clock)
      : of(*profile.fields().provider),
        cloud(ProviderOf(profile, clock)),
        looks({.per_second = 1 / Seconds(cloud.list_every), .burst = 1}, cloud.orders.seed) {}
};

void NodeFleet::RunNotices(const std::stop_token& stop) {
  std::optional<Asking> asking;
  bool may_taint = true;
  while (!stop.stop_requested()) {
    const Duration began = clock_.MonotonicNow();
    const auto order = Ordered();
    if (order && token_() && nodes_.is_synced()) {
      const auto& profile = order->first.profile;
      if (!asking || asking->of != *profile.fields().provider) asking.emplace(profile, clock_);
      // What was refused is tried again with the next list.
      if (List(order->first, *asking)) may_taint = true;
      const auto listing = ListingOf(order->first);
      const bool acts = profile.fields().mode == capacity::ActingMode::kAct;
      if (acts && may_taint && listing && listing->nodes) may_taint = Taint(*listing->nodes);
    }
    clock_.SleepUntil(began + kGlance, stop);
  }
}

bool NodeFleet::List(const FleetOrder& order, Asking& asking) {
  const Duration asked_at = clock_.MonotonicNow();
  if (!asking.looks.Take(asked_at, capacity::OrderUrgency::kReplacement)) return false;
  auto nodes = asking.cloud.provider->Nodes();
  taint_faults_.Note("notices", nodes ? std::optional<Error>() : nodes.error());
  if (nodes) {
    asking.looks.OnAnswered();
    nodes = capacity::Without(order.others, *std::move(nodes));
  } else {
    asking.looks.OnRefused(asked_at, Duration(0));
  }
  auto listing = std::make_shared<const capacity::NodeListing>(
      capacity::NodeListing{asked_at, std::move(nodes)});
  const std::lock_guard lock(mutex_);
  listed_ = {asking.of, std::move(listing)};
  return true;
}

std::shared_ptr<const capacity::NodeListing> NodeFleet::ListingOf(const FleetOrder& order) const {
  const std::lock_guard lock(mutex_);
  const bool is_its = listed_ && listed_->of == order.profile.fields().provider;
  return is_its ? listed_->listing : nullptr;
}

// Only of what is certain: precautions are counted, by Run().
bool NodeFleet::Taint(const std::vector<capacity::ProvidedNode>& listed) {
  std::map<std::string, const capacity::ProvidedNode*> by_id;
  for (const capacity::ProvidedNode& node : listed) by_id[node.id] = &node;
  bool all = true;
  for (const capacity::ClusterNode& node : nodes_.All()) {
    const auto provided = by_id.find(node.id);
    if (node.is_taken || provided == by_id.end()) continue;
    const auto end = CertainEndOf(node, provided->second, clock_.Now());
    if (end && !TaintOne(node, *end)) all = false;
  }
  return all;
}

bool NodeFleet::TaintOne(const capacity::ClusterNode& node, TimePoint ends_at) {
  const auto taken = actor_.Take(node.name, ends_at);
  taint_faults_.Note("taints", taken ? std::optional<Error>() : taken.error());
  if (taken)
    spdlog::info("node {} is under notice until {}: out of service", node.name,
                 ToRfc3339(std::chrono::floor<std::chrono::seconds>(ends_at)));
  return taken.has_value();
}

void NodeFleet::Log(const capacity::FleetNews& news) {
  for (const capacity::RecordedOrder& order : news.orders) {
    const auto reason = news.reasons.find(order.order.token);
    last_order_ = TextOf(order, reason == news.reasons.end() ? nullptr : &reason->second);
    spdlog::info("nodes: {}", last_order_);
  }
  for (const capacity::TakenNode& node : news.drains.taken)
    spdlog::info("node {} is out of service {:.3f} s after {}", node.node, Seconds(node.after),
                 node.notice ? Name(*node.notice) : "it was spare");
  for (const std::string& node : news.drains.returned)
    spdlog::info("node {} is back in service", node);
  if (news.drains.forced > 0)
    spdlog::warn("{} pods were deleted past budgets: their nodes end", news.drains.forced);
  const auto& faults = news.drains.faults;
  if (!faults.empty() || !news.drains.taken.empty())
    faults_.Note("draining nodes", faults.empty() ? std::optional<Error>() : faults.front());
  if (!news.was_planned) return;
  // Told again until they are gone.
  std::set<std::string> released(news.released.begin(), news.released.end());
  for (const std::string& node : released)
    if (!released_.contains(node))
      spdlog::info("node {} is given back: it stood by and was not needed", node);
  released_ = std::move(released);
  const auto& of_orders = running_->fleet.orders().faults;
  faults_.Note("orders of nodes", of_orders.empty() ? std::optional<Error>() : of_orders.front());
}

FleetReport NodeFleet::ReportOn(const FleetOrder& order) const {
  FleetReport report = loadcurve::ReportOf(running_->fleet, order, clock_);
  report.nodes.last_order = last_order_;
  return report;
}

}  // namespace loadcurve
