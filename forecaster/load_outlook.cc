#include "forecaster/load_outlook.h"

#include <algorithm>
#include <utility>

namespace loadcurve {
namespace {

constexpr std::size_t kMostUntilReady = 6;
constexpr std::array<std::chrono::minutes, 4> kFurther = {
    std::chrono::minutes(5), std::chrono::minutes(12), std::chrono::minutes(28),
    std::chrono::minutes(60)};

}  // namespace

std::vector<std::size_t> WindowsAhead(std::size_t first, std::size_t lead, Duration step) {
  std::vector<std::size_t> ahead;
  for (std::size_t i = 0; i < kMostUntilReady; ++i) {
    const std::size_t window = first + i * (lead - first) / (kMostUntilReady - 1);
    if (ahead.empty() || window > ahead.back()) ahead.push_back(window);
  }
  for (const Duration further : kFurther) {
    const std::size_t later = lead + static_cast<std::size_t>(further / step);
    if (later > ahead.back()) ahead.push_back(later);
  }
  return ahead;
}

OutlookModel::OutlookModel(std::vector<std::size_t> ahead, std::size_t day, MetricsQps floor)
    : ahead_(std::move(ahead)),
      model_({.day = day, .ahead = ahead_, .floor = floor.value()}),
      rows_(ahead_.size()) {}

void OutlookModel::Observe(double load) {
  model_.Observe(load);
  has_rows_ = false;
  ++observed_;
}

std::span<const LoadRow> OutlookModel::Rows() {
  if (!has_rows_) {
    for (std::size_t i = 0; i < ahead_.size(); ++i) {
      const TailQuantiles loads = model_.Row(i);
      std::ranges::transform(loads, rows_[i].begin(), [](double load) { return MetricsQps(load); });
    }
    has_rows_ = true;
  }
  return rows_;
}

}  // namespace loadcurve
