#include "tests/support/simulated_service.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace loadcurve::testing {
namespace {

constexpr double kPeriod = 0.1;

TimePoint At(double seconds) {
  constexpr double kStart = 1e9;
  return TimePoint(Duration(std::llround((kStart + seconds) * 1e6)));
}

double QuantileOfSorted(const std::vector<double>& sorted, double q) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1));
  return sorted[rank];
}

}  // namespace

SimulatedService::SimulatedService(SimulatedShape shape, std::size_t replicas, std::uint64_t seed)
    : shape_(std::move(shape)),
      random_(seed),
      counts_(
          RequestCounts::Make(DurationBounds::Default(), std::chrono::milliseconds(10)).value()),
      replicas_(replicas) {
  for (Replica& replica : replicas_) {
    replica.observation.cpu_seconds = 0;
    replica.observation.voluntary_switches = 0;
    replica.observation.throttled_seconds = 0;
    replica.observation.start_id = replica.start_id;
    replica.before = replica.observation;
  }
  routes_.resize(shape_.routes.size());
}

std::vector<double> SimulatedService::Mix() const {
  std::vector<double> mix;
  double sum = 0;
  for (const SimulatedRoute& route : shape_.routes) sum += route.share;
  for (const SimulatedRoute& route : shape_.routes) mix.push_back(route.share / sum);
  return mix;
}

double SimulatedService::Draw(double mean_ms) {
  if (mean_ms <= 0) return 0;
  const double mean = mean_ms / 1e3;
  if (shape_.spread < 0) return std::exponential_distribution<double>(1 / mean)(random_);
  const double s = shape_.spread;
  return mean * std::lognormal_distribution<double>(-s * s / 2, s)(random_);
}

bool SimulatedService::IsUnder(SimulatedFault::Kind kind) const {
  return std::any_of(shape_.faults.begin(), shape_.faults.end(), [&](const SimulatedFault& fault) {
    return fault.kind == kind && now_ >= fault.from && now_ < fault.to;
  });
}

// Core seconds a second for each that computes.
double SimulatedService::SpeedOf(const Replica& replica) const {
  const auto runnable = static_cast<double>(replica.computing.size());
  if (runnable == 0 || (shape_.cpu_limit && replica.quota <= 1e-12)) return 0;
  double speed = std::min(1.0, shape_.cores / runnable);
  if (IsUnder(SimulatedFault::Kind::kHang)) return 0;
  for (const SimulatedFault& fault : shape_.faults)
    if (fault.kind == SimulatedFault::Kind::kSlow && now_ >= fault.from && now_ < fault.to)
      speed /= fault.factor;
  return speed;
}

void SimulatedService::NextPeriod() {
  next_period_ += kPeriod;
  for (Replica& replica : replicas_) replica.quota = shape_.cpu_limit.value_or(0) * kPeriod;
}

// Lets all replicas work until `to`, event by event.
void SimulatedService::Advance(double to) {
  while (now_ < to) {
    double next = std::min(to, next_period_);
    for (const SimulatedFault& fault : shape_.faults) {
      if (fault.from > now_) next = std::min(next, fault.from);
      if (fault.to > now_) next = std::min(next, fault.to);
    }
    for (Replica& replica : replicas_) {
      if (!replica.waiting.empty()) next = std::min(next, replica.waiting.top().at);
      const double speed = SpeedOf(replica);
      if (speed <= 0) continue;
      next = std::min(next, now_ + (replica.computing.top().at - replica.virtual_now) / speed);
      if (shape_.cpu_limit) {
        const double use = speed * static_cast<double>(replica.computing.size());
        next = std::min(next, now_ + replica.quota / use);
      }
    }
    next = std::max(next, now_);
    const double elapsed = next - now_;
    for (Replica& replica : replicas_) {
      const double speed = SpeedOf(replica);
      const double used = speed * static_cast<double>(replica.computing.size()) * elapsed;
      replica.virtual_now += speed * elapsed;
      replica.quota = std::max(0.0, replica.quota - used);
      *replica.observation.cpu_seconds += used;
      if (shape_.cpu_limit && speed == 0 && !replica.computing.empty())
        *replica.observation.throttled_seconds += elapsed;
      replica.in_flight_seconds += replica.in_flight * elapsed;
    }
    now_ = next;
    if (now_ >= next_period_ - 1e-12) NextPeriod();
    for (Replica& replica : replicas_) {
      if (IsUnder(SimulatedFault::Kind::kDie) && replica.is_alive) Die(replica);
      if (!IsUnder(SimulatedFault::Kind::kDie)) replica.is_alive = true;
      while (!replica.waiting.empty() && replica.waiting.top().at <= now_ + 1e-12) {
        const std::size_t id = replica.waiting.top().request;
        replica.waiting.pop();
        Leave(replica, id);
      }
      while (!replica.computing.empty() &&
             replica.computing.top().at <= replica.virtual_now + 1e-12) {
        const std::size_t id = replica.computing.top().request;
        replica.computing.pop();
        Leave(replica, id);
      }
    }
  }
}

std::size_t SimulatedService::NewRequest(Replica& replica, std::size_t route) {
  std::size_t id = replica.requests.size();
  if (replica.free.empty()) {
    replica.requests.emplace_back();
  } else {
    id = replica.free.back();
    replica.free.pop_back();
  }
  replica.requests[id] = {route, now_, now_, Stage::kCpu, false};
  return id;
}

void SimulatedService::Arrive(std::size_t index, std::size_t route) {
  Replica& replica = replicas_[index];
  ++replica.interval.scheduled;
  if (!replica.is_alive || IsUnder(SimulatedFault::Kind::kRefuse)) {
    ++replica.interval.ended;
    ++replica.interval.late;
    ++replica.interval.errors;
    return;
  }
  const std::size_t id = NewRequest(replica, route);
  ++replica.in_flight;
  if (replica.held_slots < shape_.slots) {
    ++*replica.observation.voluntary_switches;  // a worker slept until it came
    Begin(replica, id);
  } else {
    replica.slot_queue.push_back(id);
  }
  const double memory = shape_.memory_mb + shape_.memory_of_request_mb * replica.in_flight;
  if (shape_.memory_limit_mb && memory > *shape_.memory_limit_mb) {
    shape_.faults.push_back({SimulatedFault::Kind::kDie, now_, now_ + 2, 1});
    Die(replica);
  }
}

void SimulatedService::Begin(Replica& replica, std::size_t id) {
  ++replica.held_slots;
  Enter(replica, id);
}

void SimulatedService::Enter(Replica& replica, std::size_t id) {
  const SimulatedRoute& route = shape_.routes[replica.requests[id].route];
  switch (replica.requests[id].stage) {
    case Stage::kCpu:
      replica.computing.push({replica.virtual_now + Draw(route.cpu_ms), id});
      return;
    case Stage::kLock:
      if (route.lock_ms <= 0) return Leave(replica, id);
      if (replica.is_locked) {
        ++*replica.observation.voluntary_switches;
        replica.lock_queue.push_back(id);
        return;
      }
      replica.is_locked = true;
      replica.computing.push({replica.virtual_now + Draw(route.lock_ms), id});
      return;
    case Stage::kWait:
      if (route.wait_ms <= 0) return Leave(replica, id);
      if (replica.held_dependency >= shape_.dependency_slots) {
        replica.dependency_queue.push_back(id);
        return;
      }
      ++replica.held_dependency;
      ++*replica.observation.voluntary_switches;
      replica.waiting.push({now_ + Draw(route.wait_ms), id});
      return;
    case Stage::kEnd:
      return;
  }
}

// What `id` did is over: what it held goes to the next, and it goes on itself.
void SimulatedService::Leave(Replica& replica, std::size_t id) {
  const SimulatedRoute& route = shape_.routes[replica.requests[id].route];
  const Stage stage = replica.requests[id].stage;
  if (stage == Stage::kLock && route.lock_ms > 0) {
    replica.is_locked = false;
    if (!replica.lock_queue.empty()) {
      const std::size_t next = replica.lock_queue.front();
      replica.lock_queue.pop_front();
      replica.is_locked = true;
      replica.computing.push(
          {replica.virtual_now + Draw(shape_.routes[replica.requests[next].route].lock_ms), next});
    }
  }
  if (stage == Stage::kWait && route.wait_ms > 0) {
    --replica.held_dependency;
    if (!replica.dependency_queue.empty()) {
      const std::size_t next = replica.dependency_queue.front();
      replica.dependency_queue.pop_front();
      Enter(replica, next);
    }
  }
  if (stage == Stage::kWait) return End(replica, id, false);
  replica.requests[id].stage = stage == Stage::kCpu ? Stage::kLock : Stage::kWait;
  Enter(replica, id);
}

void SimulatedService::End(Replica& replica, std::size_t id, bool is_error) {
  Request& request = replica.requests[id];
  const double latency = now_ - request.due;
  ++replica.interval.ended;
  --replica.in_flight;
  if (is_error) {
    ++replica.interval.errors;
    ++replica.interval.late;
  } else {
    ++replica.interval.answered;
    if (latency > target_seconds) ++replica.interval.late;
    latencies_.push_back(latency);
    ++routes_[request.route].answered;
    routes_[request.route].held_seconds += latency;
    if (counts_requests)
      counts_.Record(
          counts_.Intern("replica", shape_.routes[request.route].name, RequestClass::kServed),
          At(now_), Duration(std::llround(latency * 1e6)));
  }
  request.is_free = true;
  replica.free.push_back(id);
  if (is_error) return;
  --replica.held_slots;
  if (replica.slot_queue.empty()) return;
  const std::size_t next = replica.slot_queue.front();
  replica.slot_queue.pop_front();
  Begin(replica, next);
}

void SimulatedService::Die(Replica& replica) {
  for (std::size_t id = 0; id < replica.requests.size(); ++id)
    if (!replica.requests[id].is_free) End(replica, id, true);
  replica.slot_queue.clear();
  replica.lock_queue.clear();
  replica.dependency_queue.clear();
  replica.computing = {};
  replica.waiting = {};
  replica.held_slots = replica.held_dependency = 0;
  replica.is_locked = false;
  replica.is_alive = false;
  ++replica.start_id;
}

ReplicaUse SimulatedService::TakeUse(Replica& replica) {
  ReplicaObservation& seen = replica.observation;
  seen.at = At(now_);
  seen.start_id = replica.start_id;
  seen.is_alive = replica.is_alive;
  seen.machine_cores = shape_.cores;
  seen.cpu_limit_cores = shape_.cpu_limit;
  seen.memory_bytes = static_cast<std::uint64_t>(
      (shape_.memory_mb + shape_.memory_of_request_mb * replica.in_flight) * 1e6);
  if (shape_.memory_limit_mb)
    seen.memory_limit_bytes = static_cast<std::uint64_t>(*shape_.memory_limit_mb * 1e6);
  if (shape_.shows_slots) {
    seen.busy_slots = replica.held_slots;
    if (std::isfinite(shape_.slots)) seen.slot_limit = shape_.slots;
  }
  ReplicaUse use = UseBetween(replica.before, seen);
  if (!shape_.shows_cpu) use.cpu_cores = use.machine_cores = use.cpu_limit_cores = std::nullopt;
  replica.before = seen;
  return use;
}

RampInterval SimulatedService::Play(double rate, const std::vector<double>& mix, double seconds) {
  RampInterval result;
  result.from = At(now_);
  result.is_observed = is_observed;
  const double end = now_ + seconds;
  std::exponential_distribution<double> gap(std::max(1e-9, rate));
  std::discrete_distribution<std::size_t> route(mix.begin(), mix.end());
  for (double next = now_ + gap(random_); next < end; next += gap(random_)) {
    Advance(next);
    Arrive(next_replica_, route(random_));
    next_replica_ = (next_replica_ + 1) % replicas_.size();
  }
  Advance(end);
  result.to = At(now_);
  for (Replica& replica : replicas_) {
    for (const Request& request : replica.requests)
      if (!request.is_free && now_ - request.due > target_seconds) ++replica.interval.overdue;
    replica.interval.use = TakeUse(replica);
    result.mean_in_flight += replica.in_flight_seconds / seconds;
    replica.in_flight_seconds = 0;
    result.replicas.push_back(replica.interval);
    replica.interval = {};
  }
  std::sort(latencies_.begin(), latencies_.end());
  const double sum = std::accumulate(latencies_.begin(), latencies_.end(), 0.0);
  if (!latencies_.empty()) result.mean_seconds = sum / static_cast<double>(latencies_.size());
  result.median_seconds = QuantileOfSorted(latencies_, 0.5);
  result.quantile_seconds = QuantileOfSorted(latencies_, quantile);
  latencies_.clear();
  result.routes.swap(routes_);
  routes_.assign(shape_.routes.size(), {});
  return result;
}

double TrueCapacity(const SimulatedShape& shape, const TruthOptions& options) {
  const auto replicas = static_cast<double>(options.replicas);
  const auto is_late = [&](double rate) {
    SimulatedService service(shape, options.replicas, 99);
    service.target_seconds = options.target_seconds;
    service.counts_requests = false;
    const std::vector<double> mix = service.Mix();
    service.Play(rate * replicas, mix, 30);
    const RampInterval all = service.Play(rate * replicas, mix, options.seconds / replicas);
    double late = 0;
    double ended = 0;
    for (const ReplicaInterval& replica : all.replicas) {
      late += static_cast<double>(replica.late + replica.overdue);
      ended += static_cast<double>(replica.ended + replica.overdue);
    }
    return late > (1 - options.quantile) * ended;
  };
  double low = 1;
  double high = 2;
  while (!is_late(high) && high < 1e5) high *= 2;
  while (high / low > 1.002) (is_late(std::sqrt(low * high)) ? high : low) = std::sqrt(low * high);
  return std::sqrt(low * high);
}

void Climb(Ramp& ramp, SimulatedService& service, double interval_seconds) {
  RampOrder order = ramp.First();
  double rate = order.rate;
  std::vector<double> mix = order.mix;
  while (order.kind != RampOrder::Kind::kDone) {
    order = ramp.Next(service.Play(rate, mix, interval_seconds));
    if (order.kind != RampOrder::Kind::kGo) continue;
    rate = order.rate;
    mix = order.mix;
  }
}

}  // namespace loadcurve::testing
