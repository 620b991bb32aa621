#include "scaler/evidence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <utility>
#include <vector>

#include "base/time_text.h"
#include "metrics/settled_requests.h"

namespace loadcurve {
namespace {

using enum EvidenceKind;

// Shares of what is usual.
constexpr double kNothing = 0.1;      // demand is gone at or below this
constexpr double kUsuallyGone = 0.2;  // and usually is at this time of the day
constexpr double kHalf = 0.5;
constexpr double kFewerEnd = 0.8;    // of the requests, while something hangs
constexpr double kFewerSlow = 0.9;   // while answers are slow
constexpr double kMoreCome = 1.2;    // in a storm
constexpr double kSlow = 1.5;        // of the mean time, and of what is in flight
constexpr double kAtCapacity = 0.9;  // of what a replica carries, or of its CPU

// Requests in flight are counted at one moment, and few of them vary by chance.
constexpr double kFewInFlight = 2;

// A second; of fewer nothing is learnt by the gauge.
constexpr double kFewRequests = 0.1;

constexpr int kSteadyWindows = 10;
constexpr int kWindowsOfReturn = 3;
constexpr std::size_t kMostSpans = 1000;

std::string Short(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", number);
  return text.data();
}

std::string Percent(Ratio share) {
  return Short(share.value() * 100) + " %";
}

bool IsDisturbance(EvidenceKind kind) {
  return kind != kFresh && kind != kIdle;
}

// Censored load is a lower bound of what was wanted, and is learnt from.
bool IsNoDemand(EvidenceKind kind) {
  return IsDisturbance(kind) && kind != kCensored;
}

// Of these something is served, which is all that is known where it lasts.
bool IsServed(EvidenceKind kind) {
  return kind != kUpstreamOutage && kind != kHung;
}

}  // namespace

std::string_view Name(EvidenceKind kind) {
  switch (kind) {
    case kFresh:
      return "fresh";
    case kIdle:
      return "idle";
    case kMissing:
      return "missing";
    case kStale:
      return "stale";
    case kPartial:
      return "partial";
    case kHung:
      return "hung";
    case kRefused:
      return "refused";
    case kRetryStorm:
      return "retry_storm";
    case kFailing:
      return "failing";
    case kUpstreamOutage:
      return "upstream_outage";
    case kCensored:
      return "censored";
  }
  return "unknown";
}

bool MayShrinkOn(EvidenceKind kind) {
  return !IsDisturbance(kind);
}

EvidenceRecord::EvidenceRecord(Duration step, std::optional<MetricsQps> sustained)
    : step_(step), sustained_(sustained) {}

bool EvidenceRecord::IsRetryStorm(const Usual& usual, const EvidenceWindow& window) const {
  const double requests = *window.requests;
  const double successes = requests * (1 - window.error_share.value());
  return requests >= kMoreCome * usual.requests && successes <= usual.successes * kMoreCome;
}

// Where it was never counted, by Little's law.
std::optional<double> EvidenceRecord::InFlight(const Usual& usual, double requests) {
  const auto& held = usual.held_seconds ? usual.held_seconds : usual.mean_seconds;
  return held ? std::optional(*held * requests) : std::nullopt;
}

std::optional<double> EvidenceRecord::HeldSeconds(const EvidenceWindow& window) {
  if (!window.in_flight || window.requests.value_or(0) < kFewRequests) return std::nullopt;
  return window.in_flight->value() / *window.requests;
}

bool EvidenceRecord::IsHung(const Memory& memory, const EvidenceWindow& window) const {
  const bool was_hung = memory.kind == kHung;
  if (was_hung && window.start - memory.since >= kLongestHang) return false;
  if (*window.requests > kFewerEnd * memory.usual->requests) return false;
  // A window whose gauge was not read does not show that a hang is over.
  if (!window.in_flight) return was_hung;
  const auto usually = InFlight(*memory.usual, memory.usual->requests);
  return usually && window.in_flight->value() >= 2 * *usually + kFewInFlight;
}

bool EvidenceRecord::IsOutage(const Memory& memory, const EvidenceWindow& window) const {
  const double level = memory.usual->load;
  const double load = window.load.value();
  if (memory.kind == kUpstreamOutage) {
    if (window.start + step_ - memory.since > kLongestOutage) return false;
    return load <= kNothing * level ||
           (load < kHalf * level && memory.returned + 1 < kWindowsOfReturn);
  }
  if (load > kNothing * level || !memory.steady_since) return false;
  if (window.usual && window.usual->value() <= kUsuallyGone * level) return false;
  return window.start - *memory.steady_since >= std::max(kSteadyDemand, step_ * kSteadyWindows);
}

bool EvidenceRecord::IsAtLimit(const EvidenceWindow& window) const {
  if (window.cpu && window.cpu->value() >= kAtCapacity) return true;
  return sustained_ && window.ready &&
         window.load.value() >=
             kAtCapacity * sustained_->value() * static_cast<double>(window.ready->value());
}

bool EvidenceRecord::IsCensored(const Memory& memory, const EvidenceWindow& window) const {
  const Usual& usual = *memory.usual;
  const bool is_slow = window.mean_seconds && usual.mean_seconds &&
                       *window.mean_seconds >= kSlow * *usual.mean_seconds;
  const auto usually = InFlight(usual, *window.requests);
  const bool is_full = window.in_flight && usually && *window.requests >= kFewRequests &&
                       window.in_flight->value() >= kSlow * *usually + kFewInFlight;
  if (!is_slow && !is_full) return false;
  if (IsAtLimit(window)) return true;
  // A load that falls by itself makes nothing slower: a replica may carry less than is known.
  const bool is_given_up =
      memory.kind == kCensored && window.start - memory.since >= kLongestSlowness;
  if (!is_given_up && *window.requests <= kFewerSlow * usual.requests) return true;
  return memory.kind == kCensored && window.start - memory.at_limit < kLongestSlowness;
}

EvidenceRecord::Memory EvidenceRecord::MemoryFor(const EvidenceWindow& window) const {
  Memory memory = memory_;
  if (!memory.fall || window.load.value() > kNothing * memory.fall->usual.load) return memory;
  if (window.start - memory.fall->at > kSteadyDemand) return memory;
  memory.usual = memory.fall->usual;
  memory.steady_since = memory.fall->steady_since;
  memory.fall.reset();
  return memory;
}

EvidenceKind EvidenceRecord::Classify(const Memory& memory, const EvidenceWindow& window) const {
  if (window.requests && window.error_share >= kTooManyErrors) {
    if (!memory.usual) return kFailing;
    if (IsRetryStorm(*memory.usual, window)) return kRetryStorm;
    const auto& usually = memory.usual->mean_seconds;
    const bool is_fast = window.mean_seconds && usually && *window.mean_seconds <= kHalf * *usually;
    return is_fast ? kRefused : kFailing;
  }
  if (window.requests && memory.usual) {
    if (IsHung(memory, window)) return kHung;
    if (IsOutage(memory, window)) return kUpstreamOutage;
    if (IsCensored(memory, window)) return kCensored;
  }
  return window.load > MetricsQps(0) ? kFresh : kIdle;
}

void EvidenceRecord::Learn(const EvidenceWindow& window) {
  const double load = window.load.value();
  const double requests = window.requests.value_or(0);
  const double successes = requests * (1 - window.error_share.value());
  const bool was_falling = std::exchange(memory_.is_falling, false);
  const bool is_low = memory_.usual && load < kHalf * memory_.usual->load;
  if (is_low && !was_falling) {
    // A window in which the load fell is no level yet.
    memory_.is_falling = true;
    return;
  }
  const bool is_of_last_fall = memory_.fall && window.start - memory_.fall->at <= kSteadyDemand;
  if (is_low && !is_of_last_fall)
    memory_.fall = Fall{*memory_.usual, memory_.steady_since, window.start};
  if (!memory_.usual || is_low || memory_.usual->load == 0) {
    if (load > 0) memory_.steady_since = window.start;
    if (load == 0) memory_.steady_since.reset();
    Usual usual = memory_.usual.value_or(Usual{});
    usual.load = load;
    usual.requests = requests;
    usual.successes = successes;
    if (window.mean_seconds) usual.mean_seconds = window.mean_seconds;
    if (const auto held = HeldSeconds(window)) usual.held_seconds = held;
    memory_.usual = usual;
    return;
  }
  const double share = std::clamp(Seconds(step_) / Seconds(kSteadyDemand), 0.01, kHalf);
  const auto follow = [&](double& usual, double now) { usual += share * (now - usual); };
  const auto follow_known = [&](std::optional<double>& usual, std::optional<double> now) {
    if (!now) return;
    if (usual)
      follow(*usual, *now);
    else
      usual = now;
  };
  follow(memory_.usual->load, load);
  follow(memory_.usual->requests, requests);
  follow(memory_.usual->successes, successes);
  follow_known(memory_.usual->mean_seconds, window.mean_seconds);
  follow_known(memory_.usual->held_seconds, HeldSeconds(window));
}

void EvidenceRecord::Remember(EvidenceKind kind, const EvidenceWindow& window) {
  if (!IsNoDemand(kind)) return;
  const TimePoint end = window.start + step_;
  if (!disturbed_.empty() && disturbed_.back().to == window.start &&
      disturbed_.back().kind == kind) {
    disturbed_.back().to = end;
    return;
  }
  disturbed_.push_back({window.start, end, kind});
  if (disturbed_.size() > kMostSpans) disturbed_.pop_front();
}

void EvidenceRecord::Fold(const EvidenceWindow& window) {
  memory_ = MemoryFor(window);
  const EvidenceKind kind = Classify(memory_, window);
  const EvidenceKind before = memory_.kind;
  const bool is_gauge_broken = before == kHung && window.start - memory_.since >= kLongestHang;
  const bool was_slow_for_long =
      before == kCensored && window.start - memory_.since >= kLongestSlowness;
  if (IsAtLimit(window)) memory_.at_limit = window.start;
  if (kind != memory_.kind) memory_.since = window.start;
  memory_.kind = kind;
  const bool is_gone = memory_.usual && window.load.value() <= kNothing * memory_.usual->load;
  memory_.returned = kind == kUpstreamOutage && !is_gone ? memory_.returned + 1 : 0;
  Remember(kind, window);
  // What it shows is what it usually shows.
  if (is_gauge_broken && memory_.usual && window.in_flight)
    memory_.usual->held_seconds =
        window.in_flight->value() / std::max(memory_.usual->requests, kFewRequests);
  if (IsDisturbance(kind)) return;
  // It stayed away: that is what users wanted.
  const bool is_given_up = before == kUpstreamOutage && is_gone;
  if (is_given_up && !disturbed_.empty() && disturbed_.back().kind == kUpstreamOutage)
    disturbed_.pop_back();
  // The new level, although it is the first such window.
  // A load that was slow all the time was there all the time.
  const auto steady_since = was_slow_for_long ? memory_.steady_since : std::nullopt;
  if (is_given_up || was_slow_for_long) memory_.usual.reset();
  Learn(window);
  if (steady_since) memory_.steady_since = steady_since;
}

void EvidenceRecord::Note(const EvidenceWindow& window) {
  if (latest_ && window.start < latest_->start) return;
  if (latest_ && window.start > latest_->start) Fold(*latest_);
  const auto before = std::exchange(latest_, window);
  if (!before || before->start != window.start) return;
  // Gauges are of the moment of a reading, and are told once.
  if (!latest_->in_flight) latest_->in_flight = before->in_flight;
  if (!latest_->ready) latest_->ready = before->ready;
  if (!latest_->cpu) latest_->cpu = before->cpu;
}

Evidence EvidenceRecord::Judge(const Present& present) const {
  if (!latest_) return {kMissing, "no load was measured: missing is not idle", {}};
  if (latest_->start >= present.now)
    return {kStale,
            "the latest window begins only at " + ToRfc3339(latest_->start) +
                ": the clock was set back",
            {}};
  const Duration age = present.now - (latest_->start + step_);
  if (age > present.fresh)
    return {kStale,
            "the last measured load is " + ToString(age) + " old, and fresh means at most " +
                ToString(present.fresh),
            {}};
  if (present.coverage < kEnoughCoverage)
    return {kPartial,
            "only " + Percent(present.coverage) +
                " of the replicas were heard of: the others carry load that is not seen",
            {}};
  const Memory memory = MemoryFor(*latest_);
  const EvidenceKind kind = Classify(memory, *latest_);
  if (!IsDisturbance(kind)) return {kind, "", {}};
  const TimePoint since = kind == memory.kind ? memory.since : latest_->start;
  return {kind, Why(kind, memory.usual.value_or(Usual{}), *latest_, since), since};
}

std::string EvidenceRecord::Why(EvidenceKind kind, const Usual& usual, const EvidenceWindow& window,
                                TimePoint since) {
  const std::string fail = Percent(window.error_share) + " of the requests fail";
  switch (kind) {
    case kRefused:
      return fail + ", after " + Short(window.mean_seconds.value_or(0)) +
             " s in the mean instead of " + Short(usual.mean_seconds.value_or(0)) +
             " s: refused demand is not seen as load";
    case kRetryStorm:
      return fail + ", and " + Short(*window.requests) + " a second come instead of " +
             Short(usual.requests) + " with no more successes: a retry storm is no demand";
    case kFailing:
      return fail + ": refused demand is not seen as load";
    case kHung:
      return "the service hangs since " + ToRfc3339(since) + ": " +
             (window.in_flight
                  ? Short(window.in_flight->value()) + " requests are in flight instead of " +
                        Short(InFlight(usual, usual.requests).value_or(0))
                  : "how many are in flight was not read") +
             ", and " + Short(*window.requests) + " a second end instead of " +
             Short(usual.requests);
    case kUpstreamOutage:
      return "the load went from " + Short(usual.load) + " to nothing at once at " +
             ToRfc3339(since) +
             ", and nothing fails here: an outage before us is waited for until " +
             ToRfc3339(since + kLongestOutage);
    case kCensored:
      return "the replicas are at what they carry: " +
             (window.mean_seconds && usual.mean_seconds &&
                      *window.mean_seconds >= kSlow * *usual.mean_seconds
                  ? "a request takes " + Short(*window.mean_seconds) + " s instead of " +
                        Short(*usual.mean_seconds) + " s"
                  : "more requests are in flight than before") +
             ", and the measured load is cut by our own saturation";
    default:
      return std::string(Name(kind));
  }
}

std::deque<EvidenceRecord::Span> EvidenceRecord::Disturbed() const {
  std::deque<Span> spans = disturbed_;
  const EvidenceKind latest = latest_ ? Classify(MemoryFor(*latest_), *latest_) : kFresh;
  if (IsNoDemand(latest)) spans.push_back({latest_->start, latest_->start + step_, latest});
  return spans;
}

bool EvidenceRecord::IsDemand(TimePoint start, Duration longest) const {
  return std::ranges::none_of(Disturbed(), [&](const Span& span) {
    const bool is_within = span.from <= start && start < span.to;
    return is_within && !(IsServed(span.kind) && start - span.from >= longest);
  });
}

LoadSeries EvidenceRecord::Demand(const LoadSeries& measured, Duration longest) const {
  const std::deque<Span> spans = Disturbed();
  if (spans.empty() || spans.back().to <= measured.start()) return measured;
  std::vector<double> values(measured.values().begin(), measured.values().end());
  for (const Span& span : spans) {
    const std::int64_t first =
        std::max<std::int64_t>(0, (span.from - measured.start()) / measured.step());
    for (auto i = static_cast<std::size_t>(first);
         i < values.size() && measured.TimeAt(i) < span.to; ++i)
      if (measured.TimeAt(i) >= span.from) values[i] = std::numeric_limits<double>::quiet_NaN();
  }
  while (!values.empty() && std::isnan(values.back())) values.pop_back();
  const Duration lost =
      measured.step() * static_cast<std::int64_t>(measured.size() - values.size());
  if (values.empty() || (IsServed(spans.back().kind) && lost > longest)) return measured;
  auto demand = LoadSeries::Make(measured.start(), measured.step(), std::move(values),
                                 measured.weights_version());
  return demand ? *std::move(demand) : measured;
}

}  // namespace loadcurve
