#include "forecaster/level_shift.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "forecaster/log_scale.h"
#include "forecaster/part_means.h"

namespace loadcurve {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
// The shortest season is looked at in so many parts, of the day its hours.
constexpr std::size_t kParts = 24;
constexpr std::size_t kSeasonsBefore = 4;
constexpr std::size_t kSeasonsBack = 2;
constexpr std::size_t kFewestSeasons = 3;
// Of the shortest season.
constexpr std::size_t kLeastShare = 8;
// A quarter, as a logarithm.
constexpr double kLeastRise = 0.22;
// Times the greatest rise that was no shift, and how many of them must be known. This and what
// follows was chosen at rolling origins inside the training part of the M4 hourly series, as they
// are and with shifts planted.
constexpr double kBeyondUsual = 1.5;
constexpr std::size_t kFewestUsual = 8;
constexpr double kSameSide = 0.9;
// Of the rise: on its last day a load that is so far on its way back has no new level.
constexpr double kGoneBack = 0.5;
// Shortest seasons between shifts, on the average; with more of them levels come and go.
constexpr std::size_t kLeastBetween = 14;
// Shortest seasons after which models have found the new level by themselves.
constexpr std::size_t kSeasonsKept = 7;

// The log load of parts of a season, as against the same places of the seasons before.
class Deviations {
 public:
  Deviations(std::span<const double> parts, std::size_t season)
      : season_(season), logs_(parts.begin(), parts.end()), values_(parts.size(), kMissing) {
    const LogScale scale = LogScale::Of(parts);
    for (double& value : logs_)
      if (!std::isnan(value)) value = scale.To(value);
    sums_.resize(parts.size() + 1);
    counts_.resize(parts.size() + 1);
    Compare(season);
  }

  double operator[](std::size_t index) const { return values_[index]; }

  // What was before `cut` is brought to the level after it.
  void Raise(std::size_t cut, double rise) {
    for (std::size_t i = 0; i < cut; ++i) logs_[i] += rise;
    Compare(cut);
  }

  // How far the parts from `first` on stand, in the mean, from the last before `cut` at the same
  // places; 0 where nothing is known. `first` >= `cut`.
  double AgainstBefore(std::size_t cut, std::size_t first) const {
    double sum = 0;
    double count = 0;
    for (std::size_t i = first; i < logs_.size(); ++i) {
      const std::size_t back = ((i - cut) / season_ + 1) * season_;
      if (back > i || std::isnan(logs_[i]) || std::isnan(logs_[i - back])) continue;
      sum += logs_[i] - logs_[i - back];
      ++count;
    }
    return count > 0 ? sum / count : 0;
  }

  // Of [first, last); NaN where nothing is known.
  double Mean(std::size_t first, std::size_t last) const {
    const double count = Count(first, last);
    return count > 0 ? (sums_[last] - sums_[first]) / count : kMissing;
  }
  double Count(std::size_t first, std::size_t last) const { return counts_[last] - counts_[first]; }

 private:
  void Compare(std::size_t first) {
    for (std::size_t i = first; i < values_.size(); ++i) {
      std::array<double, kSeasonsBefore> before{};
      std::size_t known = 0;
      for (std::size_t back = season_; back <= std::min(i, kSeasonsBefore * season_);
           back += season_)
        if (!std::isnan(logs_[i - back])) before[known++] = logs_[i - back];
      const auto sorted = std::span(before).first(known);
      std::ranges::sort(sorted);
      values_[i] =
          known > 0 ? logs_[i] - (sorted[(known - 1) / 2] + sorted[known / 2]) / 2 : kMissing;
      const bool is_known = !std::isnan(values_[i]);
      sums_[i + 1] = sums_[i] + (is_known ? values_[i] : 0);
      counts_[i + 1] = counts_[i] + (is_known ? 1 : 0);
    }
  }

  std::size_t season_;
  std::vector<double> logs_;
  std::vector<double> values_;
  std::vector<double> sums_;  // of the first so many
  std::vector<double> counts_;
};

class ShiftSearch {
 public:
  ShiftSearch(Deviations& deviations, std::size_t season, std::size_t day)
      : deviations_(deviations), first_(season), day_(day) {}

  // A shift within the last days before `end`: its first part, or `end`.
  struct Found {
    std::size_t cut = 0;
    double rise = 0;
  };
  Found Before(std::size_t end) const {
    const Found found = FurthestBefore(end);
    const std::size_t lasted = end - found.cut;
    const bool is_shift = lasted >= std::max<std::size_t>(2, day_ / kLeastShare) &&
                          std::abs(found.rise) >= kLeastRise && IsOnItsSide(found, end) &&
                          IsBeyondUsual(found, lasted);
    return is_shift ? found : Found{end, 0};
  }

 private:
  // How far [cut, end) stands from the day before.
  double RiseAt(std::size_t cut, std::size_t end) const {
    return deviations_.Mean(cut, end) - deviations_.Mean(cut - day_, cut);
  }

  Found FurthestBefore(std::size_t end) const {
    const std::size_t begin = end - kSeasonsBack * day_;
    double furthest = 0;
    std::size_t cut = end;
    for (std::size_t i = begin + 1; i < end; ++i) {
      const double left = deviations_.Count(begin, i);
      const double right = deviations_.Count(i, end);
      if (left == 0 || right == 0) continue;
      const double rise = deviations_.Mean(i, end) - deviations_.Mean(begin, i);
      const double size = rise * rise * left * right / (left + right);
      if (size <= furthest) continue;
      furthest = size;
      cut = i;
    }
    return {cut, cut < end ? RiseAt(cut, end) : 0};
  }

  bool IsOnItsSide(const Found& found, std::size_t end) const {
    const double before = deviations_.Mean(found.cut - day_, found.cut);
    double same = 0;
    for (std::size_t i = found.cut; i < end; ++i)
      if ((deviations_[i] - before) / found.rise > 0.5) ++same;
    return same >= kSameSide * deviations_.Count(found.cut, end);
  }

  bool IsBeyondUsual(const Found& found, std::size_t lasted) const {
    std::size_t count = 0;
    const std::size_t stride = std::max<std::size_t>(1, lasted / 4);
    for (std::size_t i = first_ + day_; i + lasted <= found.cut; i += stride, ++count)
      if (kBeyondUsual * std::abs(RiseAt(i, i + lasted)) > std::abs(found.rise)) return false;
    return count >= kFewestUsual;
  }

  const Deviations& deviations_;
  std::size_t first_;
  std::size_t day_;
};

}  // namespace

std::optional<LevelShift> RecentLevelShift(std::span<const double> loads,
                                           std::span<const std::size_t> seasons) {
  const std::size_t width = std::max<std::size_t>(1, seasons.front() / kParts);
  const std::size_t day = seasons.front() / width;
  const std::vector<double> parts = PartMeans(loads, width);
  std::size_t season = seasons.back() / width;
  if (parts.size() < kFewestSeasons * season) season = day;
  const std::size_t first = season + (kSeasonsBack + 1) * day;
  if (parts.size() < std::max(first, kFewestSeasons * season)) return {};
  if (std::ranges::all_of(parts, [](double part) { return std::isnan(part); })) return {};
  Deviations deviations(parts, season);
  const ShiftSearch search(deviations, season, day);
  std::size_t count = 0;
  ShiftSearch::Found last;
  for (std::size_t end = first + (parts.size() - first) % day; end <= parts.size(); end += day) {
    const ShiftSearch::Found found = search.Before(end);
    if (found.cut == end) continue;
    if (count > 0 && (found.rise > 0) != (last.rise > 0)) return {};
    deviations.Raise(found.cut, found.rise);
    last = found;
    ++count;
  }
  const std::size_t lasted = parts.size() - last.cut;
  if (count == 0 || lasted > kSeasonsKept * day || count * day * kLeastBetween > parts.size())
    return {};
  // A load that comes back little by little is seen at no cut.
  const double since = deviations.AgainstBefore(last.cut, std::max(last.cut, parts.size() - day));
  if (since / last.rise < -kGoneBack) return {};
  return LevelShift{loads.size() - lasted * width, std::exp(last.rise)};
}

std::vector<double> AtLevelAfter(const LevelShift& shift, std::span<const double> loads) {
  std::vector<double> levelled(loads.begin(), loads.end());
  for (std::size_t i = 0; i < shift.at; ++i) levelled[i] *= shift.factor;
  return levelled;
}

}  // namespace loadcurve
