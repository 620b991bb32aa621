#include "adapters/replay/load_interval.h"

#include <numeric>

#include "base/check.h"

namespace loadcurve::replay {
namespace {

constexpr std::size_t kFirstServerError = 500;

template <class Values>
void AddUp(Values& sums, const Values& values) {
  for (std::size_t i = 0; i < values.size(); ++i) sums[i] += values[i];
}

void AppendAll(std::vector<LoadCounts>& counts, const std::vector<LoadCounts>& next) {
  counts.resize(std::max(counts.size(), next.size()));
  for (std::size_t i = 0; i < next.size(); ++i) counts[i].Append(next[i]);
}

}  // namespace

std::string_view Name(Failure failure) {
  constexpr std::array<std::string_view, kFailureCount> kNames = {
      "refused",      "unreachable",    "connect timeout", "tls",     "reset",
      "stream reset", "stream refused", "goaway",          "cut off", "timeout",
      "malformed",    "no connection",  "unfinished"};
  return kNames[static_cast<std::size_t>(failure)];
}

std::uint64_t LoadCounts::Failed() const {
  return std::accumulate(failures.begin(), failures.end(), std::uint64_t{0});
}

std::uint64_t LoadCounts::ServerErrors() const {
  return std::accumulate(statuses.begin() + kFirstServerError, statuses.end(), std::uint64_t{0});
}

Ratio LoadCounts::LateShare() const {
  const std::uint64_t ended = Ended();
  return Ratio(ended == 0 ? 0 : static_cast<double>(late) / static_cast<double>(ended));
}

void LoadCounts::Append(const LoadCounts& next) {
  scheduled += next.scheduled;
  sent += next.sent;
  resent += next.resent;
  answered += next.answered;
  answered_http2 += next.answered_http2;
  connections += next.connections;
  late += next.late;
  AddUp(failures, next.failures);
  AddUp(statuses, next.statuses);
  latency.Merge(next.latency);
  answered_latency += next.answered_latency;
  overdue = next.overdue;
}

void LoadCounts::Clear() {
  LatencyHistogram kept = std::move(latency);
  kept.Clear();
  *this = LoadCounts();
  latency = std::move(kept);
}

LoadCounts LoadInterval::Total() const {
  LoadCounts total;
  std::uint64_t overdue = 0;
  for (const LoadCounts& target : targets) {
    total.Append(target);
    overdue += target.overdue;
  }
  total.overdue = overdue;
  return total;
}

double LoadInterval::MeanInFlight() const {
  const double seconds = Seconds(to - from);
  return seconds > 0 ? in_flight_seconds / seconds : 0;
}

void LoadInterval::Append(const LoadInterval& next) {
  if (from == TimePoint()) from = next.from;
  to = next.to;
  rate = next.rate;
  AppendAll(targets, next.targets);
  AppendAll(routes, next.routes);
  schedule_error.Merge(next.schedule_error);
  latency_counts.resize(std::max(latency_counts.size(), next.latency_counts.size()));
  AddUp(latency_counts, next.latency_counts);
  Check(counts.Merge(next.counts).has_value(), "intervals of one load have the same buckets");
  in_flight = next.in_flight;
  waiting = next.waiting;
  in_flight_seconds += next.in_flight_seconds;
}

}  // namespace loadcurve::replay
