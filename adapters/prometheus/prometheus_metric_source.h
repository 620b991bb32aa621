#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "adapters/prometheus/query_client.h"
#include "adapters/prometheus/request_increase.h"
#include "adapters/prometheus/request_metric.h"
#include "adapters/prometheus/shared_query.h"
#include "adapters/prometheus/target_watch.h"
#include "base/result.h"
#include "base/units.h"
#include "metrics/duration_bounds.h"
#include "metrics/metric_source.h"

namespace loadcurve::prometheus {

struct MetricSourceOptions {
  WorkloadNames names;
  // The workload's name in the counts; empty: ToString(names.workload).
  std::string counted_as{};
  bool by_pod = false;  // each pod is counted as a workload, by its own name
  RequestMetric metric;
  Duration step = std::chrono::minutes(1);
  // Always the same, whatever buckets a release has, so that history stays comparable.
  DurationBounds bounds = DurationBounds::Default();
  // Samples further apart are never joined. 2.5 times the longest scrape interval in use,
  // which is 1 min where none is set.
  Duration longest_gap = std::chrono::seconds(150);
  // About how many samples one query may bring; long stretches are read in pieces.
  std::int64_t samples_a_query = 150'000;
};

// Requests of one workload, counted by histograms in Prometheus.
//
// It asks for the cumulative samples as they were scraped and takes differences itself:
// counts are then whole numbers, and exact where scrapes lie on the edges of windows;
// increase() would extrapolate. The rules:
//
// - Between two scrapes of a target requests ended evenly (AddEvenly). Where any bucket fell
//   the process restarted, and counted from zero (IncreaseBetween).
// - The first sample of a pod counts nothing: when its requests ended is not known. The first
//   sample of a series whose target was scraped without it before (a route's first request)
//   counts whole: it began at zero.
// - Across more than TargetWatch::Tolerance() nothing is joined: those windows are missing.
//   A window is given out once every target that still answers was scraped after it.
// - A window that a pod was heard throughout, and that holds no request, is idle. One that
//   nobody was heard in is missing.
// - The coverage of a window is pods heard, over the pods known to `up` and to the metric,
//   or Expect() in the last one. Load is never scaled up for pods that were not heard: it is
//   given as measured, with its coverage, and who decides holds or grows. A warning of the
//   server (an answer in part) makes the coverage zero.
// - Sums of durations are shared out by ShareSum; nothing is carried between windows, since a
//   histogram does not say when requests began. The load of a window in which long requests
//   run but none ends is too small; the in-flight gauge tells.
class PrometheusMetricSource final : public MetricSource {
 public:
  // kInvalidArgument: no histogram or no workload is named, a gap or a number of samples that
  // is not positive, or a step that RequestCounts does not take.
  [[nodiscard]] static Result<PrometheusMetricSource> Make(QueryClient client,
                                                           MetricSourceOptions options);
  // The same, which asks together with the other sources of `queries`.
  [[nodiscard]] static Result<PrometheusMetricSource> Make(std::shared_ptr<SharedQueries> queries,
                                                           MetricSourceOptions options);

  // Replicas that should be heard of now: held against the last window. Ignored where a
  // gateway counts (Reporter::kGateway).
  void Expect(Replicas ready) override { expected_ = ready; }

  // kNotFound: no such histogram is in the stretch, nor was one in any read before. Windows
  // that are too new to be given out, or no whole window at all, are no error: nothing is
  // measured then, and the coverage is zero.
  [[nodiscard]] Result<Measurement> Read(TimePoint since, TimePoint until) override;

 private:
  struct Piece;
  struct Samples;

  PrometheusMetricSource(std::shared_ptr<SharedQueries> queries, MetricSourceOptions options);
  [[nodiscard]] Result<Piece> ReadPiece(std::int64_t first, std::int64_t last, bool is_past);
  [[nodiscard]] Result<Samples> Fetch(TimePoint after, TimePoint until, bool is_past) const;
  TargetWatch WatchOf(const Samples& samples) const;
  void AddTracks(const Samples& samples, const TargetWatch& watch, const WindowRange& range,
                 RequestCounts& counts) const;
  [[nodiscard]] Result<std::optional<BusySlots>> InFlightAt(TimePoint time) const;

  MetricSourceOptions options_;
  SharedSelector histogram_;
  std::optional<SharedSelector> sums_;       // none where native
  std::optional<SharedSelector> targets_;    // none where not asked for
  std::optional<SharedSelector> in_flight_;  // none where there is no gauge
  Duration reach_;                           // how far beyond its windows a read looks
  std::optional<Replicas> expected_{};
  bool was_seen_ = false;
};

}  // namespace loadcurve::prometheus
