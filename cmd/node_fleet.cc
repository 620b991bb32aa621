#include "cmd/node_fleet.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "base/time_text.h"
#include "cmd/fleet_report.h"

namespace loadcurve {
namespace {

// Between two looks at what watches told, and at the provider's list where that is due.
constexpr Duration kGlance = std::chrono::milliseconds(100);

// What the loop found is acted on for so long.
constexpr Duration kDemandHolds = std::chrono::minutes(5);

bool IsSameFleet(const capacity::CapacityProfileFields& a,
                 const capacity::CapacityProfileFields& b) {
  return a.provider == b.provider;
}

}  // namespace

struct NodeFleet::Running {
  capacity::CapacityProfile profile;
  NodeProvider cloud;
  capacity::Fleet fleet;

  Running(const FleetOrder& order, capacity::OrderJournal& journal, capacity::NodeActor& actor,
          const Clock& clock)
      : profile(order.profile),
        cloud(ProviderOf(order.profile, clock)),
        fleet(*cloud.provider, journal, actor, clock,
              {.orders = cloud.orders, .list_every = cloud.list_every}) {}
};

NodeFleet::NodeFleet(kube::KubeClient& client, LeaderToken token, const Clock& clock)
    : client_(client),
      token_(std::move(token)),
      clock_(clock),
      actor_(client_, nodes_),
      journal_(client_, token_) {}

NodeFleet::~NodeFleet() = default;

void NodeFleet::Use(std::optional<FleetOrder> order) {
  const std::lock_guard lock(mutex_);
  order_ = std::move(order);
  ++version_;
  used_at_ = clock_.MonotonicNow();
  wants_nodes_ = order_.has_value();
  if (!order_) reports_.clear();
}

std::optional<FleetReport> NodeFleet::ReportOf(const std::string& profile_name) const {
  const std::lock_guard lock(mutex_);
  const auto report = reports_.find(profile_name);
  return report == reports_.end() ? std::nullopt : std::optional(report->second);
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
  if (running_ && IsSameFleet(running_->profile.fields(), order.profile.fields())) return;
  running_ = std::make_unique<Running>(order, journal_, actor_, clock_);
}

void NodeFleet::Step(const FleetOrder& order, std::uint64_t version) {
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
  const auto news = running_->fleet.Step({.now = clock_.MonotonicNow(),
                                          .wall = clock_.Now(),
                                          .pools = fields.pools,
                                          .demand = order.demand,
                                          .version = version,
                                          .terms = fields.plan,
                                          .acts = fields.mode == capacity::ActingMode::kAct,
                                          .may_shrink = order.may_shrink,
                                          .nodes = nodes});
  Log(news);
  std::set<std::string> ours;
  for (const capacity::ProvidedNode& node : running_->fleet.provided()) ours.insert(node.id);
  {
    const std::lock_guard lock(mutex_);
    ours_ = std::move(ours);
  }
  if (!news.was_planned && news.drains.taken.empty() && news.drains.returned.empty()) return;
  FleetReport report = ReportOn(order);
  const std::lock_guard lock(mutex_);
  if (order_ && order_->profile_name == order.profile_name)
    reports_[order.profile_name] = std::move(report);
}

// ---- taints

void NodeFleet::RunTaints(const std::stop_token& stop) {
  std::optional<NodeProvider> cloud;
  std::optional<capacity::NodeProviderSpec> of;
  while (!stop.stop_requested()) {
    const Duration began = clock_.MonotonicNow();
    const auto order = Ordered();
    const bool acts = order && token_() && nodes_.is_synced() &&
                      order->first.profile.fields().mode == capacity::ActingMode::kAct;
    if (acts && of != order->first.profile.fields().provider) {
      cloud = ProviderOf(order->first.profile, clock_);
      of = order->first.profile.fields().provider;
    }
    if (acts) Taint(*cloud);
    clock_.SleepUntil(began + (acts ? cloud->list_every : kGlance), stop);
  }
}

// Only of what is certain: precautions are counted, by Run().
void NodeFleet::Taint(const NodeProvider& cloud) {
  std::map<std::string, TimePoint> ends;  // by id
  if (cloud.tells_notices) {
    const auto listed = cloud.provider->Nodes();
    taint_faults_.Note("notices", listed ? std::optional<Error>() : listed.error());
    if (!listed) return;
    for (const capacity::ProvidedNode& node : *listed)
      if (node.state == capacity::NodeState::kInterrupted)
        ends[node.id] = clock_.Now() +
                        node.ends_in.value_or(UsualNotice(capacity::NoticeKind::kAwsInterruption));
  }
  std::set<std::string> ours;
  {
    const std::lock_guard lock(mutex_);
    ours = ours_;
  }
  for (const capacity::ClusterNode& node : nodes_.All()) {
    if (node.is_taken) continue;
    const auto end = ends.find(node.id);
    const bool is_told = node.told && node.told->kind != capacity::NoticeKind::kAwsRebalance &&
                         (node.told->is_standing || !node.told->ends_at ||
                          clock_.Now() - *node.told->ends_at < capacity::kFalseAfter);
    if (end != ends.end())
      TaintOne(node, end->second);
    else if (is_told && ours.contains(node.id))
      TaintOne(node, node.told->ends_at.value_or(clock_.Now() + UsualNotice(node.told->kind)));
  }
}

void NodeFleet::TaintOne(const capacity::ClusterNode& node, TimePoint ends_at) {
  const auto taken = actor_.Take(node.name, ends_at);
  taint_faults_.Note("taints", taken ? std::optional<Error>() : taken.error());
  if (taken)
    spdlog::info("node {} is under notice until {}: out of service", node.name,
                 ToRfc3339(std::chrono::floor<std::chrono::seconds>(ends_at)));
}

void NodeFleet::Log(const capacity::FleetNews& news) {
  for (const capacity::RecordedOrder& order : news.orders) {
    last_order_ = TextOf(order);
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
  const auto& of_orders = running_->fleet.orders().faults;
  faults_.Note("orders of nodes", of_orders.empty() ? std::optional<Error>() : of_orders.front());
}

FleetReport NodeFleet::ReportOn(const FleetOrder& order) const {
  FleetReport report = loadcurve::ReportOf(running_->fleet, order, clock_);
  report.nodes.last_order = last_order_;
  return report;
}

}  // namespace loadcurve
