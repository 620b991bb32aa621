#include "metrics/capacity/capacity_watch.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace loadcurve {
namespace {

constexpr std::size_t kMostRevisions = 4;
constexpr std::size_t kMostWindows = 3000;
constexpr double kNinetyPercent = 1.645;
// A release may cost half as much again, or that much less: 90 % of a normal law.
const double kReleaseError = std::log(1.5) / kNinetyPercent;

// A capacity as it is kept: slots and memory are no matter of a comparison.
void Simplify(RevisionLine& line) {
  if (!line.capacity) return;
  line.capacity->slots.reset();
  line.capacity->memory.reset();
}

double HalfWidth(const ReplicaCapacity& capacity) {
  return std::log(capacity.high.value() / capacity.low.value()) / 2;
}

}  // namespace

std::optional<RevisionNews> CapacityWatch::Observe(const ReplicaWindow& window,
                                                   std::string_view weights_version) {
  if (window.revision.empty() || !(window.load.value() > 0) || !window.cpu_cores ||
      !(*window.cpu_cores > 0))
    return std::nullopt;
  GoTo(window, weights_version);
  is_warming_ = !IsWarm(window);
  if (is_warming_) return std::nullopt;
  Revision& revision = revisions_.front();
  if (options_.limits.cpu) revision.limit = options_.limits.cpu;
  revision.windows.push_back(window);
  if (revision.windows.size() > kMostWindows) revision.windows.pop_front();
  ++revision.since_fit;
  ++revision.since_line;
  return Judge(window);
}

void CapacityWatch::GoTo(const ReplicaWindow& window, std::string_view weights_version) {
  Revision* const current = Current();
  if (current != nullptr && current->name == window.revision &&
      current->weights_version == weights_version)
    return;
  warm_from_ = window.from;
  const auto known = std::find_if(revisions_.begin(), revisions_.end(), [&](const Revision& r) {
    return r.name == window.revision && r.weights_version == weights_version;
  });
  if (known != revisions_.end()) return revisions_.splice(revisions_.begin(), revisions_, known);
  Revision fresh;
  fresh.weights_version = weights_version;
  fresh.name = window.revision;
  if (current != nullptr && current->weights_version == weights_version)
    fresh.before = ComparisonFor(window, *current);
  revisions_.push_front(std::move(fresh));
  if (revisions_.size() > kMostRevisions) revisions_.pop_back();
}

bool CapacityWatch::IsWarm(const ReplicaWindow& window) {
  constexpr double kManyMore = 1.2;
  if (ready_ > 0 && window.replicas >= kManyMore * ready_) warm_from_ = window.from;
  ready_ = window.replicas;
  return !warm_from_ || window.from >= *warm_from_ + options_.warm_up;
}

CpuShift CapacityWatch::ShiftFor(const ReplicaWindow& first, const CpuNoise& noise) const {
  const auto windows_in = [&](Duration length) {
    return static_cast<std::size_t>(Seconds(length) / std::max(1e-3, first.Length()));
  };
  return {noise, windows_in(options_.shortest_trial),
          std::max<std::size_t>(8, windows_in(options_.longest_trial))};
}

// Of its windows, or of those of a process before this one where these were more.
void CapacityWatch::UpdateLine(Revision& revision) {
  if (revision.since_line == 0) return;
  revision.since_line = 0;
  auto line = RevisionLine::Of(revision.windows);
  if (line && (!revision.line || line->windows >= revision.line->windows))
    revision.line = std::move(line);
}

std::optional<RevisionComparison> CapacityWatch::ComparisonFor(const ReplicaWindow& first,
                                                               Revision& before) {
  UpdateLine(before);
  const auto& line = before.line;
  // It was too short to tell: what it was held against goes on.
  if (!line && !before.before) return std::nullopt;
  RevisionLine against = line ? *line : before.before->before;
  if (line) {
    against.capacity = Present().capacity;
    against.limit = before.limit;
  }
  const CpuShift shift = ShiftFor(first, against.noise);
  return RevisionComparison{.before = std::move(against), .shift = shift};
}

std::optional<RevisionNews> CapacityWatch::Judge(const ReplicaWindow& window) {
  Revision& revision = revisions_.front();
  if (!revision.before) return std::nullopt;
  RevisionComparison& before = *revision.before;
  before.load += window.load.value();
  const double mean_load = before.load / static_cast<double>(++before.windows);
  const ShiftEstimate shift =
      before.shift.Add(before.before.OffsetOf(window), before.before.ErrorAt(mean_load));
  if (before.is_told || shift.verdict == ShiftVerdict::kOpen) return std::nullopt;
  before.is_told = true;
  RevisionNews news{.at = window.to, .before = before.before.revision, .after = revision.name};
  news.cpu_ratio = std::exp(shift.log_ratio);
  news.low = std::exp(shift.log_ratio - kNinetyPercent * shift.error);
  news.high = std::exp(shift.log_ratio + kNinetyPercent * shift.error);
  news.change = shift.verdict == ShiftVerdict::kMore   ? CapacityChange::kLower
                : shift.verdict == ShiftVerdict::kLess ? CapacityChange::kHigher
                                                       : CapacityChange::kUnchanged;
  return news;
}

const std::optional<ProductionCapacity>& CapacityWatch::OwnOf(Revision& revision) const {
  constexpr int kResamples = 60;
  const std::size_t due = std::max<std::size_t>(5, revision.fitted_windows / 10);
  if (revision.since_fit < due && revision.own) return revision.own;
  const std::vector<ReplicaWindow> windows(revision.windows.begin(), revision.windows.end());
  revision.own = EstimateCapacity(windows, {.limits = options_.limits,
                                            .weights_version = revision.weights_version,
                                            .resamples = kResamples});
  revision.fitted_windows = windows.size();
  revision.since_fit = 0;
  return revision.own;
}

// The capacity before, divided by what the CPU became: of a normal prior around no change and what
// the windows say, each by its precision.
std::optional<ReplicaCapacity> CapacityWatch::Inherited(const Revision& revision) {
  if (!revision.before || !revision.before->before.capacity) return std::nullopt;
  const ShiftEstimate shift = revision.before->shift.Present();
  const double prior = 1 / (kReleaseError * kReleaseError);
  const double seen = 1 / (shift.error * shift.error);
  const double log_ratio = seen * shift.log_ratio / (prior + seen);
  const double spread = kNinetyPercent / std::sqrt(prior + seen);
  ReplicaCapacity capacity = *revision.before->before.capacity;
  // Of more CPU nobody has seen yet that it is of use.
  capacity.load = capacity.load * std::min(1.0, LimitRatio(revision));
  const ReplicaCapacity& then = *revision.before->before.capacity;
  const double below = std::hypot(std::log(then.load / then.low), spread);
  const double above = std::hypot(std::log(then.high / then.load), spread);
  capacity.load = capacity.load * std::exp(-log_ratio);
  capacity.low = capacity.load * std::exp(-below);
  capacity.high = capacity.load * std::exp(above);
  return capacity;
}

double CapacityWatch::LimitRatio(const Revision& revision) {
  if (!revision.limit || !revision.before || !revision.before->before.limit) return 1;
  return revision.limit->value() / revision.before->before.limit->value();
}

PresentCapacity CapacityWatch::Present() {
  Revision* const revision = Current();
  if (revision == nullptr) return {.reasons = {"nothing was observed yet"}};
  PresentCapacity present;
  std::optional<ReplicaCapacity> found;
  bool is_measured = false;
  if (options_.estimates) {
    const auto& own = OwnOf(*revision);
    found = own->Capacity();
    is_measured = own->standing == Standing::kMeasured;
    present.reasons = own->reasons;
    if (found) present.standing = own->standing;
  }
  const auto inherited = Inherited(*revision);
  const bool is_own_better =
      found && (!inherited || is_measured || HalfWidth(*found) <= HalfWidth(*inherited));
  present.capacity = is_own_better ? found : inherited;
  present.is_inherited = !is_own_better && inherited;
  if (!is_own_better) present.standing = Standing::kUnknown;
  const bool is_in_scale =
      options_.given && options_.given->weights_version == revision->weights_version;
  if (!present.capacity && is_in_scale) present.capacity = options_.given;
  return present;
}

std::optional<TimePoint> CapacityWatch::WarmAt() const {
  return warm_from_ ? std::optional(*warm_from_ + options_.warm_up) : std::nullopt;
}

std::optional<CapacityWatchState> CapacityWatch::State() {
  Revision* const revision = Current();
  if (revision == nullptr) return std::nullopt;
  if (revision->since_line >= std::max<std::size_t>(5, revision->windows.size() / 10))
    UpdateLine(*revision);
  CapacityWatchState state{.revision = revision->name,
                           .weights_version = revision->weights_version,
                           .limit = revision->limit,
                           .warm_from = warm_from_,
                           .ready = ready_,
                           .line = revision->line,
                           .comparison = revision->before};
  if (state.line) Simplify(*state.line);
  if (!state.comparison) return state;
  RevisionComparison& comparison = *state.comparison;
  comparison.shift = comparison.shift.Kept();
  Simplify(comparison.before);
  // The estimate stands, and the next release is held against the present revision.
  if (comparison.is_told && state.line) comparison.before.others.clear();
  return state;
}

void CapacityWatch::Resume(const CapacityWatchState& state) {
  revisions_.clear();
  Revision& revision = revisions_.emplace_front();
  revision.weights_version = state.weights_version;
  revision.name = state.revision;
  revision.limit = state.limit;
  revision.line = state.line;
  revision.before = state.comparison;
  warm_from_ = state.warm_from;
  ready_ = state.ready;
}

void CapacityWatch::UseCpuLimit(std::optional<CpuCores> limit) {
  options_.limits.cpu = limit;
}

std::string_view CapacityWatch::revision() const {
  return revisions_.empty() ? std::string_view() : revisions_.front().name;
}

std::optional<RevisionShift> CapacityWatch::Shift() const {
  if (revisions_.empty() || !revisions_.front().before) return std::nullopt;
  const Revision& revision = revisions_.front();
  const ShiftEstimate shift = revision.before->shift.Present();
  return RevisionShift{.before = revision.before->before.revision,
                       .verdict = shift.verdict,
                       .cpu_ratio = std::exp(shift.log_ratio),
                       .low = std::exp(shift.log_ratio - kNinetyPercent * shift.error),
                       .high = std::exp(shift.log_ratio + kNinetyPercent * shift.error),
                       .limit_ratio = LimitRatio(revision)};
}

}  // namespace loadcurve
