#include "adapters/mock/service_model.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "adapters/mock/draws.h"

namespace loadcurve::mock {
namespace {

constexpr Duration kLongestWait = std::chrono::hours(1);

Duration ToWait(double microseconds) {
  const auto longest = static_cast<double>(kLongestWait.count());
  return Duration(std::llround(std::clamp(microseconds, 0.0, longest)));
}

bool HasBody(int status) {
  return status >= 200 && status != 204 && status != 304;
}

// How many times longer than planned a slow start makes answers, `at` after its time zero.
double SlowStartFactor(const FaultRule& fault, Duration at) {
  const double part = Seconds(at - fault.from) / Seconds(*fault.until - fault.from);
  return fault.factor + (1 - fault.factor) * part;
}

}  // namespace

std::string_view Name(FaultKind kind) {
  constexpr std::array<std::string_view, 6> kNames = {"status", "reset", "hang",
                                                      "cut",    "slow",  "slow_start"};
  return kNames.at(static_cast<std::size_t>(kind));
}

ServiceModel::ServiceModel(std::shared_ptr<const MockPlan> plan, std::uint64_t seed) : seed_(seed) {
  Use(std::move(plan), Duration(0));
}

void ServiceModel::Use(std::shared_ptr<const MockPlan> plan, Duration now) {
  plan_ = std::move(plan);
  faults_.clear();
  pools_.clear();
  counts_.clear();
  by_name_.clear();
  by_match_.clear();
  for (const FaultRule& fault : plan_->faults) faults_.push_back({fault.is_on, now});
  for (const auto& [name, rule] : plan_->pools)
    pools_.emplace(name, WorkerPool(rule.workers, rule.max_waiting));
  for (const MockRoute& route : plan_->routes) {
    if (route.match != nullptr)
      by_match_.push_back(&route);
    else
      by_name_.emplace(route.name, &route);
  }
  route_template_ = logs::RouteTemplate(plan_->naming);
}

PlannedAnswer ServiceModel::Answer(std::string_view method, std::string_view target, Duration now) {
  const MockRoute& route = RouteOf(method, target);
  const std::uint64_t count = counts_[&route]++;
  PlannedAnswer answer{.plan = plan_, .route = &route};
  Draw(route, count, answer);
  const Duration service = GoWrong(route, count, now, answer);
  Queue(service, now, answer);
  if (!HasBody(answer.status)) answer.bytes = 0;
  return answer;
}

const MockRoute& ServiceModel::RouteOf(std::string_view method, std::string_view target) {
  if (!by_match_.empty()) {
    request_text_.assign(method);
    request_text_ += ' ';
    request_text_ += target;
    for (const MockRoute* route : by_match_) {
      if (re2::RE2::PartialMatch(request_text_, *route->match)) return *route;
    }
  }
  if (!by_name_.empty()) {
    const auto found = by_name_.find(route_template_.RouteOf(method, target));
    if (found != by_name_.end()) return *found->second;
    if (const auto other = by_name_.find(logs::RouteTemplate::kOther); other != by_name_.end())
      return *other->second;
  }
  return plan_->otherwise;
}

// What the route would answer if nothing went wrong; `wait` is the service alone.
void ServiceModel::Draw(const MockRoute& route, std::uint64_t count, PlannedAnswer& answer) const {
  Draws draws(KeyOf(seed_, route.name, count));
  if (!route.recorded.empty()) {
    const auto all = static_cast<double>(route.recorded.size());
    const auto& recorded = route.recorded[static_cast<std::size_t>(draws.Share() * all)];
    answer.status = recorded.status == 0 ? 200 : recorded.status;
    answer.bytes = recorded.bytes;
    answer.wait = Duration(recorded.latency_us);
    return;
  }
  answer.wait = ToWait(route.latency.At(draws.Share()));
  const double share = draws.Share();
  const auto status =
      std::find_if(route.statuses.begin(), route.statuses.end() - 1,
                   [share](const StatusShare& candidate) { return share < candidate.up_to; });
  answer.status = status->status;
  answer.has_route_body = !route.size;
  answer.bytes =
      route.size ? static_cast<std::uint64_t>(route.size->At(draws.Share())) : route.body.size();
}

bool ServiceModel::IsActive(std::size_t fault, Duration now) const {
  const FaultRule& rule = plan_->faults[fault];
  const Duration at = now - faults_[fault].since;
  return faults_[fault].is_on && at >= rule.from && (!rule.until || at < *rule.until);
}

bool ServiceModel::Hits(std::size_t fault, const MockRoute& route, std::uint64_t count,
                        Duration now) {
  const FaultRule& rule = plan_->faults[fault];
  if (!IsActive(fault, now)) return false;
  if (!rule.routes.empty() &&
      std::find(rule.routes.begin(), rule.routes.end(), route.name) == rule.routes.end())
    return false;
  Draws draws(KeyOf(seed_, rule.name + " " + route.name, count));
  if (draws.Share() >= rule.share) return false;
  ++faults_[fault].hits;
  return true;
}

// Lets the faults decide; the service that the request then needs.
Duration ServiceModel::GoWrong(const MockRoute& route, std::uint64_t count, Duration now,
                               PlannedAnswer& answer) {
  Duration service = answer.wait;
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    const FaultRule& fault = plan_->faults[i];
    const bool is_slow = fault.kind == FaultKind::kSlow || fault.kind == FaultKind::kSlowStart;
    if ((!is_slow && answer.fault != nullptr) || !Hits(i, route, count, now)) continue;
    if (is_slow) {
      const double factor = fault.kind == FaultKind::kSlow
                                ? fault.factor
                                : SlowStartFactor(fault, now - faults_[i].since);
      service = ToWait(static_cast<double>(service.count()) * factor) + fault.delay;
      continue;
    }
    answer.fault = &fault;
    if (fault.kind == FaultKind::kReset) answer.outcome = Outcome::kReset;
    if (fault.kind == FaultKind::kCut) answer.outcome = Outcome::kCut;
    if (fault.kind == FaultKind::kHang) answer.outcome = Outcome::kHang;
    if (fault.kind != FaultKind::kStatus) continue;
    answer.status = fault.status;
    answer.bytes = 0;
    answer.has_route_body = false;
  }
  return answer.outcome == Outcome::kHang ? answer.fault->hang : service;
}

void ServiceModel::Queue(Duration service, Duration now, PlannedAnswer& answer) {
  answer.wait = service;
  const auto pool = pools_.find(answer.route->pool);
  if (pool == pools_.end()) return;
  if (const auto begin = pool->second.Begin(now, service)) {
    answer.queued = *begin - now;
    answer.wait = answer.queued + service;
    return;
  }
  answer.is_overflow = true;
  answer.outcome = Outcome::kAnswer;
  answer.fault = nullptr;
  answer.status = plan_->pools.at(answer.route->pool).overflow_status;
  answer.bytes = 0;
  answer.has_route_body = false;
  answer.wait = Duration(0);
}

Result<void> ServiceModel::Switch(std::string_view fault, bool is_on, Duration now) {
  std::string known;
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    const FaultRule& rule = plan_->faults[i];
    if (rule.name == fault) {
      faults_[i].is_on = is_on;
      faults_[i].since = now;
      return {};
    }
    known += (known.empty() ? "" : ", ") + rule.name;
  }
  return Fail(ErrorCode::kNotFound, "the plan has no fault '" + std::string(fault) +
                                        "'; expected " +
                                        (known.empty() ? "a plan with faults" : "one of " + known));
}

}  // namespace loadcurve::mock
