#include "scaler/capacity/spot/loss_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace loadcurve::capacity {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

// So many minutes with the same nodes, looked at each minute.
void Hold(LossRecord& record, Duration& now, int minutes,
          const std::map<std::string, LossRecord::Count>& pools) {
  for (int i = 0; i < minutes; ++i) record.Note(now += 1min, pools);
}

TEST(LossRecord, CountsAnHourInWhichOneOfFourNodesWasLostAsAQuarter) {
  LossRecord record;
  Duration now{};
  record.Note(now, {{"a", {4, 0}}});
  Hold(record, now, 30, {{"a", {4, 0}}});
  record.Note(now += 1min, {{"a", {3, 1}}});
  EXPECT_THAT(record.pools(), IsEmpty()) << "whole hours alone";
  Hold(record, now, 29, {{"a", {3, 0}}});
  EXPECT_EQ(record.pools().at("a"), (SeenLosses{1, 0.25}));
}

TEST(LossRecord, CountsTimeWithNodesAlone) {
  LossRecord record;
  Duration now{};
  record.Note(now, {{"a", {2, 0}}, {"b", {2, 0}}});
  Hold(record, now, 15, {{"a", {2, 0}}, {"b", {2, 0}}});
  Hold(record, now, 45, {{"b", {2, 0}}});
  EXPECT_NEAR(record.pools().at("a").hours, 16.0 / 60, 1e-12) << "left after a quarter of it";
  EXPECT_EQ(record.pools().at("a").lost, 0) << "given back, not lost";
  EXPECT_EQ(record.pools().at("b").hours, 1);
  EXPECT_NEAR(record.pairs().at({"a", "b"}).hours, 16.0 / 60, 1e-12);
}

TEST(LossRecord, CountsWhatTwoPoolsLostInOneHour) {
  LossRecord record;
  Duration now{};
  record.Note(now, {{"a", {4, 0}}, {"b", {2, 0}}});
  Hold(record, now, 58, {{"a", {4, 0}}, {"b", {2, 0}}});
  record.Note(now += 1min, {{"a", {0, 4}}, {"b", {1, 1}}});
  record.Note(now += 1min, {{"a", {4, 0}}, {"b", {2, 0}}});
  EXPECT_EQ(record.pairs().at({"a", "b"}).lost, 0.5);
  // In the next hour a alone.
  Hold(record, now, 30, {{"a", {4, 0}}, {"b", {2, 0}}});
  record.Note(now += 1min, {{"a", {0, 4}}, {"b", {2, 0}}});
  Hold(record, now, 29, {{"a", {4, 0}}, {"b", {2, 0}}});
  EXPECT_NEAR(record.pools().at("a").lost, 2, 2e-3);
  EXPECT_NEAR(record.pairs().at({"a", "b"}).lost, 0.5, 1e-3);
}

TEST(LossRecord, KnowsNothingOfWhatItDidNotSee) {
  LossRecord record;
  record.Note(0min, {{"a", {1, 0}}});
  record.Note(10min, {{"a", {1, 0}}});
  record.Note(70min, {{"a", {1, 0}}});
  EXPECT_NEAR(record.pools().at("a").hours, 10.0 / 60, 1e-12);
}

TEST(LossRecord, CountsWhatWasSeenFourWeeksAgoAsHalf) {
  LossRecord record = LossRecord::After({{"a", {100, 10}}}, {});
  for (Duration now{}; now <= 4 * 7 * 24h; now += 10min) record.Note(now, {});
  EXPECT_NEAR(record.pools().at("a").hours, 50, 1e-9);
  EXPECT_NEAR(record.pools().at("a").lost, 5, 1e-9);
}

TEST(LossRecord, ReadsTracesAsOneWhoHadAllOfIt) {
  // Four hours of ten minutes; a falls in the second and third, b in the third.
  std::vector<std::int64_t> a(25, 1);
  std::vector<std::int64_t> b(25, 4);
  a[8] = a[9] = a[15] = 0;
  b[16] = 1;
  const LossRecord record = LossRecord::Of({{"a", a}, {"b", b}}, 10min);
  EXPECT_NEAR(record.pools().at("a").hours, 4 - 3.0 / 6, 0.01);
  EXPECT_NEAR(record.pools().at("a").lost, 2, 0.01);
  EXPECT_NEAR(record.pools().at("b").lost, 0.75, 0.01);
  EXPECT_NEAR(record.pairs().at({"a", "b"}).lost, 0.75, 0.01);
}

TEST(LossRecord, GoesOnFromWhatAnotherCounted) {
  LossRecord record = LossRecord::After({{"a", {9, 1}}}, {{{"a", "b"}, {9, 1}}});
  Duration now{};
  record.Note(now, {{"a", {1, 0}}});
  Hold(record, now, 60, {{"a", {1, 0}}});
  EXPECT_NEAR(record.pools().at("a").hours, 10, 0.01);
  EXPECT_NEAR(record.pairs().at({"a", "b"}).hours, 9, 0.01);
}

}  // namespace
}  // namespace loadcurve::capacity
