#include "adapters/store/hour_row.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace loadcurve::store {
namespace {

// How much of each stretch a row can tell; compares by what is the better evidence.
struct Evidence {
  Duration known{0};
  bool has_cells = false;
  Duration step{0};

  auto operator<=>(const Evidence&) const = default;
};

std::vector<Evidence> EvidenceOf(const HourRow& row, Duration stretch) {
  std::vector<Evidence> evidence(static_cast<std::size_t>(kHour / stretch));
  const auto stretch_of = [&](std::size_t window) {
    return static_cast<std::size_t>(row.step * static_cast<std::int64_t>(window) / stretch);
  };
  for (std::size_t window = 0; window < row.known.size(); ++window)
    if (row.known[window]) evidence[stretch_of(window)].known += row.step;
  for (const auto& [key, cell] : row.cells) evidence[stretch_of(key.window)].has_cells = true;
  for (Evidence& of_stretch : evidence) of_stretch.step = row.step;
  return evidence;
}

Duration StretchOf(const std::vector<HourRow>& rows) {
  std::int64_t stretch = 1;
  for (const HourRow& row : rows) stretch = std::lcm(stretch, row.step.count());
  return Duration(stretch);
}

}  // namespace

bool HourRow::Learn(const HourRow& row) {
  bool has_learnt = false;
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i] || !row.known[i]) continue;
    const auto window = static_cast<std::uint32_t>(i);
    const HourCellKey first{window, 0, 0};
    const HourCellKey end{window + 1, 0, 0};
    cells.erase(cells.lower_bound(first), cells.lower_bound(end));
    cells.insert(row.cells.lower_bound(first), row.cells.lower_bound(end));
    known[i] = true;
    has_learnt = true;
  }
  return has_learnt;
}

void HourRow::Add(const HourRow& row) {
  for (const auto& [key, cell] : row.cells) cells[key].Add(cell);
  for (std::size_t i = 0; i < known.size(); ++i) known[i] = known[i] || row.known[i];
}

HourRow Combined(const std::vector<HourRow>& rows, Duration step) {
  HourRow whole(step);
  if (rows.empty()) return whole;
  if (rows.size() == 1 && rows.front().step == step) return rows.front();
  const Duration stretch = StretchOf(rows);
  const auto stretches = static_cast<std::size_t>(kHour / stretch);
  std::vector<Evidence> best(stretches);
  std::vector<std::size_t> best_row(stretches);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::vector<Evidence> evidence = EvidenceOf(rows[i], stretch);
    for (std::size_t at = 0; at < stretches; ++at) {
      if (evidence[at] <= best[at]) continue;
      best[at] = evidence[at];
      best_row[at] = i;
    }
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const auto& [key, cell] : rows[i].cells) {
      const Duration start = rows[i].step * key.window;
      if (best_row[static_cast<std::size_t>(start / stretch)] != i) continue;
      whole.cells[{static_cast<std::uint32_t>(start / step), key.series, key.bucket}].Add(cell);
    }
  }
  std::vector<Duration> known(whole.known.size());
  for (std::size_t at = 0; at < stretches; ++at)
    known[static_cast<std::size_t>(stretch * static_cast<std::int64_t>(at) / step)] +=
        best[at].known;
  for (std::size_t i = 0; i < known.size(); ++i) whole.known[i] = known[i] == step;
  return whole;
}

}  // namespace loadcurve::store
