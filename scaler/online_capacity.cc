#include "scaler/online_capacity.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "metrics/capacity/production_windows.h"
#include "scaler/reason_words.h"

namespace loadcurve {
namespace {

constexpr Duration kReadySpan = std::chrono::minutes(30);
// CPU that has not come by then never will.
constexpr Duration kLongestWait = std::chrono::minutes(5);
constexpr double kMostErrors = 0.05;
constexpr std::size_t kMostPlans = 8;
// What is planned is not moved for less.
constexpr double kAlike = 0.03;
// Whatever is measured, no fault of it makes a replica be worth less than a quarter, or more than
// twice, of what the profile says.
constexpr double kLeastShare = 0.25;
constexpr double kMostShare = 2;

// At all of what binds.
ReplicaCapacity AtAll(ReplicaCapacity capacity) {
  const double share = capacity.target_share.value();
  capacity.load = PlannedLoad(capacity) / share;
  capacity.low = std::min(capacity.low / share, capacity.load);
  capacity.high = std::max(capacity.high / share, capacity.load);
  capacity.target_share = Ratio(1);
  return capacity;
}

ReplicaCapacity Scaled(ReplicaCapacity capacity, double share) {
  capacity.load = capacity.load * share;
  capacity.low = capacity.low * share;
  capacity.high = capacity.high * share;
  return capacity;
}

std::string Interval(double value, double low, double high) {
  return Short(value) + " (" + Short(low) + " .. " + Short(high) + ")";
}

}  // namespace

OnlineCapacity::OnlineCapacity(CpuSource& cpu, const ScalingProfile& profile, Duration step)
    : cpu_(&cpu),
      profile_(profile),
      step_(step),
      watch_(WatchOptions()),
      replicas_(kReadySpan + 2 * step) {
  Use(profile);
}

CapacityWatchOptions OnlineCapacity::WatchOptions() const {
  const ScalingProfileFields& fields = profile_.fields();
  CapacityWatchOptions options;
  options.estimates = fields.objective.latency.has_value();
  if (fields.objective.latency) {
    options.limits.target_seconds = Seconds(fields.objective.latency->within);
    options.limits.allowed_late = Ratio(1 - fields.objective.latency->quantile);
  }
  const auto& capacity = fields.load.per_replica;
  if (!capacity) return options;
  if (capacity->slots) options.limits.slots = capacity->slots->value();
  options.given = Scaled(AtAll(*capacity), share_);
  return options;
}

void OnlineCapacity::Use(const ScalingProfile& profile) {
  profile_ = profile;
  share_ = 1;
  watch_ = CapacityWatch(WatchOptions());
  pending_.clear();
  plans_.clear();
  present_ = {};
  before_.reset();
  report_ = {};
  report_.scale = profile_.fields().load.Scale();
  if (const auto& capacity = profile_.fields().load.per_replica)
    report_.profile = report_.planned = AtAll(*capacity).load;
  report_.why = "no window was observed yet";
}

void OnlineCapacity::Resume(const CapacityReport& report) {
  if (!IsForSame(report, report_)) return;
  report_.news = report.news;
  ResumePlan(report);
  if (!report.watch || report.watch->weights_version != report_.scale) return;
  watch_.Resume(*report.watch);
  report_.watch = report.watch;
  ResumeRevisions(*report.watch);
}

// What was planned for the present revision follows from what it began with and how it differs from
// the one before.
void OnlineCapacity::ResumeRevisions(const CapacityWatchState& state) {
  RevisionPlan plan{.name = state.revision};
  const double by_shift = ByShift(plan).share;
  const bool is_online = profile_.fields().load.capacity_mode == LearningMode::kOnline;
  if (is_online) plan.base = share_ / by_shift;
  plan.share = plan.base * by_shift;
  if (before_) plan.why = before_->why;
  if (state.comparison)
    plans_.push_back(
        {.name = state.comparison->before.revision, .base = plan.base, .share = plan.base});
  plans_.push_back(std::move(plan));
}

void OnlineCapacity::ResumePlan(const CapacityReport& report) {
  if (!report.planned || *report.planned == *report.profile) return;
  before_ = report;
  const LearningMode mode = profile_.fields().load.capacity_mode;
  share_ = mode == LearningMode::kOnline
               ? std::clamp(*report.planned / *report.profile, kLeastShare, kMostShare)
               : 1;
  watch_ = CapacityWatch(WatchOptions());
  report_ = report;
  report_.planned = *report_.profile * share_;
}

void OnlineCapacity::NoteReplicas(TimePoint now, const ScaleObservation& observed) {
  replicas_.Note(now, {observed.ready, observed.is_rolling_out ? "" : observed.revision});
}

void OnlineCapacity::NoteRequests(const MeasuredRequests& measured,
                                  std::span<const LoadSample> whole) {
  std::vector<ReadyStretch> stretches;
  std::map<TimePoint, std::pair<MetricsQps, std::string>> known;
  for (const LoadSample& sample : whole) {
    const TimePoint from = sample.window_start;
    const TimePoint to = from + step_;
    if (from < next_ || !(sample.load.value() > 0)) continue;
    const auto seen = replicas_.Through(from, to);
    if (!seen || seen->revision.empty() || seen->ready < Replicas(1)) continue;
    stretches.push_back({.from = from, .to = to, .ready = seen->ready});
    known[from] = {sample.load, seen->revision};
  }
  const auto series = measured.counts.series();
  if (stretches.empty() || series.empty()) return;
  WindowOptions options{.workload = series.front().workload};
  if (const auto& latency = profile_.fields().objective.latency) {
    options.latency_target = latency->within;
    options.quantile = latency->quantile;
  }
  auto laid =
      ProductionWindowsOf(measured, stretches, *profile_.fields().load.weights, options).windows;
  for (ReplicaWindow& window : laid) {
    const auto& [load, revision] = known.at(window.from);
    // As decisions measure it: a release whose answers take longer weighs more by itself, and its
    // CPU is held against that.
    window.load = load / window.replicas;
    window.revision = revision;
    if (window.errors <= kMostErrors * window.ended) pending_[window.from] = std::move(window);
  }
}

void OnlineCapacity::Step(TimePoint now, bool may_fit) {
  pending_.erase(pending_.begin(), pending_.lower_bound(now - kLongestWait - 2 * step_));
  if (!pending_.empty()) {
    const TimePoint until = pending_.rbegin()->first + step_;
    const auto cpu = cpu_->Read(pending_.begin()->first, until, step_);
    fault_ = cpu ? "" : cpu.error().message;
    if (cpu) {
      if (cpu->limit) watch_.UseCpuLimit(cpu->limit);
      for (const CpuSample& sample : cpu->samples) Feed(sample);
    }
  }
  report_.revision = watch_.revision();
  report_.watch = watch_.State();
  if (report_.revision.empty()) {
    if (!fault_.empty()) report_.why = fault_;
    return;
  }
  if (has_news_ && may_fit) TellPresent();
  if (report_.profile) UsePlan(now, PlanOf(report_.revision) = Judged(PlanOf(report_.revision)));
  if (!fault_.empty()) report_.why += "; " + fault_;
}

void OnlineCapacity::Feed(const CpuSample& sample) {
  const auto found = pending_.find(sample.from);
  if (found == pending_.end()) return;
  ReplicaWindow window = found->second;
  // CPU comes in order: what is missing before it was left out.
  pending_.erase(pending_.begin(), std::next(found));
  next_ = window.to;
  // CPU of pods that were not ready, or not of all that were.
  if (static_cast<double>(sample.replicas.value()) != window.replicas) return;
  window.cpu_cores = sample.used.value() / window.replicas;
  window.is_throttled = sample.is_throttled;
  has_news_ = true;
  if (auto news = watch_.Observe(window, profile_.fields().load.Scale()))
    report_.news = *std::move(news);
}

double OnlineCapacity::BaseOf(const std::string& revision) const {
  const auto shift = watch_.Shift();
  const auto before = std::ranges::find_if(plans_, [&](const RevisionPlan& plan) {
    return shift ? plan.name == shift->before : &plan == &plans_.back();
  });
  if (before != plans_.end()) return before->share;
  if (!before_) return 1;
  const double then = *before_->planned / *before_->profile;
  return before_->revision == revision ? then : std::min(1.0, then);
}

OnlineCapacity::RevisionPlan& OnlineCapacity::PlanOf(const std::string& revision) {
  const auto known = std::ranges::find(plans_, revision, &RevisionPlan::name);
  if (known != plans_.end()) return *known;
  const double base = BaseOf(revision);
  if (plans_.size() == kMostPlans) plans_.erase(plans_.begin());
  plans_.push_back({.name = revision, .base = base, .share = base});
  if (base != 1) plans_.back().why = "as for the revision before";
  return plans_.back();
}

OnlineCapacity::RevisionPlan OnlineCapacity::ByShift(const RevisionPlan& plan) const {
  RevisionPlan next{.name = plan.name, .base = plan.base, .share = plan.base};
  if (plan.base != 1) next.why = "as for the revision before";
  const auto shift = watch_.Shift();
  if (shift && shift->limit_ratio < 1 - kAlike) {
    next.share *= shift->limit_ratio;
    next.why = "the CPU limit of a replica is " + Short(shift->limit_ratio) + " of that in '" +
               shift->before + "'";
  }
  const bool binds_cpu = profile_.fields().load.per_replica->binding == BindingResource::kCpu;
  const bool is_more = shift && shift->verdict == ShiftVerdict::kMore;
  if (is_more || (shift && shift->verdict == ShiftVerdict::kLess && binds_cpu)) {
    const double moved = next.share / shift->high;
    next.share = is_more ? std::min(next.share, moved) : std::max(next.share, moved);
    next.why = "a unit of load costs " + Interval(shift->cpu_ratio, shift->low, shift->high) +
               " times the CPU that it did in '" + shift->before + "'";
  }
  return next;
}

OnlineCapacity::RevisionPlan OnlineCapacity::Judged(const RevisionPlan& plan) const {
  RevisionPlan next = ByShift(plan);
  if (present_.capacity && present_.standing != Standing::kUnknown) {
    const double low = present_.capacity->low / *report_.profile;
    const double high = present_.capacity->high / *report_.profile;
    const bool is_raised = next.share < low && present_.standing == Standing::kMeasured;
    if (next.share > high || is_raised) {
      next.share = is_raised ? low : high;
      next.why = "its windows tell " + Interval(present_.capacity->load.value(),
                                                present_.capacity->low.value(),
                                                present_.capacity->high.value());
    }
  }
  next.share = std::clamp(next.share, kLeastShare, kMostShare);
  return std::abs(next.share / plan.share - 1) < kAlike ? plan : next;
}

void OnlineCapacity::TellPresent() {
  has_news_ = false;
  present_ = watch_.Present();
  report_.load.reset();
  report_.low.reset();
  report_.high.reset();
  report_.is_inherited = present_.is_inherited;
  if (!present_.capacity) return;
  report_.load = present_.capacity->load;
  report_.low = present_.capacity->low;
  report_.high = present_.capacity->high;
}

void OnlineCapacity::UsePlan(TimePoint now, const RevisionPlan& plan) {
  const bool is_online = profile_.fields().load.capacity_mode == LearningMode::kOnline;
  const double share = is_online ? plan.share : 1;
  if (share != share_) report_.since = now;
  if (share == 1) report_.since.reset();
  share_ = share;
  report_.planned = *report_.profile * share;
  report_.why = plan.why;
  if (plan.share == 1) report_.why = "nothing tells another capacity than the profile's";
  if (!is_online && plan.share != 1)
    report_.why = "observed only; it would be " + Short(report_.profile->value() * plan.share) +
                  ", since " + plan.why;
}

std::optional<ReplicaCapacity> OnlineCapacity::Planned() const {
  const auto& capacity = profile_.fields().load.per_replica;
  return capacity ? std::optional(Scaled(*capacity, share_)) : std::nullopt;
}

std::string OnlineCapacity::Note() const {
  if (share_ == 1 || !report_.profile) return "";
  return "by revision '" + report_.revision + "' it carries " + Short(share_) +
         " of what the profile says: " + report_.why;
}

}  // namespace loadcurve
