#include "adapters/store/sqlite_history_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "adapters/store/history_schema.h"
#include "metrics/coarser_counts.h"

namespace loadcurve::store {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

const TimePoint kDay(std::chrono::days(20'000));
const TimePoint kEver(std::chrono::days(60'000));
const TimePoint kNever(-std::chrono::days(60'000));

// A folder of its own for each test.
class SqliteHistoryStoreTest : public testing::Test {
 protected:
  SqliteHistoryStoreTest() {
    std::string name = (std::filesystem::temp_directory_path() / "loadcurve-store-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~SqliteHistoryStoreTest() override { std::filesystem::remove_all(folder_); }

  std::string Path() const { return folder_ / "history.db"; }

  std::unique_ptr<SqliteHistoryStore> Opened() const {
    auto store = SqliteHistoryStore::Open(Path(), true);
    EXPECT_TRUE(store) << store.error().message;
    return *std::move(store);
  }

  std::string Content() const {
    std::ostringstream bytes;
    bytes << std::ifstream(Path(), std::ios::binary).rdbuf();
    return bytes.str();
  }

  void Write(const std::string& bytes) const { std::ofstream(Path(), std::ios::binary) << bytes; }

  std::filesystem::path folder_;
};

RequestCounts NoCounts() {
  return RequestCounts::Make(DurationBounds::Default(), kHistoryStep).value();
}

// Added to what is there, as files are.
Result<void> Added(SqliteHistoryStore& store, const RequestCounts& counts) {
  const std::vector<ImportedCounts> files = {{"file", counts}};
  return store.Import(files, true);
}

// That end half a minute after `at`.
RequestCounts Requests(const std::string& workload, TimePoint at, int count,
                       Duration duration = Duration(12'345)) {
  RequestCounts counts = NoCounts();
  const auto series = counts.Intern(workload, "GET /", RequestClass::kServed);
  for (int i = 0; i < count; ++i) counts.Record(series, at + seconds(30), duration);
  return counts;
}

RequestCounts SomeRequests(std::mt19937_64& random, int count, TimePoint since, Duration span) {
  RequestCounts counts = NoCounts();
  for (int i = 0; i < count; ++i) {
    const auto series =
        counts.Intern("w" + std::to_string(random() % 3), "GET /" + std::to_string(random() % 5),
                      random() % 10 == 0 ? RequestClass::kError : RequestClass::kServed);
    counts.Record(series,
                  since + Duration(static_cast<std::int64_t>(
                              random() % static_cast<std::uint64_t>(span.count()))),
                  Duration(static_cast<std::int64_t>(random() >> (37 + random() % 20))));
  }
  return counts;
}

RequestCounts Of(const RequestCounts& counts, const std::string& workload) {
  auto part = RequestCounts::Make(counts.bounds(), counts.step()).value();
  counts.ForEach([&](const RequestCounts::Entry& entry) {
    const SeriesKey& key = counts.series()[entry.series];
    if (key.workload != workload) return;
    part.AddCell(entry.window, part.Intern(key.workload, key.route, key.request_class),
                 entry.bucket, entry.cell);
  });
  return part;
}

using Row = std::tuple<std::int64_t, SeriesKey, std::uint32_t, std::uint64_t, std::uint64_t,
                       std::int64_t, std::int64_t>;

std::vector<Row> RowsOf(const RequestCounts& counts) {
  std::vector<Row> rows;
  for (const auto& entry : counts.Sorted())
    rows.emplace_back(entry.window, counts.series()[entry.series], entry.bucket, entry.cell.count,
                      entry.cell.duration_us, entry.cell.carried_us, entry.cell.carried_share);
  return rows;
}

std::uint64_t CountOf(const RequestCounts& counts) {
  std::uint64_t count = 0;
  counts.ForEach([&](const RequestCounts::Entry& entry) { count += entry.cell.count; });
  return count;
}

std::uint64_t CountIn(SqliteHistoryStore& store, const std::string& workload) {
  const auto counts = store.Load(workload, kNever, kEver);
  EXPECT_TRUE(counts) << counts.error().message;
  return counts ? CountOf(*counts) : 0;
}

// ---- what goes in comes out

TEST_F(SqliteHistoryStoreTest, GivesBackEveryCellOfManyAppendsAfterReopening) {
  std::mt19937_64 random(5);
  RequestCounts whole = NoCounts();
  for (int part = 0; part < 10; ++part) {
    const RequestCounts counts = SomeRequests(random, 500, kDay, hours(5));
    ASSERT_TRUE(Added(*Opened(), counts));
    ASSERT_TRUE(whole.Merge(counts));
  }
  const auto store = Opened();
  for (const char* workload : {"w0", "w1", "w2"}) {
    const auto loaded = store->Load(workload, kNever, kEver);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(RowsOf(*loaded), RowsOf(Of(whole, workload)));
  }
}

TEST_F(SqliteHistoryStoreTest, CutsByTheStartOfWindows) {
  const auto store = Opened();
  for (int minute = 0; minute < 180; ++minute)
    ASSERT_TRUE(Added(*store, Requests("w", kDay + minutes(minute), 1)));
  EXPECT_EQ(CountOf(store->Load("w", kDay + minutes(10), kDay + minutes(70)).value()), 60U);
  EXPECT_EQ(CountOf(store->Load("w", kDay + minutes(10), kDay + minutes(10)).value()), 0U);
  EXPECT_EQ(CountOf(store->Load("other", kDay, kEver).value()), 0U);
}

TEST_F(SqliteHistoryStoreTest, GivesWiderWindowsAsTheCountsWouldHaveThem) {
  std::mt19937_64 random(6);
  const RequestCounts counts = SomeRequests(random, 2000, kDay, hours(7));
  const auto store = Opened();
  ASSERT_TRUE(Added(*store, counts));
  for (const Duration step : {Duration(minutes(5)), Duration(hours(1)), Duration(hours(24))}) {
    EXPECT_EQ(RowsOf(store->Load("w1", kNever, kEver, step).value()),
              RowsOf(CoarserCounts(Of(counts, "w1"), step).value()));
  }
  EXPECT_FALSE(store->Load("w1", kNever, kEver, seconds(90)));
}

TEST_F(SqliteHistoryStoreTest, TellsWhatItHolds) {
  const auto store = Opened();
  ASSERT_TRUE(Added(*store, Requests("b", kDay + minutes(61), 1)));
  ASSERT_TRUE(Added(*store, Requests("a", kDay, 1)));
  ASSERT_TRUE(Added(*store, Requests("b", kDay + hours(9), 1)));
  const auto workloads = store->Workloads().value();
  ASSERT_EQ(workloads.size(), 2U);
  EXPECT_EQ(workloads[0].name, "a");
  EXPECT_EQ(workloads[1].name, "b");
  EXPECT_EQ(workloads[1].since, kDay + hours(1));
  EXPECT_EQ(workloads[1].until, kDay + hours(10));
  EXPECT_EQ(workloads[1].hours, 2);
  EXPECT_GT(workloads[1].bytes, 0);
  EXPECT_GT(store->Size().value(), workloads[0].bytes + workloads[1].bytes);
}

TEST_F(SqliteHistoryStoreTest, KeepsNamesOfAnyBytes) {
  const auto store = Opened();
  for (const std::string& name :
       {std::string(), std::string("a\0b", 3), std::string("10.0.0.1:8080"), std::string("\xff")}) {
    ASSERT_TRUE(Added(*store, Requests(name, kDay, 3)));
    EXPECT_EQ(CountIn(*store, name), 3U);
  }
  EXPECT_EQ(store->Workloads()->size(), 4U);
}

TEST_F(SqliteHistoryStoreTest, RefusesOtherStepsAndOtherBounds) {
  const auto store = Opened();
  ASSERT_TRUE(Added(*store, Requests("w", kDay, 1)));
  const auto step =
      Added(*store, RequestCounts::Make(DurationBounds::Default(), seconds(10)).value());
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().code, ErrorCode::kInvalidArgument);
  const auto bounds =
      Added(*store,
            RequestCounts::Make(DurationBounds::Make({seconds(1)}).value(), kHistoryStep).value());
  ASSERT_FALSE(bounds);
  EXPECT_EQ(bounds.error().code, ErrorCode::kInvalidArgument);
}

// ---- retention

TEST_F(SqliteHistoryStoreTest, KeepsMinutesFor45DaysAndHoursForTwoYears) {
  const auto store = Opened();
  const TimePoint now = kDay + std::chrono::days(1000);
  std::mt19937_64 random(7);
  RequestCounts counts = NoCounts();
  for (const int age : {732, 730, 46, 44}) {
    const RequestCounts part = SomeRequests(random, 300, now - std::chrono::days(age), hours(1));
    ASSERT_TRUE(counts.Merge(part));
  }
  ASSERT_TRUE(Added(*store, counts));
  const auto done = store->Thin({}, now);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_GT(done->hours_forgotten, 0);
  EXPECT_GT(done->hours_thinned, 0);

  const auto days = [&](int from, int to) {
    return store->Load("w0", now - std::chrono::days(from), now - std::chrono::days(to), hours(1));
  };
  EXPECT_EQ(CountOf(*days(740, 731)), 0U);
  for (const auto& [from, to] : {std::pair(731, 729), std::pair(47, 45), std::pair(45, 43)}) {
    const auto expected = CoarserCounts(Of(counts, "w0"), hours(1)).value();
    const auto kept = days(from, to);
    ASSERT_TRUE(kept);
    EXPECT_GT(CountOf(*kept), 0U);
    EXPECT_TRUE(std::ranges::includes(RowsOf(expected), RowsOf(*kept)));
  }
  EXPECT_TRUE(store->Load("w0", now - std::chrono::days(45), now));
  const auto minutes_of_old = store->Load("w0", now - std::chrono::days(50), now);
  ASSERT_FALSE(minutes_of_old);
  EXPECT_EQ(minutes_of_old.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(minutes_of_old.error().message, HasSubstr("is kept in windows of 1h"));
}

TEST_F(SqliteHistoryStoreTest, ThinsAnHourOnlyWhenItsEndIsOldEnoughAndOnlyOnce) {
  const auto store = Opened();
  ASSERT_TRUE(Added(*store, Requests("w", kDay + minutes(59), 2)));
  const TimePoint ended = kDay + hours(1);
  EXPECT_EQ(store->Thin({}, ended + std::chrono::days(45))->hours_thinned, 0);
  EXPECT_EQ(store->Thin({}, ended + std::chrono::days(45) + Duration(1))->hours_thinned, 1);
  EXPECT_EQ(store->Thin({}, ended + std::chrono::days(45) + Duration(1))->hours_thinned, 0);
  EXPECT_EQ(store->Thin({}, ended + std::chrono::days(731))->hours_forgotten, 0);
  EXPECT_EQ(CountOf(store->Load("w", kNever, kEver, hours(1)).value()), 2U);
  EXPECT_EQ(store->Thin({}, ended + std::chrono::days(731) + Duration(1))->hours_forgotten, 1);
}

TEST_F(SqliteHistoryStoreTest, AddsLateRequestsToAnHourThatWasThinned) {
  const auto store = Opened();
  ASSERT_TRUE(Added(*store, Requests("w", kDay + minutes(5), 2)));
  ASSERT_EQ(store->Thin({}, kDay + std::chrono::days(100))->hours_thinned, 1);
  ASSERT_TRUE(Added(*store, Requests("w", kDay + minutes(50), 3)));
  const auto loaded = store->Load("w", kNever, kEver, hours(1)).value();
  EXPECT_EQ(RowsOf(loaded).size(), 1U);
  EXPECT_EQ(CountOf(loaded), 5U);
}

// ---- nothing is counted twice unasked

TEST_F(SqliteHistoryStoreTest, RefusesToImportTheSameRequestsTwice) {
  std::mt19937_64 random(8);
  const std::vector<ImportedCounts> log = {{"a.log", SomeRequests(random, 3000, kDay, hours(3))}};
  const auto store = Opened();
  ASSERT_TRUE(store->Import(log, false));
  const std::uint64_t once = CountIn(*store, "w0");
  const auto twice = store->Import(log, false);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(twice.error().message, HasSubstr("a.log: 9 of 9 hours"));
  EXPECT_THAT(twice.error().message, HasSubstr("--again"));
  EXPECT_EQ(CountIn(*store, "w0"), once);
  ASSERT_TRUE(store->Import(log, true));
  EXPECT_EQ(CountIn(*store, "w0"), 2 * once);
}

TEST_F(SqliteHistoryStoreTest, RefusesALogThatHasGrownSinceItWasImported) {
  std::mt19937_64 random(9);
  RequestCounts log = SomeRequests(random, 1000, kDay, minutes(30));
  const auto store = Opened();
  ASSERT_TRUE(store->Import(std::vector<ImportedCounts>{{"a.log", log}}, false));
  ASSERT_TRUE(log.Merge(SomeRequests(random, 600, kDay + minutes(29), minutes(20))));
  EXPECT_FALSE(store->Import(std::vector<ImportedCounts>{{"a.log", log}}, false));
}

TEST_F(SqliteHistoryStoreTest, AddsUpTheLogsOfReplicasOfOneWorkload) {
  std::mt19937_64 random(10);
  const std::vector<ImportedCounts> logs = {{"a.log", SomeRequests(random, 1000, kDay, hours(1))},
                                            {"b.log", SomeRequests(random, 1000, kDay, hours(1))}};
  const auto store = Opened();
  ASSERT_TRUE(store->Import(logs, false));
  EXPECT_EQ(CountIn(*store, "w0") + CountIn(*store, "w1") + CountIn(*store, "w2"), 2000U);
}

TEST_F(SqliteHistoryStoreTest, StoresNothingOfAnImportThatIsRefusedInPart) {
  std::mt19937_64 random(11);
  const ImportedCounts known{"a.log", SomeRequests(random, 1000, kDay, hours(1))};
  const ImportedCounts fresh{"b.log", Requests("fresh", kDay, 5)};
  const auto store = Opened();
  ASSERT_TRUE(store->Import(std::vector{known}, false));
  EXPECT_FALSE(store->Import(std::vector{fresh, known}, false));
  EXPECT_EQ(CountIn(*store, "fresh"), 0U);
  EXPECT_TRUE(store->Import(std::vector{fresh}, false));
  EXPECT_EQ(CountIn(*store, "fresh"), 5U);
}

// ---- files that are no store

TEST_F(SqliteHistoryStoreTest, RefusesAFileThatIsNoStoreAndLeavesItAsItIs) {
  const std::string text(5000, 'x');
  Write(text);
  const auto store = SqliteHistoryStore::Open(Path(), true);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(store.error().message, HasSubstr("no history store"));
  EXPECT_EQ(Content(), text);
}

TEST_F(SqliteHistoryStoreTest, RefusesTheDatabaseOfAnotherProgram) {
  {
    auto database = Database::Open(Path(), true).value();
    ASSERT_TRUE(database.Run("CREATE TABLE bookmarks (url TEXT)"));
  }
  const std::string before = Content();
  const auto store = SqliteHistoryStore::Open(Path(), true);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("another program"));
  EXPECT_EQ(Content(), before);
}

TEST_F(SqliteHistoryStoreTest, RefusesAStoreOfANewerForm) {
  ASSERT_TRUE(Added(*Opened(), Requests("w", kDay, 1)));
  ASSERT_TRUE(Database::Open(Path(), false)->Run("PRAGMA user_version = 99"));
  const std::string before = Content();
  const auto store = SqliteHistoryStore::Open(Path(), true);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("form 99"));
  EXPECT_EQ(Content(), before);
}

TEST_F(SqliteHistoryStoreTest, UpgradesAStoreOfTheFirstForm) {
  {
    auto database = Database::Open(Path(), true).value();
    ASSERT_TRUE(database.Run(SchemaStep(1)));
    ASSERT_TRUE(database.Run("PRAGMA user_version = 1; PRAGMA application_id = " +
                             std::to_string(kApplicationId)));
    ASSERT_TRUE(database.Run("BEGIN"));
    for (const Duration upper : DurationBounds::Default().upper())
      ASSERT_TRUE(
          database.Run("INSERT INTO bounds VALUES (" + std::to_string(upper.count()) + ")"));
    ASSERT_TRUE(
        database.Run("INSERT INTO workloads VALUES (1, 'w');"
                     "INSERT INTO series VALUES (1, 0, 'GET /', 0)"));
    const std::string bytes = EncodeHour({{{7, 0, 3}, {42, 1000, 0, 0}}});
    auto insert = database.Use("INSERT INTO hours VALUES (1, 480000, 60000000, ?)");
    ASSERT_TRUE((*insert)->BindBlob(1, bytes).Run());
    ASSERT_TRUE(database.Run("COMMIT"));
  }
  const auto store = Opened();
  EXPECT_EQ(CountIn(*store, "w"), 42U);
  EXPECT_TRUE(store->Import(std::vector<ImportedCounts>{{"a", Requests("w", kDay, 1)}}, false));
  EXPECT_EQ(CountIn(*store, "w"), 43U);
}

TEST_F(SqliteHistoryStoreTest, NamesTheHourWhoseBytesAreDamaged) {
  ASSERT_TRUE(Added(*Opened(), Requests("w", kDay, 1)));
  ASSERT_TRUE(Database::Open(Path(), false)->Run("UPDATE hours SET cells = x'0102030405'"));
  const auto store = Opened();
  const auto loaded = store->Load("w", kNever, kEver);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(loaded.error().message, HasSubstr("damaged in the hour of 2024-10-04T00:00:00Z"));
}

TEST_F(SqliteHistoryStoreTest, NeverInventsRequestsFromADamagedFile) {
  std::mt19937_64 random(12);
  const RequestCounts counts = SomeRequests(random, 3000, kDay, hours(40));
  ASSERT_TRUE(Added(*Opened(), counts));
  const auto expected = RowsOf(Of(counts, "w0"));
  const std::string intact = Content();
  int refused = 0;
  for (int round = 0; round < 60; ++round) {
    std::string damaged = intact;
    const std::size_t at = 100 + random() % (damaged.size() - 600);
    for (std::size_t i = 0; i < 500; ++i) damaged[at + i] = static_cast<char>(random());
    Write(damaged);
    auto store = SqliteHistoryStore::Open(Path(), false);
    const auto loaded =
        store.and_then([](auto& opened) { return opened->Load("w0", kNever, kEver); });
    if (!loaded) {
      ++refused;
      continue;
    }
    EXPECT_TRUE(std::ranges::includes(expected, RowsOf(*loaded)));
  }
  EXPECT_GT(refused, 0);
}

TEST_F(SqliteHistoryStoreTest, SaysThatAFileIsNotThere) {
  const auto store = SqliteHistoryStore::Open(Path(), false);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(Path()));
}

// ---- other writers, death, and a full disk

// Runs `work` in a process of its own and gives its number.
template <class Work>
pid_t InChild(Work work) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    _exit(0);
  }
  return child;
}

int StatusOf(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST_F(SqliteHistoryStoreTest, LosesNothingOfTwoWritersThatCreateItTogether) {
  constexpr int kAppends = 100;
  std::vector<pid_t> writers;
  for (int writer = 0; writer < 2; ++writer) {
    writers.push_back(InChild([&] {
      auto store = SqliteHistoryStore::Open(Path(), true);
      if (!store) {
        std::fputs((store.error().message + "\n").c_str(), stderr);
        _exit(2);
      }
      for (int i = 0; i < kAppends; ++i) {
        const auto counts = Requests("w" + std::to_string(i % 7), kDay + minutes(i % 5), 1);
        if (!Added(**store, counts)) _exit(3);
      }
    }));
  }
  for (const pid_t writer : writers) EXPECT_EQ(StatusOf(writer), 0);
  const auto store = Opened();
  std::uint64_t count = 0;
  const auto workloads = store->Workloads().value();
  for (const StoredWorkload& workload : workloads) count += CountIn(*store, workload.name);
  EXPECT_EQ(count, 2U * kAppends);
}

TEST_F(SqliteHistoryStoreTest, KeepsEveryAcknowledgedAppendWhenItsWriterIsKilled) {
  std::mt19937_64 random(13);
  std::uint64_t acknowledged = 0;
  std::uint64_t killed_unacknowledged = 0;
  for (int round = 0; round < 40; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t writer = InChild([&] {
      close(ends[0]);
      auto store = SqliteHistoryStore::Open(Path(), true);
      for (int i = 0; store; ++i) {
        RequestCounts counts = Requests("a", kDay + minutes(i % 200), 1);
        if (!counts.Merge(Requests("b", kDay + minutes(i % 200), 1))) _exit(2);
        if (!Added(**store, counts) || write(ends[1], "+", 1) != 1) _exit(3);
      }
      _exit(4);
    });
    close(ends[1]);
    char acknowledgement = 0;
    for (std::uint64_t i = 0; i < random() % 30; ++i) {
      if (read(ends[0], &acknowledgement, 1) == 1) ++acknowledged;
    }
    // Some instructions later, anywhere in the next append.
    random.discard(random() % 300'000);
    kill(writer, SIGKILL);
    const int status = StatusOf(writer);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
    while (read(ends[0], &acknowledgement, 1) == 1) ++acknowledged;
    close(ends[0]);

    const auto store = Opened();
    const std::uint64_t kept = CountIn(*store, "a");
    EXPECT_EQ(CountIn(*store, "b"), kept) << "an append is stored whole or not at all";
    EXPECT_GE(kept, acknowledged + killed_unacknowledged);
    EXPECT_LE(kept, acknowledged + killed_unacknowledged + 1);
    killed_unacknowledged = kept - acknowledged;
    EXPECT_EQ(Database::Open(Path(), false)
                  ->Number("SELECT count(*) FROM "
                           "pragma_integrity_check WHERE "
                           "integrity_check <> 'ok'"),
              0);
  }
  EXPECT_GT(acknowledged, 100U);
}

TEST_F(SqliteHistoryStoreTest, SaysThatTheDiskIsFullAndLosesNothing) {
  ASSERT_TRUE(Added(*Opened(), Requests("w", kDay, 1)));
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t writer = InChild([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{200'000, 200'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    auto store = SqliteHistoryStore::Open(Path(), true);
    std::mt19937_64 random(14);
    for (int i = 0; i < 10'000; ++i) {
      const auto appended = Added(**store, SomeRequests(random, 500, kDay + hours(i), hours(1)));
      if (appended) {
        if (write(ends[1], "+", 1) != 1) _exit(2);
        continue;
      }
      const bool is_clear = appended.error().code == ErrorCode::kUnavailable &&
                            appended.error().message.find("disk is full") != std::string::npos;
      _exit(is_clear ? 0 : 3);
    }
    _exit(4);
  });
  close(ends[1]);
  std::uint64_t acknowledged = 0;
  char acknowledgement = 0;
  while (read(ends[0], &acknowledgement, 1) == 1) ++acknowledged;
  close(ends[0]);
  EXPECT_EQ(StatusOf(writer), 0);
  EXPECT_GT(acknowledged, 0U);

  const auto store = Opened();
  EXPECT_EQ(CountIn(*store, "w0") + CountIn(*store, "w1") + CountIn(*store, "w2"),
            500 * acknowledged);
  EXPECT_TRUE(Added(*store, Requests("w", kDay, 1))) << "there is room again";
  EXPECT_EQ(CountIn(*store, "w"), 2U);
}

}  // namespace
}  // namespace loadcurve::store
