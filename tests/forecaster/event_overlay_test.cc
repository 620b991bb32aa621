#include "forecaster/event_overlay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/forecaster/synthetic_load.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const std::vector<std::size_t> kDay = {24};

// Two hours from 20:00 on a day since 1970.
CalendarEvent SaleOn(int day, std::string kind = "sale") {
  return {kind, kind, TimePoint(hours(24 * day + 20)), TimePoint(hours(24 * day + 22)), {}};
}

Calendar CalendarOf(std::vector<CalendarEvent> events) {
  return Calendar::Make(std::move(events)).value();
}

// `days` of hours that repeat, times `ratio` during sales on the days given.
LoadSeries WithSales(std::size_t days, double ratio, const std::vector<int>& on) {
  return SeriesOf(days * 24, hours(1), [&](std::size_t i) {
    const bool is_sale = std::find(on.begin(), on.end(), static_cast<int>(i / 24)) != on.end() &&
                         (i % 24 == 20 || i % 24 == 21);
    return (100 + 50 * Wave(i, 24)) * (is_sale ? ratio : 1);
  });
}

TEST(Calendar, RefusesWhatEndsBeforeItBeginsAndALiftOfNought) {
  EXPECT_THAT(Calendar::Make({{"sale", "sale", TimePoint(hours(2)), TimePoint(hours(2)), {}}})
                  .error()
                  .message,
              testing::HasSubstr("expected an end after its beginning"));
  EXPECT_THAT(Calendar::Make({{"sale", "sale", TimePoint(hours(2)), TimePoint(hours(3)), 0.0}})
                  .error()
                  .message,
              testing::HasSubstr("expected a ratio above 0"));
}

TEST(ShareWithin, IsThePartOfTheWindowThatTheEventFills) {
  const CalendarEvent event{"a", "a", TimePoint(minutes(90)), TimePoint(minutes(135)), {}};
  EXPECT_EQ(ShareWithin(event, TimePoint(hours(0)), hours(1)), 0);
  EXPECT_EQ(ShareWithin(event, TimePoint(hours(1)), hours(1)), 0.5);
  EXPECT_EQ(ShareWithin(event, TimePoint(hours(2)), hours(1)), 0.25);
  EXPECT_EQ(ShareWithin(event, TimePoint(hours(3)), hours(1)), 0);
}

TEST(EventOverlay, FindsTheRatioOfAnEventAndTakesItOutOfThePast) {
  const EventOverlay overlay(WithSales(20, 3, {12}), CalendarOf({SaleOn(12), SaleOn(20)}), kDay);
  const EventEffect& effect = overlay.effects().front();
  EXPECT_EQ(effect.seen, 1U);
  EXPECT_NEAR(effect.seen_ratio, 3, 1e-9);
  const LoadSeries plain = WithSales(20, 1, {});
  for (std::size_t i = 0; i < plain.size(); ++i)
    EXPECT_NEAR(overlay.ordinary().values()[i], plain.values()[i], 1e-9) << i;
}

TEST(EventOverlay, ExpectsLessThanOneSaleShowedAndNearlyAllOfWhatManyShowed) {
  // One of n tau^2 / (n tau^2 + sigma^2): tau = ln 2, sigma = 0.2.
  const double tau = std::pow(std::log(2), 2);
  const EventOverlay one(WithSales(20, 3, {12}), CalendarOf({SaleOn(12)}), kDay);
  EXPECT_NEAR(std::log(one.effects()[0].expected_ratio), std::log(3) * tau / (tau + 0.04), 1e-9);
  EXPECT_NEAR(one.effects()[0].spread, std::sqrt(0.04 + tau * 0.04 / (tau + 0.04)), 1e-9);
  const EventOverlay three(WithSales(20, 3, {4, 9, 14}),
                           CalendarOf({SaleOn(4), SaleOn(9), SaleOn(14)}), kDay);
  EXPECT_EQ(three.effects()[0].seen, 3U);
  EXPECT_GT(three.effects()[0].expected_ratio, one.effects()[0].expected_ratio);
  EXPECT_LT(three.effects()[0].expected_ratio, 3);
  EXPECT_LT(three.effects()[0].spread, one.effects()[0].spread);
}

TEST(EventOverlay, BelievesAPersonWhereNothingWasSeenAndElseChangesNothing) {
  CalendarEvent stated = SaleOn(20, "launch");
  stated.lift = 2.5;
  const EventOverlay overlay(WithSales(20, 1, {}), CalendarOf({stated, SaleOn(20, "party")}), kDay);
  EXPECT_NEAR(overlay.EffectOf(stated).expected_ratio, 2.5, 1e-9);
  EXPECT_EQ(overlay.EffectOf(SaleOn(20, "party")).expected_ratio, 1);
  EXPECT_EQ(overlay.EffectOf(SaleOn(20, "party")).spread, 0);
}

TEST(EventOverlay, MeasuresAnEventThatFillsOnlyPartOfAWindow) {
  // Half an hour of tripled load makes an hour of doubled load.
  const LoadSeries series =
      SeriesOf(20 * 24, hours(1), [](std::size_t i) { return i == 12 * 24 + 20 ? 200.0 : 100.0; });
  const CalendarEvent half{"half",
                           "half",
                           TimePoint(hours(12 * 24 + 20)),
                           TimePoint(hours(12 * 24 + 20) + minutes(30)),
                           {}};
  const EventOverlay overlay(series, CalendarOf({half}), kDay);
  EXPECT_NEAR(overlay.effects()[0].seen_ratio, 3, 1e-9);
  EXPECT_NEAR(overlay.ordinary().values()[12 * 24 + 20], 100, 1e-9);
}

TEST(EventOverlay, IsNotDeceivedByALevelThatMoved) {
  // The load doubles for good two days before the sale; the sale itself triples it.
  const LoadSeries sale = WithSales(20, 3, {12});
  const LoadSeries series = SeriesOf(
      20 * 24, hours(1), [&](std::size_t i) { return sale.values()[i] * (i >= 10 * 24 ? 2 : 1); });
  const EventOverlay overlay(series, CalendarOf({SaleOn(12)}), kDay);
  EXPECT_NEAR(overlay.effects()[0].seen_ratio, 3, 1e-9);
}

TEST(EventOverlay, WorksWithoutSeasonFromTheLevelAround) {
  const EventOverlay overlay(WithSales(20, 3, {12}), CalendarOf({SaleOn(12)}), {});
  EXPECT_GT(overlay.effects()[0].seen_ratio, 1.5);
  EXPECT_LT(overlay.effects()[0].seen_ratio, 6);
}

TEST(EventOverlay, LiftsAndWidensTheForecastDuringTheEventAlone) {
  const Calendar calendar = CalendarOf({SaleOn(12), SaleOn(20)});
  const EventOverlay overlay(WithSales(20, 3, {12}), calendar, kDay);
  std::vector<double> loads;
  for (int i = 0; i < 24; ++i) loads.insert(loads.end(), {90, 100, 110});
  const Forecast ordinary =
      Forecast::Make({TimePoint(hours(24 * 20)), hours(1), {0.05, 0.5, 0.95}, loads, ""}).value();
  const Forecast forecast = overlay.Over(ordinary);
  const double ratio = overlay.effects()[0].expected_ratio;
  for (std::size_t ahead = 0; ahead < 24; ++ahead) {
    const bool is_sale = ahead == 20 || ahead == 21;
    EXPECT_NEAR(forecast.At(ahead, 1), is_sale ? 100 * ratio : 100, 1e-9);
    EXPECT_NEAR(overlay.LiftAt(forecast.TimeAt(ahead), hours(1)), is_sale ? ratio : 1, 1e-12);
    if (!is_sale) {
      EXPECT_EQ(forecast.At(ahead, 0), 90);
      EXPECT_EQ(forecast.At(ahead, 2), 110);
    } else {
      EXPECT_GT(forecast.At(ahead, 2) / forecast.At(ahead, 1), 1.3);
      EXPECT_LT(forecast.At(ahead, 0) / forecast.At(ahead, 1), 1 / 1.3);
    }
  }
}

TEST(EventOverlay, LeavesMissingLoadsMissingAndSaysNothingOfUnmeasuredEvents) {
  const LoadSeries sale = WithSales(20, 3, {12});
  const LoadSeries series = SeriesOf(20 * 24, hours(1), [&](std::size_t i) {
    return i / 24 == 12 ? std::nan("") : sale.values()[i];
  });
  const EventOverlay overlay(series, CalendarOf({SaleOn(12), SaleOn(400)}), kDay);
  EXPECT_EQ(overlay.effects()[0].seen, 0U);
  EXPECT_EQ(overlay.ordinary().MissingCount(), 24U);
}

}  // namespace
}  // namespace loadcurve
