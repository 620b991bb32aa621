#include "forecaster/calendar_forecast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "forecaster/rolling_backtest.h"
#include "tests/forecaster/synthetic_load.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

// An hour ahead of UTC until the end of day 20, two hours from then on.
seconds PutForward(TimePoint time) {
  return time < TimePoint(hours(20 * 24)) ? hours(1) : hours(2);
}
seconds PutBack(TimePoint time) {
  return time < TimePoint(hours(20 * 24)) ? hours(2) : hours(1);
}

// People who begin at eight by their clocks.
double ByClock(std::size_t i, seconds (*offset)(TimePoint)) {
  const TimePoint time{hours(static_cast<int>(i))};
  const auto hour = (time + offset(time)).time_since_epoch() / hours(1) % 24;
  return hour >= 8 && hour < 18 ? 1000 : 100;
}

TEST(WallClock, LeavesAGapWhereClocksArePutForwardAndTheMeanWherePutBack) {
  const auto index = [](std::size_t i) { return static_cast<double>(i); };
  const LoadSeries series = SeriesOf(22 * 24, hours(1), index);
  const LoadSeries forward = WallClock(PutForward).ToWall(series);
  EXPECT_EQ(forward.start(), TimePoint(hours(1)));
  EXPECT_EQ(forward.end(), TimePoint(hours(22 * 24 + 2)));
  EXPECT_EQ(forward.MissingCount(), 1U);
  EXPECT_TRUE(std::isnan(forward.values()[20 * 24]));
  EXPECT_EQ(forward.values()[20 * 24 + 1], 20 * 24);
  const LoadSeries back = WallClock(PutBack).ToWall(series);
  EXPECT_EQ(back.MissingCount(), 0U);
  EXPECT_EQ(back.values()[20 * 24 - 1], (20 * 24 - 1 + 20 * 24) / 2.0);
}

TEST(WallClock, FitsStepsThatTheClocksMoveByWholeOnes) {
  const auto one = [](std::size_t) { return 1; };
  EXPECT_TRUE(WallClock(PutForward).Fits(SeriesOf(22 * 24, hours(1), one), 3));
  EXPECT_FALSE(WallClock(PutForward).Fits(SeriesOf(30, hours(24), one), 3));
  // Without a change of the clocks, in the series or its forecast, there is nothing to fit.
  EXPECT_TRUE(WallClock(PutForward).Fits(SeriesOf(12, hours(24), one), 3));
}

TEST(ForecastByCalendar, FollowsTheClocksOfPeopleWhereTheyArePutForwardOrBack) {
  for (const auto offset : {PutForward, PutBack}) {
    // Known until noon before the change; half a day of the forecast lies behind it.
    const LoadSeries series =
        SeriesOf(20 * 24 - 12, hours(1), [&](std::size_t i) { return ByClock(i, offset); });
    const ForecastOptions options{.horizon = 48};
    const CalendarContext context{.calendar = {}, .clock = WallClock(offset)};
    const Forecast forecast = ForecastByCalendar(series, options, context).value().report.forecast;
    EXPECT_EQ(forecast.issued_at(), series.end());
    ASSERT_EQ(forecast.horizon(), 48U);
    double wrong_by_utc = 0;
    const Forecast by_utc = ForecastLoad(series, options).value().forecast;
    for (std::size_t ahead = 0; ahead < 48; ++ahead) {
      const double actual = ByClock(series.size() + ahead, offset);
      EXPECT_NEAR(forecast.Quantile(ahead, 0.5), actual, 1) << ahead;
      wrong_by_utc += std::abs(by_utc.Quantile(ahead, 0.5) - actual);
    }
    EXPECT_GT(wrong_by_utc, 1000);
  }
}

TEST(ForecastByCalendar, ExpectsOfTheNextSaleWhatTheLastOneDidAndSaysSo) {
  const auto is_sale = [](std::size_t i) { return i == 12 * 24 + 20 || i == 20 * 24 + 20; };
  const LoadSeries series = SeriesOf(20 * 24, hours(1), [&](std::size_t i) {
    return (100 + 50 * Wave(i, 24)) * (is_sale(i) ? 3 : 1);
  });
  const auto sale = [](int day) {
    return CalendarEvent{"sale",
                         "summer sale",
                         TimePoint(hours(24 * day + 20)),
                         TimePoint(hours(24 * day + 21)),
                         {}};
  };
  const CalendarContext context{.calendar = Calendar::Make({sale(12), sale(20)}).value(),
                                .clock = {}};
  const CalendarReport made = ForecastByCalendar(series, {.horizon = 24}, context).value();
  EXPECT_EQ(made.expected.size(), 1U);
  EXPECT_GT(made.report.forecast.Quantile(20, 0.5), 2 * (100 + 50 * Wave(20, 24)));
  EXPECT_NEAR(made.report.forecast.Quantile(19, 0.5), 100 + 50 * Wave(19, 24), 1);
  EXPECT_GT(made.lifts[20], 2.5);
  EXPECT_EQ(made.lifts[19], 1);
  EXPECT_THAT(
      made.report.why,
      testing::HasSubstr("; event 'summer sale' from 1970-01-21T20:00:00Z: the load x 2.7"));
  EXPECT_THAT(made.report.why, testing::HasSubstr(", since 1 of its kind had x 3.00"));
}

TEST(ForecastByCalendar, SeesTheSeasonBesideAnEventThatHidesIt) {
  // 24 times the usual load for an hour: the autocorrelation of the whole shows no day any more.
  const LoadSeries series = SeriesOf(10 * 24, hours(1), [](std::size_t i) {
    return (100 + Phase(i, 24)) * (i == 5 * 24 + 12 ? 24 : 1);
  });
  const auto sale = [](int day) {
    return CalendarEvent{
        "sale", "sale", TimePoint(hours(24 * day + 12)), TimePoint(hours(24 * day + 13)), {}};
  };
  ASSERT_TRUE(ForecastLoad(series, {.horizon = 1})->seasons.empty());
  const CalendarContext context{.calendar = Calendar::Make({sale(5), sale(10)}).value(),
                                .clock = {}};
  const CalendarReport made = ForecastByCalendar(series, {.horizon = 24}, context).value();
  EXPECT_NEAR(made.expected.at(0).effect.seen_ratio, 24, 1e-9);
}

TEST(ForecastByCalendar, BeatsAForecastWithoutItWhereEventsComeAgain) {
  // Of the last ten days every other one has a sale, at hours that the week does not tell.
  const auto begins = [](int day) { return hours(24 * day + 10 + day * 7 % 9); };
  std::vector<CalendarEvent> events;
  for (int day = 2; day < 40; day += 2)
    events.push_back(
        {"sale", "sale", TimePoint(begins(day)), TimePoint(begins(day) + hours(2)), {}});
  const Calendar calendar = Calendar::Make(events).value();
  const LoadSeries series = SeriesOf(40 * 24, hours(1), [&](std::size_t i) {
    double share = 0;
    for (const CalendarEvent& event : calendar.events())
      share += ShareWithin(event, TimePoint(hours(static_cast<int>(i))), hours(1));
    return (100 + 50 * Wave(i, 24)) * (1 + 2 * share) + static_cast<double>(i * 7919 % 11);
  });
  RollingOptions options;
  options.forecast.horizon = 24;
  options.models = {ModelKind::kAuto};
  options.origins.most = 8;
  const auto plain = BacktestLoad(series, options, [] {}).value();
  const CalendarContext context{.calendar = calendar, .clock = {}};
  options.forecaster = [&](const LoadSeries& known, const ForecastOptions& wanted) {
    return ReportOf(ForecastByCalendar(known, wanted, context));
  };
  const auto with_calendar = BacktestLoad(series, options, [] {}).value();
  EXPECT_LT(with_calendar.models[0].whole.Metrics().pinball,
            0.5 * plain.models[0].whole.Metrics().pinball);
}

}  // namespace
}  // namespace loadcurve
