#include "adapters/prometheus/shared_query.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace loadcurve::prometheus {
namespace {

// Before anything is known of how much an answer brings.
constexpr std::size_t kFirstWorkloads = 10;
// Regular expressions of more characters would cost a server more than they spare it.
constexpr std::size_t kMostExpression = 16'000;

bool NamesWorkload(const LabelMatcher& matcher) {
  return matcher.value.find("{pods}") != std::string::npos ||
         matcher.value.find("{workload}") != std::string::npos ||
         matcher.value.find("{object}") != std::string::npos;
}

// Takes the samples of (after, until] only.
QueryAnswer PartOf(QueryAnswer answer, TimePoint after, TimePoint until) {
  const auto is_outside = [&](const auto& point) {
    return point.time <= after || point.time > until;
  };
  for (TimeSeries& series : answer.series) {
    std::erase_if(series.points, is_outside);
    std::erase_if(series.histograms, is_outside);
  }
  std::erase_if(answer.series, [](const TimeSeries& series) {
    return series.points.empty() && series.histograms.empty();
  });
  return answer;
}

}  // namespace

// (after, until]; a point in time where both are the same.
struct SharedSelector::Stretch {
  TimePoint after;
  TimePoint until;

  bool operator==(const Stretch&) const = default;
  bool is_point() const { return after == until; }
  Duration span() const { return until - after; }
  bool Holds(const Stretch& other) const {
    return is_point() == other.is_point() && after <= other.after && until >= other.until;
  }
};

struct SharedSelector::Member {
  std::string value;  // a regular expression for the label that names the workload
  std::uint64_t round = 0;
  std::optional<Stretch> asked{};
  bool is_awaited = false;  // part of a query that is under way
  // What came back before it was asked for.
  std::uint64_t answered_round = 0;
  std::optional<Stretch> answered{};
  std::optional<Result<QueryAnswer>> answer{};
};

// Selectors that are the same but for who is meant.
struct SharedSelector::Group {
  std::string metric;
  std::vector<LabelMatcher> matchers;
  std::optional<std::size_t> varying;  // the matcher that names the workload
  std::vector<Member*> members{};      // in order of joining
  std::uint64_t round = 1;
  std::size_t most = 1;         // workloads a query, now
  double samples_a_second = 0;  // of one workload, as last seen; of a point: samples

  std::string TextFor(const std::vector<Member*>& batch) const {
    std::vector<LabelMatcher> joined = matchers;
    if (varying) {
      joined[*varying].kind = MatchKind::kMatches;
      joined[*varying].value.clear();
      for (const Member* member : batch)
        joined[*varying].value += (member == batch.front() ? "" : "|") + member->value;
    }
    return SelectorText(metric, joined);
  }

  std::size_t LimitFor(const Stretch& stretch, const SharingLimits& limits) const {
    const double each = samples_a_second * (stretch.is_point() ? 1 : Seconds(stretch.span()));
    const double by_samples = each > 0 ? static_cast<double>(limits.samples_a_query) / each : 1e9;
    return static_cast<std::size_t>(
        std::clamp(by_samples, 1.0, static_cast<double>(std::min(most, limits.most_workloads))));
  }

  // `first`, who last asked for `before`, and others that asked for the same then and have not
  // asked since: they are about to.
  std::vector<Member*> BatchFor(Member* first, const std::optional<Stretch>& before,
                                std::size_t most_members) {
    std::vector<Member*> batch = {first};
    std::size_t length = first->value.size();
    const auto own = std::find(members.begin(), members.end(), first) - members.begin();
    for (std::size_t i = 1; i < members.size() && batch.size() < most_members; ++i) {
      Member* member = members[(static_cast<std::size_t>(own) + i) % members.size()];
      if (member->is_awaited || member->round >= round || member->asked != before) continue;
      if (member->answered_round == round) continue;
      length += member->value.size() + 1;
      if (length > kMostExpression) break;
      batch.push_back(member);
    }
    return batch;
  }

  // Each member's own part of an answer.
  std::vector<QueryAnswer> Split(const std::vector<Member*>& batch, QueryAnswer answer) const {
    std::vector<QueryAnswer> parts(batch.size());
    for (QueryAnswer& part : parts) part.warnings = answer.warnings;
    if (!varying) {
      for (QueryAnswer& part : parts) part.series = answer.series;
      return parts;
    }
    RE2::Options options;
    options.set_dot_nl(true);
    options.set_log_errors(false);
    RE2::Set set(options, RE2::ANCHOR_BOTH);
    std::vector<std::size_t> place_of;  // in the batch, by number in the set
    for (std::size_t i = 0; i < batch.size(); ++i)
      if (set.Add(batch[i]->value, nullptr) >= 0) place_of.push_back(i);
    if (!set.Compile()) return parts;
    const std::string& label = matchers[*varying].label;
    std::vector<int> found;
    for (TimeSeries& series : answer.series) {
      found.clear();
      if (!set.Match(LabelOf(series.labels, label), &found)) continue;
      for (std::size_t i = 0; i + 1 < found.size(); ++i)
        parts[place_of[static_cast<std::size_t>(found[i])]].series.push_back(series);
      parts[place_of[static_cast<std::size_t>(found.back())]].series.push_back(std::move(series));
    }
    return parts;
  }
};

struct SharedQueries::State {
  std::mutex mutex{};
  std::condition_variable is_answered{};
  SharingLimits limits;
  std::map<std::string, std::weak_ptr<SharedSelector::Group>> groups{};
};

SharedQueries::SharedQueries(QueryClient client, SharingLimits limits)
    : client_(std::move(client)), state_(new State{.limits = limits}) {}
SharedQueries::~SharedQueries() = default;

SharedSelector::SharedSelector(std::shared_ptr<SharedQueries> queries, std::string metric,
                               const std::vector<LabelMatcher>& matchers,
                               const WorkloadNames& names)
    : queries_(std::move(queries)) {
  std::vector<LabelMatcher> filled = Filled(matchers, names);
  text_ = SelectorText(metric, filled);
  const auto varying = std::find_if(matchers.begin(), matchers.end(), NamesWorkload);
  if (std::count_if(matchers.begin(), matchers.end(), NamesWorkload) > 1) return;
  std::optional<std::size_t> place;
  auto member = std::make_unique<Member>();
  if (varying != matchers.end()) {
    place = static_cast<std::size_t>(varying - matchers.begin());
    LabelMatcher& own = filled[*place];
    if (own.kind != MatchKind::kIs && own.kind != MatchKind::kMatches) return;
    member->value = own.kind == MatchKind::kIs ? RegexLiteral(own.value) : own.value;
    if (!RE2(member->value, RE2::Quiet).ok()) return;
    own.kind = MatchKind::kMatches;
    own.value.clear();
  }
  SharedQueries::State& state = *queries_->state_;
  const std::lock_guard lock(state.mutex);
  std::erase_if(state.groups, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<Group>& known = state.groups[SelectorText(metric, filled)];
  group_ = known.lock();
  if (!group_) {
    group_ = std::make_shared<Group>(Group{.metric = std::move(metric),
                                           .matchers = std::move(filled),
                                           .varying = place,
                                           .most = kFirstWorkloads});
    known = group_;
  }
  member_ = std::move(member);
  group_->members.push_back(member_.get());
}

SharedSelector::~SharedSelector() {
  if (!member_) return;
  SharedQueries::State& state = *queries_->state_;
  std::unique_lock lock(state.mutex);
  state.is_answered.wait(lock, [&] { return !member_->is_awaited; });
  std::erase(group_->members, member_.get());
}

SharedSelector::SharedSelector(SharedSelector&&) noexcept = default;
SharedSelector& SharedSelector::operator=(SharedSelector&& other) noexcept {
  std::swap(queries_, other.queries_);
  std::swap(text_, other.text_);
  std::swap(group_, other.group_);
  std::swap(member_, other.member_);
  return *this;
}

Result<QueryAnswer> SharedSelector::SamplesOf(TimePoint after, TimePoint until) const {
  return Ask({after, until});
}

Result<QueryAnswer> SharedSelector::OwnSamplesOf(TimePoint after, TimePoint until) const {
  return AskAlone({after, until});
}

Result<QueryAnswer> SharedSelector::SumsAt(TimePoint time) const {
  return Ask({time, time});
}

Result<QueryAnswer> SharedSelector::AskAlone(const Stretch& stretch) const {
  if (stretch.is_point()) return queries_->client().At("sum(" + text_ + ")", stretch.until);
  return queries_->client().SamplesOf(text_, stretch.after, stretch.until);
}

Result<QueryAnswer> SharedSelector::AskFor(const std::vector<Member*>& batch,
                                           const Stretch& stretch) const {
  if (batch.size() == 1) return AskAlone(stretch);
  const std::string text = group_->TextFor(batch);
  if (!stretch.is_point()) return queries_->client().SamplesOf(text, stretch.after, stretch.until);
  const std::string by =
      group_->varying ? " by (" + group_->matchers[*group_->varying].label + ")" : std::string();
  return queries_->client().At("sum" + by + " (" + text + ")", stretch.until);
}

Result<QueryAnswer> SharedSelector::Ask(const Stretch& stretch) const {
  if (!group_) return AskAlone(stretch);
  SharedQueries::State& state = *queries_->state_;
  if (stretch.span() > state.limits.longest_stretch) return AskAlone(stretch);
  std::unique_lock lock(state.mutex);
  Member& own = *member_;
  state.is_answered.wait(lock, [&] { return !own.is_awaited; });
  if (own.round == group_->round) ++group_->round;
  own.round = group_->round;
  const std::optional<Stretch> before = std::exchange(own.asked, stretch);
  std::optional<Result<QueryAnswer>> answer = std::exchange(own.answer, std::nullopt);
  if (answer && own.answered_round == own.round && own.answered->Holds(stretch)) {
    lock.unlock();
    if (!*answer || stretch.is_point()) return *std::move(answer);
    return PartOf(**std::move(answer), stretch.after, stretch.until);
  }

  const std::vector<Member*> batch =
      group_->BatchFor(&own, before, group_->LimitFor(stretch, state.limits));
  const std::uint64_t round = group_->round;
  for (Member* member : batch) member->is_awaited = true;
  lock.unlock();
  Result<QueryAnswer> all = AskFor(batch, stretch);
  std::vector<QueryAnswer> parts;
  const std::size_t points = all ? all->PointCount() : 0;
  if (all && batch.size() > 1) parts = group_->Split(batch, *std::move(all));
  const bool is_refused =
      !all && batch.size() > 1 && all.error().code == ErrorCode::kInvalidArgument;
  lock.lock();
  if (all) {
    const double seconds = stretch.is_point() ? 1 : Seconds(stretch.span());
    group_->samples_a_second =
        static_cast<double>(points) / static_cast<double>(batch.size()) / seconds;
    group_->most = std::min(state.limits.most_workloads, group_->most * 2);
  } else {
    group_->most = std::max<std::size_t>(1, batch.size() / 2);
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Member& member = *batch[i];
    member.is_awaited = false;
    if (i == 0 || is_refused) continue;
    member.answered_round = round;
    member.answered = stretch;
    member.answer = all ? Result<QueryAnswer>(std::move(parts[i]))
                        : Result<QueryAnswer>(tl::unexpected<Error>(all.error()));
  }
  lock.unlock();
  state.is_answered.notify_all();
  if (is_refused) return AskAlone(stretch);
  if (!all || batch.size() == 1) return all;
  return std::move(parts[0]);
}

}  // namespace loadcurve::prometheus
