#include "forecaster/load_components.h"

#include <algorithm>
#include <cmath>

namespace loadcurve {
namespace {

// Older seasons say less of the one to come.
constexpr std::chrono::days kLongestLook{28};
// A place of a season is taken with its neighbours, up to a quarter of an hour of a day.
constexpr std::size_t kNeighbourShare = 96;

// The mean of what is measured of values[first, last); 0 where nothing is.
double MeanOf(std::span<const double> values, std::size_t first, std::size_t last) {
  double sum = 0;
  double count = 0;
  for (std::size_t i = first; i < std::min(last, values.size()); ++i) {
    if (std::isnan(values[i])) continue;
    sum += values[i];
    ++count;
  }
  return count > 0 ? sum / count : 0;
}

// The mean at the place of step `at` in all whole seasons among `values`, which end just before
// step values.size(); `reach` steps on both sides count too.
double MeanAtPlace(std::span<const double> values, std::size_t season, std::size_t at,
                   std::size_t reach) {
  double sum = 0;
  double count = 0;
  for (std::size_t back = at; back >= season;) {
    back -= season;
    if (back >= values.size()) continue;
    for (std::size_t i = back - std::min(back, reach); i <= back + reach && i < values.size();
         ++i) {
      if (std::isnan(values[i])) continue;
      sum += values[i];
      ++count;
    }
  }
  return count > 0 ? sum / count : 0;
}

}  // namespace

LoadComponents ComponentsOf(const LoadSeries& series, std::span<const std::size_t> seasons,
                            double predicted, std::size_t ahead) {
  const auto look =
      static_cast<std::size_t>(std::max<Duration>(kLongestLook, series.step()) / series.step());
  std::size_t longest = 1;
  for (const std::size_t season : seasons)
    if (season <= series.size()) longest = season;
  // Whole seasons alone, so that none of its places counts more often than another.
  std::size_t shown = std::min(series.size(), std::max(look, longest));
  shown -= shown % longest;
  const auto values = series.values().last(shown);
  LoadComponents parts;
  parts.level =
      MeanOf(values, shown - (seasons.empty() ? std::min<std::size_t>(shown, 12) : longest), shown);
  const double mean = MeanOf(values, 0, shown);
  double explained = parts.level;
  double usual = mean;  // of the load at this place, by the seasons so far
  for (const std::size_t season : seasons) {
    const double place = season > shown ? 0
                                        : MeanAtPlace(values, season, shown + ahead,
                                                      seasons.front() / kNeighbourShare);
    const bool is_known = season <= shown && usual > 0;
    const double added = is_known ? explained * (place / usual - 1) : 0;
    parts.seasons.push_back(added);
    explained += added;
    if (is_known) usual = place;
  }
  parts.rest = predicted - explained;
  return parts;
}

}  // namespace loadcurve
