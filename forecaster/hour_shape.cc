#include "forecaster/hour_shape.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace loadcurve {
namespace {

constexpr std::array<double, 9> kSpanMinutes = {1, 2, 3, 10, 20, 40, 60, 120, 240};
constexpr double kLevelMinutes = 5;
constexpr double kEveryMinutes = 10;
constexpr std::size_t kDays = 7;
constexpr std::size_t kDayRows = 9;
constexpr std::size_t kTimeRows = 4;
constexpr int kMeasureRows = 2 * static_cast<int>(LikestHours::kMeasures);
// Steps to either side at the same time of another day, in minutes; more further ahead.
constexpr double kReachMinutes = 4;
constexpr double kMostReachMinutes = 9;
constexpr double kMostStand = 2;
constexpr std::array<double, 3> kStepMinutes = {5, 15, 60};
constexpr std::array<double, 4> kWindowMinutes = {10, 30, 60, 180};
constexpr std::size_t kHourOfWindows = kStepMinutes.size() + 2;  // the one noted of each day
constexpr std::size_t kLevels = 2;
constexpr double kLeastMove = 1e-3;
constexpr double kLeastSpread = 0.01;
constexpr double kLeastDistance = 1e-4;

double MedianOf(std::span<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double MeanOf(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// Each once, without that of the level itself.
std::vector<std::size_t> SpansOf(const HourPast& past) {
  std::vector<std::size_t> spans;
  const std::size_t level = past.Steps(kLevelMinutes);
  for (const double minutes : kSpanMinutes) {
    const std::size_t steps = past.Steps(minutes);
    if (steps != level && (spans.empty() || spans.back() != steps)) spans.push_back(steps);
  }
  return spans;
}

}  // namespace

HourShapes::HourShapes(const HourPast::Options& options, std::vector<std::size_t> ahead)
    : past_(options),
      likest_(ahead),
      ahead_(std::move(ahead)),
      spans_(SpansOf(past_)),
      every_(past_.Steps(kEveryMinutes)) {
  const auto add = [&](double minutes, bool is_of_windows) {
    restless_.push_back({2 / (static_cast<double>(past_.Steps(minutes)) + 1), is_of_windows, 0.05});
  };
  for (const double minutes : kStepMinutes) add(minutes, false);
  for (const double minutes : kWindowMinutes) add(minutes, true);
}

std::size_t HourShapes::course_rows() const {
  return spans_.size() + kTimeRows + 1 + kDayRows + kMeasureRows;
}

std::size_t HourShapes::spread_rows() const {
  return restless_.size() + 1 + kLevels + kTimeRows + kMeasureRows;
}

void HourShapes::Observe(double load) {
  past_.Append(load);
  const std::size_t now = past_.size();
  const std::size_t window = past_.window();
  if (!past_.is_measured() || now < past_.first() + 2 * window + 1) return;
  const double step = std::abs(past_.Log(now, 1) - past_.Log(now - 1, 1));
  const double move = std::abs(past_.CourseAt(now) - past_.CourseAt(now - window));
  for (Restlessness& one : restless_)
    one.mean += one.rate * ((one.is_of_windows ? move : step) - one.mean);
}

void HourShapes::Mark() {
  marks_.push_back(static_cast<float>(restless_[kHourOfWindows].mean));
  if (marks_.size() > past_.options().day / every_) marks_.pop_front();
}

bool HourShapes::Owns(const HourShape& shape) const {
  const auto has = [&](const Eigen::MatrixXd& matrix, std::size_t rows) {
    return matrix.rows() == static_cast<Eigen::Index>(rows) &&
           matrix.cols() == static_cast<Eigen::Index>(ahead_.size());
  };
  return has(shape.courses, course_rows()) && has(shape.spreads, spread_rows());
}

void HourShapes::Exchange(SavedState& state) {
  state.Exchange(past_);
  for (Restlessness& one : restless_) state.Exchange(one.mean);
  state.Exchange(marks_);
  if (marks_.size() > past_.options().day / every_) state.Refuse();
}

// How restless the hour to come was a day ago.
double HourShapes::Yesterday() const {
  const std::size_t hour = past_.Steps(60) / every_;
  if (marks_.size() < past_.options().day / every_ || hour >= marks_.size())
    return restless_[kHourOfWindows].mean;
  return static_cast<double>(marks_[hour]);
}

void HourShapes::FillTimes(Eigen::Ref<Eigen::VectorXd> rows) const {
  const std::size_t day = past_.options().day;
  const double angle =
      2 * std::numbers::pi * static_cast<double>(past_.size() % day) / static_cast<double>(day);
  rows << std::sin(angle), std::cos(angle), std::sin(2 * angle), std::cos(2 * angle);
}

void HourShapes::FillCommon(double level, Eigen::Ref<Eigen::VectorXd> rows) const {
  for (std::size_t i = 0; i < spans_.size(); ++i)
    rows(static_cast<Eigen::Index>(i)) = past_.Log(past_.size(), spans_[i]) - level;
  FillTimes(rows.segment(static_cast<Eigen::Index>(spans_.size()), kTimeRows));
}

// Where the load stood then on the days before, against the level now, and how far it went from
// the same time: the medians, the latest, the same weekday's, the means and the furthest.
void HourShapes::FillDays(std::size_t ahead, double level, Eigen::Ref<Eigen::VectorXd> rows) const {
  const std::size_t now = past_.size();
  const std::size_t day = past_.options().day;
  const std::size_t reach = past_.Steps(kReachMinutes);
  const std::size_t wide = std::min(past_.Steps(kMostReachMinutes), reach + ahead / 6);
  std::array<double, kDays> stands{};
  std::array<double, kDays> rises{};
  std::size_t known = 0;
  for (std::size_t days = 1; days <= kDays; ++days) {
    const std::size_t back = days * day;
    if (back + past_.first() + 2 * past_.window() > now || back <= ahead + wide) break;
    const std::size_t then = now - back;
    const auto around = [&](std::size_t width) {
      return past_.Log(std::min(then + ahead + width + 1, now), 2 * width + 1);
    };
    stands[known] = std::clamp(around(wide) - level, -kMostStand, kMostStand);
    rises[known++] = std::clamp(around(reach) - past_.CourseAt(then), -kMostStand, kMostStand);
  }
  rows.setZero();
  if (known == 0) return;
  const std::span of_stands(stands.data(), known);
  const std::span of_rises(rises.data(), known);
  rows(1) = stands[0];
  rows(4) = rises[0];
  if (known == kDays) {
    rows(2) = stands[kDays - 1];
    rows(5) = rises[kDays - 1];
  }
  rows(6) = *std::max_element(of_rises.begin(), of_rises.end());
  rows(7) = MeanOf(of_rises);
  rows(8) = MeanOf(of_stands);
  rows(0) = MedianOf(of_stands);
  rows(3) = MedianOf(of_rises);
}

void HourShapes::FillSpreads(Eigen::Ref<Eigen::VectorXd> rows) const {
  Eigen::Index row = 0;
  for (const Restlessness& one : restless_) rows(row++) = std::log(one.mean + kLeastMove);
  rows(row++) = std::log(Yesterday() + kLeastMove);
  const std::size_t now = past_.size();
  const std::size_t day = past_.options().day;
  const double level = past_.Log(now, past_.Steps(kLevelMinutes));
  rows(row++) = level - past_.Log(now, day);
  rows(row++) = level - past_.Log(now, kDays * day);
  FillTimes(rows.segment(row, kTimeRows));
}

HourShape HourShapes::Shape() const {
  const auto count = static_cast<Eigen::Index>(ahead_.size());
  HourShape shape{past_.Log(past_.size(), past_.Steps(kLevelMinutes)),
                  Eigen::MatrixXd(static_cast<Eigen::Index>(course_rows()), count),
                  Eigen::MatrixXd(static_cast<Eigen::Index>(spread_rows()), count)};
  const LikestHours::Told told = likest_.Tell(past_);
  const auto common = static_cast<Eigen::Index>(spans_.size() + kTimeRows);
  const Eigen::Index of_spreads = shape.spreads.rows() - kMeasureRows;
  FillCommon(shape.level, shape.courses.col(0).head(common));
  FillSpreads(shape.spreads.col(0).head(of_spreads));
  for (Eigen::Index i = 0; i < count; ++i) {
    auto course = shape.courses.col(i);
    auto spread = shape.spreads.col(i);
    if (i > 0) {
      course.head(common) = shape.courses.col(0).head(common);
      spread.head(of_spreads) = shape.spreads.col(0).head(of_spreads);
    }
    const auto index = static_cast<std::size_t>(i);
    course(common) = std::clamp(told.level - shape.level, -kMostStand, kMostStand);
    FillDays(ahead_[index], shape.level, course.segment(common + 1, kDayRows));
    auto course_of = course.tail<kMeasureRows>();
    auto spread_of = spread.tail<kMeasureRows>();
    Eigen::Index row = 0;
    for (std::size_t measure = 0; measure < LikestHours::kMeasures; ++measure) {
      const LikestHours::Rise& rise = told.rises[index][measure];
      course_of(row) = rise.mean;
      spread_of(row++) = std::log(rise.spread + kLeastSpread);
      course_of(row) = rise.nearest;
      spread_of(row++) = std::log(told.distances[measure] + kLeastDistance);
    }
  }
  return shape;
}

}  // namespace loadcurve
