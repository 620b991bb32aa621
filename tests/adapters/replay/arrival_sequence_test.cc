#include "adapters/replay/arrival_sequence.h"

#include <gtest/gtest.h>

namespace loadcurve::replay {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Requests of route 0 at 0, 1 and 3 s, and one of route 1 at 2 s.
std::shared_ptr<const RequestSet> FourRequests() {
  RequestSet set;
  set.routes = {"GET /a", "GET /b"};
  set.requests = {{.method = "GET", .path = "/a", .route = 0},
                  {.method = "GET", .path = "/b", .route = 1}};
  set.arrivals = {{seconds(0), 0}, {seconds(1), 0}, {seconds(2), 1}, {seconds(3), 0}};
  return std::make_shared<const RequestSet>(std::move(set));
}

TEST(RequestSet, HasAPeriodThatKeepsTheMeanRate) {
  EXPECT_EQ(FourRequests()->Period(), seconds(4));
  EXPECT_DOUBLE_EQ(FourRequests()->MeanRate(), 1);
  EXPECT_EQ(FourRequests()->Mix(), (std::vector<double>{0.75, 0.25}));
}

TEST(RequestSet, GivesEachRequestASecondWhereAllCameAtOnce) {
  RequestSet set = *FourRequests();
  for (RecordedArrival& arrival : set.arrivals) arrival.at = Duration(0);
  EXPECT_EQ(set.Period(), seconds(4));
}

TEST(ArrivalSequence, RepeatsTheRecordAfterItsPeriod) {
  ArrivalSequence sequence(FourRequests(), ArrivalKind::kRecorded, 1, {});
  const std::vector<std::pair<double, std::uint32_t>> expected = {{0, 0}, {1, 0}, {2, 1},
                                                                  {3, 0}, {4, 0}, {5, 0}};
  for (const auto& [at, request] : expected) {
    const DueRequest due = sequence.Next();
    EXPECT_DOUBLE_EQ(due.at, at);
    EXPECT_EQ(due.request, request);
  }
}

TEST(ArrivalSequence, SharesTheRecordAmongItsParts) {
  ArrivalSequence first(FourRequests(), ArrivalKind::kRecorded, 1, {0, 2});
  ArrivalSequence second(FourRequests(), ArrivalKind::kRecorded, 1, {1, 2});
  EXPECT_DOUBLE_EQ(first.Next().at, 0);
  EXPECT_DOUBLE_EQ(first.Next().at, 2);
  EXPECT_DOUBLE_EQ(second.Next().at, 1);
  EXPECT_DOUBLE_EQ(second.Next().at, 3);
}

TEST(ArrivalSequence, SpacesConstantArrivalsEvenly) {
  ArrivalSequence sequence(FourRequests(), ArrivalKind::kConstant, 1, {});
  for (int i = 0; i < 10; ++i) EXPECT_DOUBLE_EQ(sequence.Next().at, i);
}

TEST(ArrivalSequence, KeepsTheMixOfTheRecord) {
  // 10,000 draws of a share of 0.25: the standard deviation is 43, so 200 is over four of them.
  ArrivalSequence sequence(FourRequests(), ArrivalKind::kPoisson, 1, {});
  int of_b = 0;
  double at = 0;
  double squares = 0;
  for (int i = 0; i < 10'000; ++i) {
    const DueRequest due = sequence.Next();
    of_b += due.request == 1 ? 1 : 0;
    squares += (due.at - at) * (due.at - at);
    at = due.at;
  }
  EXPECT_NEAR(of_b, 2500, 200);
  // Gaps are exponential with mean 1: they add up to 10,000 +- 100, their squares to twice that.
  EXPECT_NEAR(at, 10'000, 400);
  EXPECT_NEAR(squares, 20'000, 2'000);
}

TEST(ArrivalSequence, TakesAnotherMix) {
  ArrivalSequence sequence(FourRequests(), ArrivalKind::kConstant, 1, {});
  sequence.SetMix(std::vector<double>{0, 2});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(sequence.Next().request, 1U);
}

TEST(Pace, TurnsUnitsIntoTimeAtItsRate) {
  const Pace pace(200, seconds(10));
  EXPECT_EQ(pace.RealTimeOf(0), seconds(10));
  EXPECT_EQ(pace.RealTimeOf(1), seconds(10) + milliseconds(5));
}

TEST(Pace, CountsThePartOfAGapThatHasPassed) {
  // At 1/s the unit 10 is due after 10 s. Half-way there the rate becomes 10/s: the five units
  // that are left take 0.5 s.
  Pace pace(1, seconds(0));
  pace.SetRate(10, seconds(5));
  EXPECT_EQ(pace.RealTimeOf(10), milliseconds(5500));
}

TEST(Pace, StandsStillAtRateZeroAndGoesOn) {
  Pace pace(1, seconds(0));
  pace.SetRate(0, seconds(2));
  EXPECT_EQ(pace.RealTimeOf(3), Duration::max());
  pace.SetRate(1, seconds(60));
  EXPECT_EQ(pace.RealTimeOf(3), seconds(61));
}

}  // namespace
}  // namespace loadcurve::replay
