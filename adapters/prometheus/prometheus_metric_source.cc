#include "adapters/prometheus/prometheus_metric_source.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "adapters/prometheus/histogram_track.h"
#include "base/time_text.h"

namespace loadcurve::prometheus {
namespace {

// Read first to learn how many samples a window has; a loop never asks for more.
constexpr std::int64_t kFirstWindows = 10;
// Prometheus' own limit for a range query, kept to although ours are none.
constexpr std::int64_t kMostSamplesASeries = 11'000;
constexpr Duration kLongestPiece = std::chrono::days(1);
constexpr Duration kReachStep = std::chrono::seconds(15);

Duration RoundedUp(Duration span, Duration unit) {
  return (span + unit - Duration(1)) / unit * unit;
}

std::string RouteOf(const Labels& labels, const std::vector<std::string>& route_labels) {
  std::string route;
  for (const std::string& name : route_labels) {
    const std::string_view value = LabelOf(labels, name);
    if (value.empty()) continue;
    if (!route.empty()) route += ' ';
    route += value;
  }
  return route;
}

// The scrape of the target before the first sample of a track, where it proves that the
// series was not there yet: the samples reach back far enough to have shown it.
std::optional<TimePoint> BirthOf(const TargetWatch& watch, const std::string& target,
                                 TimePoint first, TimePoint oldest) {
  const std::optional<TimePoint> before = watch.LastBefore(target, first);
  if (!before || first - *before > watch.Tolerance()) return std::nullopt;
  if (*before - watch.Tolerance() < oldest) return std::nullopt;
  return before;
}

// Adds what a track counted between its scrapes.
void AddTrack(const HistogramTrack& track, std::optional<TimePoint> birth, Duration tolerance,
              const WindowRange& range, RequestCounts::SeriesId series, RequestCounts& counts) {
  const std::vector<HistogramSnapshot>& snapshots = track.snapshots;
  if (birth)
    AddEvenly(IncreaseSinceZero(snapshots[0]), *birth, snapshots[0].time, range, series, counts);
  for (std::size_t i = 1; i < snapshots.size(); ++i) {
    const HistogramSnapshot& older = snapshots[i - 1];
    const HistogramSnapshot& newer = snapshots[i];
    if (newer.time - older.time > tolerance) continue;
    AddEvenly(IncreaseBetween(older, newer), older.time, newer.time, range, series, counts);
  }
}

Ratio ShareOf(std::int64_t heard, std::int64_t known) {
  return Ratio(static_cast<double>(heard) / static_cast<double>(known));
}

// How many windows the next piece may have, for what a piece of `windows` brought.
std::int64_t NextWindows(std::int64_t windows, std::int64_t samples, std::int64_t longest_series,
                         const MetricSourceOptions& options) {
  std::int64_t next =
      std::min(windows * 4, std::max<std::int64_t>(1, kLongestPiece / options.step));
  if (samples > 0) next = std::min(next, windows * options.samples_a_query / samples);
  if (longest_series > 0) next = std::min(next, windows * kMostSamplesASeries / longest_series);
  return std::max<std::int64_t>(1, next);
}

}  // namespace

// What came back for one piece of a stretch.
struct PrometheusMetricSource::Samples {
  std::vector<HistogramTrack> tracks{};
  std::vector<TimeSeries> ups{};
  bool is_partial = false;
  TimePoint after;  // none is older
  std::int64_t count = 0;
  std::int64_t longest_series = 0;

  void Account(const QueryAnswer& answer) {
    count += static_cast<std::int64_t>(answer.PointCount());
    for (const TimeSeries& series : answer.series)
      longest_series =
          std::max(longest_series, std::ssize(series.points) + std::ssize(series.histograms));
    is_partial = is_partial || !answer.warnings.empty();
  }
};

// What windows [first, last) held.
struct PrometheusMetricSource::Piece {
  RequestCounts counts;
  std::set<std::int64_t> given{};  // windows that can be vouched for
  std::vector<std::int64_t> idle_windows{};
  std::map<std::int64_t, Ratio> partial_windows{};
  std::optional<std::int64_t> heard_last{};  // pods heard in the last window given out
  bool has_series = false;
  std::int64_t next_windows = 1;

  // Of the windows that are given; those without a cell are idle.
  void TakeCellsOf(const RequestCounts& all) {
    std::set<std::int64_t> idle = given;
    for (const SeriesKey& key : all.series())
      counts.Intern(key.workload, key.route, key.request_class);
    all.ForEach([&](const RequestCounts::Entry& entry) {
      idle.erase(entry.window);
      if (given.contains(entry.window))
        counts.AddCell(entry.window, entry.series, entry.bucket, entry.cell);
    });
    idle_windows.assign(idle.begin(), idle.end());
  }
};

PrometheusMetricSource::PrometheusMetricSource(std::shared_ptr<SharedQueries> queries,
                                               MetricSourceOptions options)
    : options_(std::move(options)),
      histogram_(queries, options_.metric.histogram + (options_.metric.is_native ? "" : "_bucket"),
                 options_.metric.matchers, options_.names),
      reach_(options_.longest_gap) {
  const RequestMetric& metric = options_.metric;
  const WorkloadNames& names = options_.names;
  if (!metric.is_native) sums_.emplace(queries, metric.histogram + "_sum", metric.matchers, names);
  if (!metric.targets.empty()) targets_.emplace(queries, "up", metric.targets, names);
  if (!metric.in_flight.empty())
    in_flight_.emplace(queries, metric.in_flight, metric.in_flight_matchers, names);
  if (options_.counted_as.empty()) options_.counted_as = ToString(options_.names.workload);
}

Result<PrometheusMetricSource> PrometheusMetricSource::Make(QueryClient client,
                                                            MetricSourceOptions options) {
  return Make(std::make_shared<SharedQueries>(std::move(client)), std::move(options));
}

Result<PrometheusMetricSource> PrometheusMetricSource::Make(std::shared_ptr<SharedQueries> queries,
                                                            MetricSourceOptions options) {
  if (options.metric.histogram.empty() || options.names.workload.name.empty())
    return Fail(ErrorCode::kInvalidArgument, "histogram '" + options.metric.histogram +
                                                 "' of workload '" + options.names.workload.name +
                                                 "'; expected both names");
  if (options.metric.unit <= Duration(0) || options.longest_gap <= Duration(0) ||
      options.samples_a_query < 1)
    return Fail(ErrorCode::kInvalidArgument,
                "the unit is " + ToString(options.metric.unit) + ", the longest gap " +
                    ToString(options.longest_gap) + " and the samples a query " +
                    std::to_string(options.samples_a_query) + "; expected more than 0");
  LC_TRY_VOID(RequestCounts::Make(options.bounds, options.step));
  return PrometheusMetricSource(std::move(queries), std::move(options));
}

Result<PrometheusMetricSource::Samples> PrometheusMetricSource::Fetch(TimePoint after,
                                                                      TimePoint until,
                                                                      bool is_past) const {
  Samples samples;
  samples.after = after;
  const auto samples_of = [&](const SharedSelector& selector) {
    return is_past ? selector.OwnSamplesOf(after, until) : selector.SamplesOf(after, until);
  };
  LC_TRY(const QueryAnswer histograms, samples_of(histogram_));
  samples.Account(histograms);
  if (options_.metric.is_native) {
    samples.tracks = NativeTracks(histograms.series, options_.metric.unit);
  } else {
    LC_TRY(const QueryAnswer sums, samples_of(*sums_));
    samples.Account(sums);
    samples.tracks = ClassicTracks(histograms.series, sums.series, options_.metric.unit);
  }
  if (targets_) {
    LC_TRY(QueryAnswer ups, samples_of(*targets_));
    samples.Account(ups);
    samples.ups = std::move(ups.series);
  }
  return samples;
}

TargetWatch PrometheusMetricSource::WatchOf(const Samples& samples) const {
  const std::string& pod_label = options_.metric.pod_label;
  TargetWatch watch(options_.longest_gap);
  for (const HistogramTrack& track : samples.tracks) {
    const std::string target = TargetWatch::TargetOf(track.labels, pod_label);
    const std::string pod = TargetWatch::PodOf(track.labels, pod_label);
    for (const HistogramSnapshot& snapshot : track.snapshots)
      watch.AddHeard(target, pod, snapshot.time);
  }
  for (const TimeSeries& up : samples.ups) {
    const std::string target = TargetWatch::TargetOf(up.labels, pod_label);
    const std::string pod = TargetWatch::PodOf(up.labels, pod_label);
    for (const FloatPoint& point : up.points) {
      if (point.value > 0) {
        watch.AddHeard(target, pod, point.time);
      } else {
        watch.AddFailed(pod, point.time);
      }
    }
  }
  return watch;
}

void PrometheusMetricSource::AddTracks(const Samples& samples, const TargetWatch& watch,
                                       const WindowRange& range, RequestCounts& counts) const {
  const RequestMetric& metric = options_.metric;
  const Duration tolerance = watch.Tolerance();
  for (const HistogramTrack& track : samples.tracks) {
    const std::string target = TargetWatch::TargetOf(track.labels, metric.pod_label);
    const auto birth = BirthOf(watch, target, track.snapshots[0].time, samples.after);
    const std::string workload =
        options_.by_pod ? TargetWatch::PodOf(track.labels, metric.pod_label) : options_.counted_as;
    const auto series = counts.Intern(workload, RouteOf(track.labels, metric.route_labels),
                                      ClassOf(LabelOf(track.labels, metric.status_label),
                                              LabelOf(track.labels, metric.grpc_status_label)));
    AddTrack(track, birth, tolerance, range, series, counts);
  }
}

Result<PrometheusMetricSource::Piece> PrometheusMetricSource::ReadPiece(std::int64_t first,
                                                                        std::int64_t last,
                                                                        bool is_past) {
  LC_TRY(RequestCounts all, RequestCounts::Make(options_.bounds, options_.step));
  Piece piece{all};
  LC_TRY(const Samples samples,
         Fetch(all.StartOf(first) - 2 * reach_, all.StartOf(last) + reach_, is_past));
  const TargetWatch watch = WatchOf(samples);
  piece.has_series = !samples.tracks.empty();
  piece.next_windows = NextWindows(last - first, samples.count, samples.longest_series, options_);
  const std::optional<TimePoint> frontier = watch.Frontier();
  if (!frontier) return piece;
  // Whole quarters of a minute, so that workloads scraped alike ask for the same.
  reach_ = std::min(options_.longest_gap, RoundedUp(watch.Tolerance(), kReachStep));

  const WindowRange range{first, std::min(last, all.WindowOf(*frontier))};
  AddTracks(samples, watch, range, all);
  for (std::int64_t window = range.first; window < range.last; ++window) {
    const std::int64_t heard = watch.HeardPods(all.StartOf(window), all.StartOf(window + 1));
    if (heard == 0) continue;
    const std::int64_t known = std::max(heard, watch.KnownPods(all.StartOf(window + 1)));
    if (samples.is_partial) {
      piece.partial_windows[window] = Ratio(0);
    } else if (heard < known) {
      piece.partial_windows[window] = ShareOf(heard, known);
    }
    piece.heard_last = heard;
    piece.given.insert(window);
  }
  piece.TakeCellsOf(all);
  return piece;
}

Result<std::optional<BusySlots>> PrometheusMetricSource::InFlightAt(TimePoint time) const {
  if (!in_flight_) return std::nullopt;
  LC_TRY(const QueryAnswer answer, in_flight_->SumsAt(time));
  if (answer.PointCount() == 0) return std::nullopt;
  double value = 0;
  for (const TimeSeries& series : answer.series)
    for (const FloatPoint& point : series.points) value += point.value;
  if (!std::isfinite(value) || value < 0) return std::nullopt;
  return BusySlots(value);
}

Result<Measurement> PrometheusMetricSource::Read(TimePoint since, TimePoint until) {
  LC_TRY(RequestCounts counts, RequestCounts::Make(options_.bounds, options_.step));
  const std::int64_t last = counts.WindowOf(until);
  std::int64_t first = counts.WindowOf(since + options_.step - Duration(1));
  MeasuredRequests measured{std::move(counts)};
  measured.coverage = Ratio(0);
  if (first >= last) return measured;

  std::optional<std::int64_t> heard_last;
  std::int64_t last_given = first;
  const bool is_past = last - first > kFirstWindows;
  for (std::int64_t windows = kFirstWindows; first < last;) {
    const std::int64_t piece_last = std::min(last, first + windows);
    LC_TRY(const Piece piece, ReadPiece(first, piece_last, is_past));
    LC_TRY_VOID(measured.counts.Merge(piece.counts));
    measured.idle_windows.insert(measured.idle_windows.end(), piece.idle_windows.begin(),
                                 piece.idle_windows.end());
    measured.partial_windows.insert(piece.partial_windows.begin(), piece.partial_windows.end());
    if (piece.heard_last) {
      heard_last = piece.heard_last;
      last_given = *piece.given.rbegin();
    }
    was_seen_ = was_seen_ || piece.has_series;
    first = piece_last;
    windows = piece.next_windows;
  }
  if (!was_seen_)
    return Fail(ErrorCode::kNotFound, "there is no series " + histogram_.text() + " from " +
                                          ToRfc3339(since) + " to " + ToRfc3339(until) +
                                          ", and none was seen before");
  LC_TRY(measured.in_flight, InFlightAt(until));
  if (!heard_last) return measured;
  const bool is_expected = expected_ && expected_->value() > 0 && heard_last &&
                           options_.metric.reporter == Reporter::kReplica;
  if (is_expected && *heard_last < expected_->value()) {
    const Ratio share = ShareOf(*heard_last, expected_->value());
    const auto part = measured.partial_windows.try_emplace(last_given, share).first;
    part->second = std::min(part->second, share);
  }
  const auto part = measured.partial_windows.find(last_given);
  measured.coverage = part == measured.partial_windows.end() ? Ratio(1) : part->second;
  return measured;
}

}  // namespace loadcurve::prometheus
