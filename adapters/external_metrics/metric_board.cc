#include "adapters/external_metrics/metric_board.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <mutex>
#include <utility>

#include "adapters/external_metrics/board_frame.h"
#include "base/time_text.h"

namespace loadcurve::external_metrics {
namespace {

constexpr std::size_t kNamesShown = 5;

std::string BoardName(std::string_view namespace_name, std::string_view metric) {
  std::string name;
  name.reserve(namespace_name.size() + metric.size() + 1);
  return name.append(namespace_name).append("/").append(metric);
}

Labels WithProfile(const Labels& labels, const std::string& profile) {
  Labels all;
  all.reserve(labels.size() + 1);
  all.emplace_back(kProfileLabel, profile);
  all.insert(all.end(), labels.begin(), labels.end());
  return all;
}

std::string WholeSeconds(Duration span) {
  return fmt::format("{} s", std::chrono::floor<std::chrono::seconds>(span).count());
}

}  // namespace

MetricBoard::MetricBoard(std::vector<std::string> metrics, const Clock& clock)
    : metrics_(std::make_move_iterator(metrics.begin()), std::make_move_iterator(metrics.end())),
      clock_(clock) {}

Result<void> MetricBoard::Publish(const MetricKey& key, PublishedMetric published) {
  LC_TRY_VOID(CheckMetric(key.metric));
  LC_TRY_VOID(CheckValue(key, published));
  const std::unique_lock lock(mutex_);
  Entry& entry = EntryOf(key);
  entry.latest = std::move(published);
  entry.why_missing.clear();
  return {};
}

void MetricBoard::PublishMissing(const MetricKey& key, std::string why) {
  const std::unique_lock lock(mutex_);
  EntryOf(key).why_missing = std::move(why);
}

void MetricBoard::Retire(const std::string& namespace_name, const std::string& profile) {
  const std::unique_lock lock(mutex_);
  for (const std::string& metric : metrics_) Remove({namespace_name, metric, profile});
}

void MetricBoard::RetireOthers(const std::set<std::pair<std::string, std::string>>& profiles) {
  const std::unique_lock lock(mutex_);
  for (auto& [name, board] : boards_) {
    const std::string& space = board.namespace_name;
    std::erase_if(board.profiles, [&](const auto& entry) {
      return !profiles.contains({space, entry.first});
    });
  }
  std::erase_if(boards_, [](const auto& board) { return board.second.profiles.empty(); });
}

std::vector<BoardItem> MetricBoard::Items() const {
  const std::shared_lock lock(mutex_);
  std::vector<BoardItem> items;
  for (const auto& [name, board] : boards_) {
    for (const auto& [profile, entry] : board.profiles)
      items.push_back(
          {{board.namespace_name, board.metric, profile}, entry.latest, entry.why_missing});
  }
  return items;
}

Result<void> MetricBoard::Apply(const BoardFrame& frame) {
  for (const BoardItem& item : frame.changed) {
    LC_TRY_VOID(CheckMetric(item.key.metric));
    if (item.latest) LC_TRY_VOID(CheckValue(item.key, *item.latest));
  }
  const std::map<TimePoint, TimePoint> moves(frame.moves.begin(), frame.moves.end());
  const std::unique_lock lock(mutex_);
  if (frame.is_whole) boards_.clear();
  for (const MetricKey& key : frame.retired) Remove(key);
  for (auto& [name, board] : boards_) {
    for (auto& [profile, entry] : board.profiles) {
      if (!entry.latest) continue;
      const auto move = moves.find(entry.latest->measured_at);
      if (move != moves.end()) entry.latest->measured_at = move->second;
    }
  }
  for (const BoardItem& item : frame.changed)
    EntryOf(item.key) = {.latest = item.latest, .why_missing = item.why_missing};
  return {};
}

MetricBoard::Entry& MetricBoard::EntryOf(const MetricKey& key) {
  Board& board = boards_[BoardName(key.namespace_name, key.metric)];
  board.namespace_name = key.namespace_name;
  board.metric = key.metric;
  return board.profiles[key.profile];
}

void MetricBoard::Remove(const MetricKey& key) {
  const auto board = boards_.find(BoardName(key.namespace_name, key.metric));
  if (board == boards_.end()) return;
  board->second.profiles.erase(key.profile);
  if (board->second.profiles.empty()) boards_.erase(board);
}

Result<MetricItem> MetricBoard::Read(const MetricQuery& query) const {
  LC_TRY_VOID(CheckMetric(query.metric));
  const std::shared_lock lock(mutex_);
  const auto board = boards_.find(BoardName(query.namespace_name, query.metric));
  std::vector<Profiles::const_iterator> matching;
  if (board != boards_.end()) {
    const Profiles& profiles = board->second.profiles;
    const auto consider = [&](Profiles::const_iterator at) {
      const auto& [profile, entry] = *at;
      if (query.selector.Matches(
              WithProfile(entry.latest ? entry.latest->labels : Labels(), profile)))
        matching.push_back(at);
    };
    // An HPA of ours names its profile: no need to look at ten thousand others.
    if (const std::string_view exact = query.selector.ExactValueOf(kProfileLabel); !exact.empty()) {
      const auto found = profiles.find(exact);
      if (found != profiles.end()) consider(found);
    } else {
      for (auto at = profiles.begin(); at != profiles.end(); ++at) consider(at);
    }
  }
  if (matching.size() == 1) return Fresh(query, matching[0]->first, matching[0]->second);

  const std::string selector = query.selector.ToString();
  if (matching.empty())
    return Fail(ErrorCode::kNotFound,
                fmt::format("no ScalingProfile in namespace {} publishes {} and matches the "
                            "selector '{}'; see: kubectl get scalingprofiles -n {}",
                            query.namespace_name, query.metric, selector, query.namespace_name));
  std::vector<std::string_view> names;
  for (const auto& at : matching) {
    if (names.size() < kNamesShown) names.push_back(at->first);
  }
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("the selector '{}' matches {} ScalingProfiles in namespace {} ({}{}), "
                          "which an HPA would add up; name one: {}=NAME",
                          selector, matching.size(), query.namespace_name, fmt::join(names, ", "),
                          matching.size() > kNamesShown ? ", ..." : "", kProfileLabel));
}

Result<void> MetricBoard::CheckValue(const MetricKey& key, const PublishedMetric& published) const {
  if (std::isfinite(published.value) && published.value >= 0) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{} of {}/{} is {}; expected a finite number that is not negative",
                          key.metric, key.namespace_name, key.profile, published.value));
}

Result<void> MetricBoard::CheckMetric(std::string_view metric) const {
  if (metrics_.contains(metric)) return {};
  return Fail(ErrorCode::kNotFound, fmt::format("there is no metric {}; this server has {}", metric,
                                                fmt::join(metrics_, ", ")));
}

Result<MetricItem> MetricBoard::Fresh(const MetricQuery& query, const std::string& profile,
                                      const Entry& entry) const {
  const auto remedy = [&] {
    return entry.why_missing.empty() ? fmt::format("no newer value came; see: loadcurve why {}/{}",
                                                   query.namespace_name, profile)
                                     : entry.why_missing;
  };
  const std::string name = query.namespace_name + "/" + profile;
  if (!entry.latest)
    return Fail(ErrorCode::kInsufficientData, fmt::format("{} of {} has not been measured yet: {}",
                                                          query.metric, name, remedy()));
  const Duration age = clock_.Now() - entry.latest->measured_at;
  const Duration max_age = entry.latest->max_age;
  if (age > max_age)
    return Fail(ErrorCode::kInsufficientData,
                fmt::format("{} of {} is {} old, {} more than allowed: {}", query.metric, name,
                            WholeSeconds(age), WholeSeconds(age - max_age), remedy()));
  // A clock was set back: nobody knows how old this is.
  if (age < -max_age)
    return Fail(ErrorCode::kInsufficientData,
                fmt::format("{} of {} was measured at {}, {} ahead of this machine's clock: {}",
                            query.metric, name, ToRfc3339(entry.latest->measured_at),
                            WholeSeconds(-age), "set the clocks right"));
  return MetricItem{.labels = WithProfile(entry.latest->labels, profile),
                    .value = entry.latest->value,
                    .measured_at = entry.latest->measured_at,
                    .window = entry.latest->window};
}

}  // namespace loadcurve::external_metrics
