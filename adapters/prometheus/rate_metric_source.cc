#include "adapters/prometheus/rate_metric_source.h"

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "adapters/prometheus/expression_series.h"
#include "base/time_text.h"

namespace loadcurve::prometheus {
namespace {

// What `count` requests of that mean held; nullopt for more than 64 bits hold.
std::optional<RequestCell> CellOf(double count, double mean_us) {
  constexpr double kMost = 0x1p62;
  if (!(mean_us >= 0) || !(count < kMost) || !(count * mean_us < kMost)) return std::nullopt;
  return RequestCell{.count = static_cast<std::uint64_t>(count),
                     .duration_us = static_cast<std::uint64_t>(std::llround(count * mean_us))};
}

}  // namespace

RateMetricSource::RateMetricSource(QueryClient client, RateSourceOptions options)
    : client_(std::move(client)), options_(std::move(options)) {}

Result<RateMetricSource> RateMetricSource::Make(QueryClient client, RateSourceOptions options) {
  const RateExpressions& expressions = options.expressions;
  if (expressions.rate.empty() || expressions.usual_duration < Duration(0))
    return Fail(ErrorCode::kInvalidArgument,
                "the rate is '" + expressions.rate + "' and the usual duration " +
                    ToString(expressions.usual_duration) +
                    "; expected an expression, and a duration of 0 or more");
  LC_TRY_VOID(RequestCounts::Make(options.bounds, options.step));
  return RateMetricSource(std::move(client), std::move(options));
}

Result<Measurement> RateMetricSource::Read(TimePoint since, TimePoint until) {
  const RateExpressions& expressions = options_.expressions;
  LC_TRY(const LoadSeries rates,
         SeriesOf(client_, expressions.rate, "", options_.step, since, until));
  std::vector<double> means(rates.size(), Seconds(expressions.usual_duration));
  if (!expressions.mean_seconds.empty()) {
    LC_TRY(const LoadSeries measured,
           SeriesOf(client_, expressions.mean_seconds, "", options_.step, since, until));
    means.assign(measured.values().begin(), measured.values().end());
  }
  LC_TRY(RequestCounts counts, RequestCounts::Make(options_.bounds, options_.step));
  MeasuredRequests measured{std::move(counts)};
  const auto series = measured.counts.Intern(options_.counted_as, "", RequestClass::kServed);
  std::size_t known = 0;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    if (std::isnan(rates.values()[i])) continue;
    const std::int64_t window = measured.counts.WindowOf(rates.TimeAt(i));
    const double count = std::round(rates.values()[i] * Seconds(options_.step));
    if (count == 0) {
      measured.idle_windows.push_back(window);
      ++known;
      continue;
    }
    const std::optional<RequestCell> cell = CellOf(count, means[i] * 1e6);
    if (!cell) continue;
    ++known;
    const auto mean =
        static_cast<std::int64_t>((cell->duration_us + cell->count - 1) / cell->count);
    measured.counts.AddCell(window, series, measured.counts.bounds().BucketOf(Duration(mean)),
                            *cell);
  }
  measured.coverage = Ratio(known > 0 ? 1 : 0);
  return measured;
}

}  // namespace loadcurve::prometheus
