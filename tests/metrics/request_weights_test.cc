#include "metrics/request_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/load_aggregator.h"

namespace loadcurve {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

RequestCounts OneSecondWindows() {
  return RequestCounts::Make(DurationBounds::Default(), seconds(1)).value();
}

TimePoint At(double epoch_seconds) {
  return TimePoint(Duration(static_cast<std::int64_t>(epoch_seconds * 1e6)));
}

void Record(RequestCounts& counts, int times, Duration duration, double end = 100.5,
            RequestClass request_class = RequestClass::kServed) {
  const auto series = counts.Intern("", "", request_class);
  for (int i = 0; i < times; ++i) counts.Record(series, At(end), duration);
}

std::vector<LoadSample> Measure(const RequestCounts& counts, const RequestWeights& weights) {
  const auto groups = MeasureLoad(
      counts, [&](const std::string&) { return &weights; }, LoadGrouping::kAll);
  return groups.value().front().samples;
}

LoadSample SampleAt(const std::vector<LoadSample>& samples, double start) {
  for (const LoadSample& sample : samples) {
    if (sample.window_start == At(start)) return sample;
  }
  ADD_FAILURE() << "no window at " << start;
  return {};
}

TEST(RequestWeights, GiveTheWorkedExampleOfCudgx) {
  RequestCounts counts = OneSecondWindows();
  Record(counts, 4000, milliseconds(5));
  Record(counts, 3000, milliseconds(30));
  Record(counts, 2000, milliseconds(70));
  Record(counts, 900, milliseconds(300));
  Record(counts, 100, milliseconds(700));
  const auto samples = Measure(counts, RequestWeights::Cudgx());
  // 400 + 1500 + 4000 + 3600 + 800 = 10300, on 5 machines 2060 each.
  EXPECT_NEAR(SampleAt(samples, 100).load.value() / 5, 2060, 1e-9);
}

TEST(RequestWeights, PutTheEdgesOfCudgxIntoTheUpperSegment) {
  const RequestWeights weights = RequestWeights::Cudgx();
  const auto cost = [&](std::int64_t us) { return weights.CostOf({}, Duration(us)); };
  EXPECT_DOUBLE_EQ(cost(9'999), 0.1);
  EXPECT_DOUBLE_EQ(cost(10'000), 0.5);
  EXPECT_DOUBLE_EQ(cost(50'000), 2);
  EXPECT_DOUBLE_EQ(cost(100'000), 4);
  EXPECT_DOUBLE_EQ(cost(500'000), 8);
}

TEST(RequestWeights, AreExactOnlyWhereSegmentsEndOnBounds) {
  const auto coarse = DurationBounds::Make({milliseconds(10), milliseconds(100)}).value();
  EXPECT_FALSE(RequestWeights::Cudgx().IsApproximateWith(DurationBounds::Default()));
  EXPECT_TRUE(RequestWeights::Cudgx().IsApproximateWith(coarse));
  EXPECT_FALSE(RequestWeights::Occupancy(milliseconds(100)).value().IsApproximateWith(coarse));
}

TEST(RequestWeights, MoveByFourPercentOverTheCliffOfCudgx) {
  RequestCounts below = OneSecondWindows();
  RequestCounts above = OneSecondWindows();
  Record(below, 1000, milliseconds(49));
  Record(above, 1000, milliseconds(51));
  const auto load = [](const RequestCounts& counts, const RequestWeights& weights) {
    return SampleAt(Measure(counts, weights), 100).load.value();
  };
  EXPECT_NEAR(load(below, RequestWeights::Cudgx()), 500, 1e-9);
  EXPECT_NEAR(load(above, RequestWeights::Cudgx()), 2000, 1e-9);

  const auto occupancy = RequestWeights::Occupancy(milliseconds(100)).value();
  EXPECT_NEAR(load(below, occupancy), 490, 1e-6);
  EXPECT_NEAR(load(above, occupancy), 510, 1e-6);

  // A fitted curve that bends just there: 0.5 at 50 ms, then twice as steep.
  const auto fitted = RequestWeights::Fitted({{"*",
                                               {{Duration(0), 0, 0, 0},
                                                {milliseconds(50), 0.5, 0.5, 0.5},
                                                {milliseconds(100), 1.5, 1.5, 1.5}}}},
                                             CpuSeconds(0.01))
                          .value();
  EXPECT_NEAR(load(below, fitted), 490, 1e-6);
  EXPECT_NEAR(load(above, fitted), 520, 1e-6);
}

TEST(RequestWeights, GiveConcurrencyOverTheReferenceUnderOccupancy) {
  RequestCounts counts = OneSecondWindows();
  Record(counts, 8, milliseconds(250));
  const auto samples = Measure(counts, RequestWeights::Occupancy(milliseconds(100)).value());
  // 8 * 0.25 s busy in one second = 2 slots = 20 references of 0.1 s.
  EXPECT_NEAR(SampleAt(samples, 100).concurrency.value(), 2, 1e-9);
  EXPECT_NEAR(SampleAt(samples, 100).load.value(), 20, 1e-6);
}

TEST(RequestWeights, DoNotLetAHangLookIdle) {
  RequestCounts counts = OneSecondWindows();
  Record(counts, 10, seconds(30), 130.0);  // all hung from 100 to 130
  const auto samples = Measure(counts, RequestWeights::Occupancy(milliseconds(100)).value());
  for (double second = 100; second < 130; ++second) {
    EXPECT_NEAR(SampleAt(samples, second).concurrency.value(), 10, 1e-6);
    EXPECT_NEAR(SampleAt(samples, second).load.value(), 100, 1e-4);
  }
}

TEST(RequestWeights, ChangeTheirVersionWithTheirNumbers) {
  const auto table = [](double weight) {
    return RequestWeights::Table({{Duration::max(), weight, weight, weight}}).value().version();
  };
  EXPECT_EQ(table(1), table(1));
  EXPECT_NE(table(1), table(2));
  EXPECT_EQ(RequestWeights::Occupancy(milliseconds(100)).value().version(), "occupancy-100ms");
}

TEST(RequestWeights, RefuseCurvesThatFallOrAreNotFinite) {
  const auto fitted = [](double at_zero, double at_second) {
    return RequestWeights::Fitted(
        {{"*", {{Duration(0), at_zero, 0, 0}, {seconds(1), at_second, 0, 0}}}}, CpuSeconds(1));
  };
  EXPECT_TRUE(fitted(0, 1));
  EXPECT_FALSE(fitted(1, 0.5));
  EXPECT_FALSE(fitted(-1, 1));
  EXPECT_FALSE(fitted(0, NAN));
  EXPECT_FALSE(RequestWeights::Fitted({{"GET /", {{Duration(0), 1, 1, 1}}}}, CpuSeconds(1)));
  EXPECT_FALSE(RequestWeights::Occupancy(Duration(0)));
}

TEST(RequestWeights, UseTheCurveOfTheRouteElseTheOneForAnyRoute) {
  const auto flat = [](double weight) {
    return std::vector<WeightKnot>{{Duration(0), weight, weight, weight}};
  };
  const auto weights =
      RequestWeights::Fitted({{"*", flat(1)}, {"GET /a", flat(3)}, {"(errors)", flat(0.1)}},
                             CpuSeconds(0.01))
          .value();
  EXPECT_DOUBLE_EQ(weights.CostOf({"", "GET /a", RequestClass::kServed}, seconds(1)), 3);
  EXPECT_DOUBLE_EQ(weights.CostOf({"", "GET /b", RequestClass::kServed}, seconds(1)), 1);
  EXPECT_DOUBLE_EQ(weights.CostOf({"", "GET /a", RequestClass::kError}, seconds(1)), 0.1);
  EXPECT_DOUBLE_EQ(weights.CostOf({"", "GET /a", RequestClass::kLongLived}, seconds(1)), 1);
}

TEST(MeasureLoad, MarksWindowsIncompleteWhileARequestMayStillRun) {
  RequestCounts counts = OneSecondWindows();
  for (int second = 100; second < 110; ++second)
    Record(counts, 1, milliseconds(900), second + 0.95);
  const auto samples = Measure(counts, RequestWeights::Cudgx());
  // The longest request may take 1 s (the edge of its bucket): windows that end at 109 or
  // before are complete, [109, 110) is not.
  EXPECT_TRUE(SampleAt(samples, 108).is_complete);
  EXPECT_FALSE(SampleAt(samples, 109).is_complete);
}

TEST(MeasureLoad, LeavesOutWindowsWithoutRequests) {
  RequestCounts counts = OneSecondWindows();
  Record(counts, 1, milliseconds(10), 100.5);
  Record(counts, 1, milliseconds(10), 105.5);
  EXPECT_EQ(Measure(counts, RequestWeights::Cudgx()).size(), 2U);
}

TEST(MeasureLoad, CountsErrorsApartAndLetsThemLowerNoLoad) {
  RequestCounts healthy = OneSecondWindows();
  Record(healthy, 10, milliseconds(100));
  RequestCounts refusing = healthy;
  Record(refusing, 1000, milliseconds(2), 100.5, RequestClass::kError);
  const auto weights = RequestWeights::Occupancy(milliseconds(100)).value();
  const LoadSample before = SampleAt(Measure(healthy, weights), 100);
  const LoadSample after = SampleAt(Measure(refusing, weights), 100);
  EXPECT_EQ(after.errors, 1000U);
  EXPECT_EQ(after.requests, 1010U);
  EXPECT_GE(after.load, before.load);
}

TEST(MeasureLoad, RefusesToAddWorkloadsOfDifferentScales) {
  RequestCounts counts = OneSecondWindows();
  for (const char* workload : {"a", "b"})
    counts.Record(counts.Intern(workload, "", RequestClass::kServed), At(1), milliseconds(1));
  const RequestWeights cudgx = RequestWeights::Cudgx();
  const RequestWeights occupancy = RequestWeights::Occupancy(seconds(1)).value();
  const auto weights_of = [&](const std::string& workload) {
    return workload == "a" ? &cudgx : &occupancy;
  };
  EXPECT_EQ(MeasureLoad(counts, weights_of, LoadGrouping::kAll).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(MeasureLoad(counts, weights_of, LoadGrouping::kWorkload).value().size(), 2U);
}

}  // namespace
}  // namespace loadcurve
