// What `serve` writes, and what is read of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "adapters/store/history_schema.h"
#include "adapters/store/sqlite_history_store.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve::store {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const TimePoint kDay(days(20'000));

MeasuredRequests Nothing(Duration step) {
  return {RequestCounts::Make(DurationBounds::Default(), step).value()};
}

// `count` requests of 100 ms in each window of [since, until).
MeasuredRequests Steady(TimePoint since, TimePoint until, int count, Duration step = kHistoryStep) {
  MeasuredRequests measured = Nothing(step);
  const auto series =
      measured.counts.Intern("as the source calls it", "GET /", RequestClass::kServed);
  for (TimePoint at = since; at < until; at += step)
    for (int i = 0; i < count; ++i)
      measured.counts.Record(series, at + step / 2, std::chrono::milliseconds(100));
  return measured;
}

MeasuredRequests Idle(TimePoint since, TimePoint until, Duration step = kHistoryStep) {
  MeasuredRequests measured = Nothing(step);
  for (TimePoint at = since; at < until; at += step)
    measured.idle_windows.push_back(measured.counts.WindowOf(at));
  return measured;
}

std::uint64_t CountOf(const RequestCounts& counts) {
  std::uint64_t count = 0;
  counts.ForEach([&](const RequestCounts::Entry& entry) { count += entry.cell.count; });
  return count;
}

class HistoryRecordTest : public testing::Test {
 protected:
  std::unique_ptr<SqliteHistoryStore> Opened() const {
    auto store = SqliteHistoryStore::Open(folder_.Path("history.db"), true);
    EXPECT_TRUE(store) << store.error().message;
    return *std::move(store);
  }

  void Record(const MeasuredRequests& measured) const {
    const auto recorded = Opened()->Record({{"web", measured}});
    EXPECT_TRUE(recorded) << recorded.error().message;
  }

  MeasuredRequests Measured(TimePoint since, TimePoint until, Duration step = kHistoryStep) const {
    auto measured = Opened()->Measured("web", since, until, step);
    EXPECT_TRUE(measured) << measured.error().message;
    return *std::move(measured);
  }

  ScratchFolder folder_;
};

TEST_F(HistoryRecordTest, KeepsIdleWindowsApartFromMissingOnes) {
  Record(Steady(kDay, kDay + minutes(2), 3));
  Record(Idle(kDay + minutes(2), kDay + minutes(4)));
  Record(Steady(kDay + minutes(5), kDay + minutes(6), 3));
  const MeasuredRequests measured = Measured(kDay - hours(1), kDay + hours(1));
  EXPECT_EQ(CountOf(measured.counts), 9U);
  EXPECT_THAT(measured.counts.series(), ElementsAre(SeriesKey{"web", "GET /", {}}));
  const std::int64_t first = measured.counts.WindowOf(kDay);
  EXPECT_THAT(measured.idle_windows, ElementsAre(first + 2, first + 3));
}

TEST_F(HistoryRecordTest, KeepsAWindowOnceHoweverOftenItIsRecorded) {
  Record(Steady(kDay, kDay + minutes(10), 3));
  Record(Steady(kDay + minutes(5), kDay + minutes(15), 3));
  Record(Idle(kDay, kDay + minutes(20)));
  const MeasuredRequests measured = Measured(kDay, kDay + minutes(20));
  EXPECT_EQ(CountOf(measured.counts), 45U);
  EXPECT_EQ(measured.idle_windows.size(), 5U);
}

TEST_F(HistoryRecordTest, CountsOnceWhatTwoProfilesMeasureAtDifferentSteps) {
  Record(Steady(kDay, kDay + hours(1), 12));
  Record(Steady(kDay, kDay + hours(1), 1, seconds(5)));
  for (const Duration step :
       {Duration(seconds(5)), Duration(minutes(1)), Duration(minutes(5)), Duration(hours(1))})
    EXPECT_EQ(CountOf(Measured(kDay, kDay + hours(1), step).counts), 720U) << step.count();
}

TEST_F(HistoryRecordTest, LeavesOutWindowsThatAreKnownInPart) {
  Record(Steady(kDay + minutes(2), kDay + minutes(11), 1));
  const MeasuredRequests by_five = Measured(kDay, kDay + hours(1), minutes(5));
  EXPECT_EQ(CountOf(by_five.counts), 5U);
  EXPECT_THAT(by_five.idle_windows, IsEmpty());
  // What is printed is all that was counted.
  EXPECT_EQ(CountOf(*Opened()->Load("web", kDay, kDay + hours(1), minutes(5))), 9U);
}

TEST_F(HistoryRecordTest, GivesNothingFinerThanItKeeps) {
  Record(Steady(kDay, kDay + hours(1), 1, minutes(5)));
  EXPECT_TRUE(Measured(kDay, kDay + hours(1), minutes(1)).counts.IsEmpty());
  const auto loaded = Opened()->Load("web", kDay, kDay + hours(1), minutes(1));
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("is kept in windows of 5m"));
  EXPECT_EQ(CountOf(Measured(kDay, kDay + hours(1), minutes(10)).counts), 12U);
}

TEST_F(HistoryRecordTest, RefusesStepsThatDoNotDivideAnHour) {
  const auto recorded = Opened()->Record({{"web", Steady(kDay, kDay + hours(1), 1, seconds(7))}});
  ASSERT_FALSE(recorded);
  EXPECT_EQ(recorded.error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(Opened()->Record({{"web", Idle(kDay, kDay + hours(4), hours(2))}}));
}

TEST_F(HistoryRecordTest, KeepsShortStepsFor15DaysMinutesFor45AndHoursForTwoYears) {
  Record(Steady(kDay, kDay + hours(1), 1, seconds(5)));
  Record(Idle(kDay + hours(1), kDay + hours(2), seconds(5)));
  const TimePoint end = kDay + hours(2) + Duration(1);
  EXPECT_EQ(Opened()->Thin({}, kDay + hours(1) + days(15))->hours_thinned, 0);
  EXPECT_EQ(Opened()->Thin({}, end + days(15))->hours_thinned, 2);
  EXPECT_EQ(Opened()->Thin({}, end + days(15))->hours_thinned, 0);
  EXPECT_TRUE(Measured(kDay, kDay + hours(2), seconds(5)).counts.IsEmpty());
  EXPECT_EQ(CountOf(Measured(kDay, kDay + hours(2)).counts), 720U);
  EXPECT_EQ(Measured(kDay, kDay + hours(2)).idle_windows.size(), 60U);
  EXPECT_EQ(Opened()->Thin({}, end + days(45))->hours_thinned, 2);
  EXPECT_EQ(CountOf(Measured(kDay, kDay + hours(2), hours(1)).counts), 720U);
  EXPECT_EQ(Measured(kDay, kDay + hours(2), hours(1)).idle_windows.size(), 1U);
  EXPECT_EQ(Opened()->Thin({}, end + days(731))->hours_forgotten, 2);
  EXPECT_THAT(Opened()->Workloads().value(), IsEmpty());
}

TEST_F(HistoryRecordTest, DoublesNothingThatWasThinnedAndIsMeasuredAgain) {
  Record(Steady(kDay, kDay + hours(1), 2));
  ASSERT_EQ(Opened()->Thin({}, kDay + days(50))->hours_thinned, 1);
  Record(Steady(kDay, kDay + hours(1), 2));
  EXPECT_EQ(CountOf(Measured(kDay, kDay + hours(1), hours(1)).counts), 120U);
  ASSERT_EQ(Opened()->Thin({}, kDay + days(50))->hours_thinned, 1);
  EXPECT_EQ(CountOf(Measured(kDay, kDay + hours(1), hours(1)).counts), 120U);
}

// ---- beside others, and after a death

// Records minute by minute, from the first on, a request each; says so by a byte each.
pid_t RecordInChild(const std::string& path, int minute_count, int told) {
  const pid_t child = fork();
  if (child != 0) return child;
  auto store = SqliteHistoryStore::Open(path, true);
  for (int i = 0; store && i < minute_count; ++i) {
    const TimePoint at = kDay + minutes(i);
    if (!(*store)->Record({{"web", Steady(at, at + minutes(1), 1)}})) _exit(2);
    if (write(told, "+", 1) != 1) _exit(3);
  }
  _exit(store ? 0 : 4);
}

TEST_F(HistoryRecordTest, CountsOnceWhatTwoProgramsRecordAtTheSameTime) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const std::string path = folder_.Path("history.db");
  for (const pid_t writer :
       {RecordInChild(path, 100, ends[1]), RecordInChild(path, 100, ends[1])}) {
    int status = 0;
    waitpid(writer, &status, 0);
    EXPECT_EQ(status, 0);
  }
  close(ends[0]);
  close(ends[1]);
  EXPECT_EQ(CountOf(Measured(kDay, kDay + hours(3)).counts), 100U);
}

TEST_F(HistoryRecordTest, IsReadWhileAnotherProgramAddsRoutes) {
  constexpr int kRoutes = 1000;
  const auto store = Opened();
  const pid_t writer = fork();
  if (writer == 0) {
    auto own = SqliteHistoryStore::Open(folder_.Path("history.db"), true);
    for (int i = 0; own && i < kRoutes; ++i) {
      MeasuredRequests measured = Nothing(kHistoryStep);
      const auto series =
          measured.counts.Intern("web", "GET /" + std::to_string(i), RequestClass::kServed);
      // Each in an hour of its own, the latest first.
      measured.counts.Record(series, kDay - hours(i) + seconds(30), seconds(1));
      if (!(*own)->Record({{"web", measured}})) _exit(2);
    }
    _exit(own ? 0 : 3);
  }
  int status = 0;
  while (waitpid(writer, &status, WNOHANG) == 0) {
    const auto all = store->Load("web", kDay - hours(kRoutes), kDay + hours(1));
    ASSERT_TRUE(all) << all.error().message;
  }
  EXPECT_EQ(status, 0);
  EXPECT_EQ(CountOf(Measured(kDay - hours(kRoutes), kDay + hours(1)).counts),
            std::uint64_t{kRoutes});
}

TEST_F(HistoryRecordTest, LosesAndDoublesNothingOverDeathsOfTheWriter) {
  constexpr int kRounds = 20;
  for (int round = 1; round <= kRounds; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t writer = RecordInChild(folder_.Path("history.db"), 1'000'000, ends[1]);
    close(ends[1]);
    char told = 0;
    // Each life begins from the first minute and comes five minutes further.
    for (int i = 0; i < 5 * round; ++i) ASSERT_EQ(read(ends[0], &told, 1), 1);
    kill(writer, SIGKILL);
    int status = 0;
    waitpid(writer, &status, 0);
    std::uint64_t acknowledged = static_cast<std::uint64_t>(5 * round);
    while (read(ends[0], &told, 1) == 1) ++acknowledged;
    close(ends[0]);
    const std::uint64_t kept = CountOf(Measured(kDay, kDay + days(10)).counts);
    EXPECT_GE(kept, acknowledged);
    // A minute each, and none twice: as many as the latest of them says.
    EXPECT_EQ(kept, CountOf(Measured(kDay, kDay + minutes(kept)).counts));
  }
}

// ---- beside imports

MeasuredRequests Log(int count = 10) {
  return Steady(kDay, kDay + minutes(count), 5);
}

ImportedCounts File(const MeasuredRequests& log) {
  auto counts = RequestCounts::Make(DurationBounds::Default(), kHistoryStep).value();
  const auto series = counts.Intern("web", "GET /", RequestClass::kServed);
  log.counts.ForEach([&](const RequestCounts::Entry& entry) {
    counts.AddCell(entry.window, series, entry.bucket, entry.cell);
  });
  return {"access.log", counts};
}

TEST_F(HistoryRecordTest, RefusesToImportALogThatWasMeasured) {
  Record(Log());
  const std::vector<ImportedCounts> files = {File(Log())};
  const auto imported = Opened()->Import(files, false);
  ASSERT_FALSE(imported);
  EXPECT_THAT(imported.error().message, HasSubstr("or measured by serve"));
  EXPECT_EQ(CountOf(Measured(kDay, kDay + hours(1)).counts), 50U);
}

TEST_F(HistoryRecordTest, GoesOnWhereAnImportedLogEnded) {
  // The last minute of the file was under way when it was read.
  MeasuredRequests log = Log(9);
  log.counts.Record(0, kDay + minutes(9) + seconds(1), seconds(1));
  ASSERT_TRUE(Opened()->Import(std::vector<ImportedCounts>{File(log)}, false));
  EXPECT_EQ(CountOf(Measured(kDay, kDay + hours(1)).counts), 45U);
  Record(Log(20));
  EXPECT_EQ(CountOf(Measured(kDay, kDay + hours(1)).counts), 100U);
}

TEST_F(HistoryRecordTest, TakesMinutesBetweenRequestsOfAFileAsIdle) {
  MeasuredRequests log = Steady(kDay, kDay + minutes(1), 1);
  log.counts.Record(0, kDay + hours(2) + seconds(30), seconds(1));
  log.counts.Record(0, kDay + hours(30) + seconds(30), seconds(1));
  ASSERT_TRUE(Opened()->Import(std::vector<ImportedCounts>{File(log)}, false));
  // Two hours but for the minute of the first; after 28 hours of silence nobody knows.
  EXPECT_EQ(Measured(kDay, kDay + days(2)).idle_windows.size(), 119U);
  EXPECT_EQ(CountOf(Measured(kDay, kDay + days(2)).counts), 2U);
}

TEST_F(HistoryRecordTest, TakesMinutesWithRequestsOfAnOlderFormAsWhole) {
  {
    auto database = Database::Open(folder_.Path("history.db"), true).value();
    ASSERT_TRUE(database.Run(SchemaStep(1)));
    ASSERT_TRUE(database.Run(SchemaStep(2)));
    ASSERT_TRUE(database.Run("PRAGMA user_version = 2; PRAGMA application_id = " +
                             std::to_string(kApplicationId)));
    for (const Duration upper : DurationBounds::Default().upper())
      ASSERT_TRUE(
          database.Run("INSERT INTO bounds VALUES (" + std::to_string(upper.count()) + ")"));
    ASSERT_TRUE(
        database.Run("INSERT INTO workloads VALUES (1, 'web');"
                     "INSERT INTO series VALUES (1, 0, 'GET /', 0)"));
    const std::string bytes =
        EncodeHour({{{7, 0, 3}, {42, 1000, 0, 0}}, {{8, 0, 3}, {0, 0, 5, 1}}});
    auto insert = database.Use("INSERT INTO hours VALUES (1, 480000, 60000000, ?)");
    ASSERT_TRUE((*insert)->BindBlob(1, bytes).Run());
  }
  EXPECT_EQ(CountOf(Measured(kDay, kDay + hours(1)).counts), 42U);
  Record(Steady(kDay, kDay + minutes(10), 1));
  EXPECT_EQ(CountOf(Measured(kDay, kDay + hours(1)).counts), 51U);
}

}  // namespace
}  // namespace loadcurve::store
