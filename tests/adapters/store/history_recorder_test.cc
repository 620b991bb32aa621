// A loop that keeps its history, dies, and begins again.

#include "adapters/store/history_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "adapters/store/sqlite_history_store.h"
#include "metrics/measured_load.h"
#include "scaler/workload_loop.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/scripted_metric_source.h"

namespace loadcurve::store {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const TimePoint kStart(hours(500'000));

ScalingProfile Profile(Duration step, Duration reference = std::chrono::milliseconds(100)) {
  ScalingProfileFields fields{.load = {.weights = RequestWeights::Occupancy(reference).value()}};
  fields.metadata.name = "web";
  fields.forecast.step = step;
  return ScalingProfile::Make(fields).value();
}

// One life of the program.
class Life {
 public:
  Life(const std::string& path, ScriptedMetricSource::Script& script, const ScalingProfile& profile,
       TimePoint now)
      : store_(SqliteHistoryStore::Open(path, true).value()),
        recorder_(*store_),
        loop_(WorkloadLoop::Make(profile,
                                 recorder_.Recording(std::make_unique<ScriptedMetricSource>(
                                                         script, profile.fields().forecast.step),
                                                     "web"),
                                 {.history = hours(48)})
                  .value()),
        now_(now) {
    const auto stored =
        store_->Measured("web", now - hours(48), now, profile.fields().forecast.step);
    const auto past = MeasuredLoad(stored.value(), *profile.fields().load.weights).value();
    if (past) loop_.Remember(*past);
  }

  // A step every fifteen seconds, five seconds after the window.
  void RunTo(TimePoint end) {
    for (; now_ < end; now_ += seconds(15)) {
      loop_.Step(now_ + seconds(5), Replicas(1));
      EXPECT_TRUE(recorder_.Write());
    }
  }

  std::size_t Known() const {
    const auto past = loop_.Past();
    return past ? past->size() - past->MissingCount() : 0;
  }
  double LoadAt(TimePoint at) const {
    const auto past = loop_.Past();
    return past->values()[static_cast<std::size_t>((at - past->start()) / past->step())];
  }

 private:
  std::unique_ptr<SqliteHistoryStore> store_;
  HistoryRecorder recorder_;
  WorkloadLoop loop_;
  TimePoint now_;
};

// Ten requests a second, none in every tenth minute, no word of every twentieth, nor of what was
// before.
std::optional<double> Qps(TimePoint at) {
  if (at < kStart) return std::nullopt;
  const auto minute = std::chrono::floor<minutes>(at.time_since_epoch()).count();
  if (minute % 20 == 5) return std::nullopt;
  return minute % 10 == 0 ? 0 : 10;
}

class HistoryRecorderTest : public testing::Test {
 protected:
  HistoryRecorderTest() { script_.qps = Qps; }

  std::string Path() const { return folder_.Path("history.db"); }

  // Requests, idle minutes and others of the first hour in the store.
  struct Hour {
    std::uint64_t requests = 0;
    std::size_t idle = 0;
  };
  Hour FirstHour(Duration step = minutes(1)) const {
    const auto store = SqliteHistoryStore::Open(Path(), false).value();
    const auto measured = store->Measured("web", kStart, kStart + hours(1), step).value();
    Hour hour{0, measured.idle_windows.size()};
    measured.counts.ForEach([&](const auto& entry) { hour.requests += entry.cell.count; });
    return hour;
  }

  ScratchFolder folder_;
  ScriptedMetricSource::Script script_;
};

TEST_F(HistoryRecorderTest, KeepsEachWindowOnceOverDeathsOfTheProgram) {
  // The source has it all: each life reads it from the beginning.
  TimePoint now = kStart;
  for (const int so_long : {7, 1, 23, 2, 60}) {
    const TimePoint end = now + minutes(so_long);
    Life(Path(), script_, Profile(minutes(1)), now).RunTo(end);
    now = end;
  }
  // 60 minutes, less 3 without a word and 6 idle ones.
  EXPECT_EQ(FirstHour().requests, 51U * 600U);
  EXPECT_EQ(FirstHour().idle, 6U);
}

TEST_F(HistoryRecorderTest, RemembersWhatTheSourceForgot) {
  Life(Path(), script_, Profile(minutes(1)), kStart).RunTo(kStart + hours(1));
  // What ended five minutes before the death, and not later, is in the store: of 54 minutes three
  // without a word, and six idle ones.
  const TimePoint again = kStart + hours(2);
  script_.qps = [&](TimePoint at) { return at < again ? std::nullopt : Qps(at); };
  Life life(Path(), script_, Profile(minutes(1)), again);
  EXPECT_EQ(life.Known(), 51U);
  EXPECT_EQ(life.LoadAt(kStart + minutes(3)), Qps(kStart + minutes(3)));
  life.RunTo(again + minutes(30));
  EXPECT_GT(life.Known(), 51U + 25U);
  EXPECT_EQ(FirstHour().requests, 45U * 600U);
}

TEST_F(HistoryRecorderTest, WeighsThePastAnewAtAnotherStep) {
  Life(Path(), script_, Profile(minutes(1)), kStart).RunTo(kStart + hours(2));
  script_.qps = [](TimePoint) { return std::nullopt; };
  // Half the reference is twice the load; five minutes with an idle one are 8 of 10 requests, and
  // those without a word of one are missing.
  const Life life(Path(), script_, Profile(minutes(5), std::chrono::milliseconds(50)),
                  kStart + hours(2));
  EXPECT_NEAR(life.LoadAt(kStart + minutes(40)), 16, 0.01);
  EXPECT_TRUE(std::isnan(life.LoadAt(kStart + minutes(25))));
  EXPECT_NEAR(life.LoadAt(kStart + minutes(35)), 20, 0.01);
}

TEST_F(HistoryRecorderTest, KeepsStepsShorterAndLongerThanAMinute) {
  Life(Path(), script_, Profile(seconds(5)), kStart).RunTo(kStart + hours(2));
  EXPECT_EQ(FirstHour(seconds(5)).requests, 51U * 600U);
  EXPECT_EQ(FirstHour(seconds(5)).idle, 72U);
  EXPECT_EQ(FirstHour().requests, 51U * 600U);
  Life(folder_.Path("long.db"), script_, Profile(minutes(20)), kStart).RunTo(kStart + hours(2));
  const auto store = SqliteHistoryStore::Open(folder_.Path("long.db"), false).value();
  EXPECT_EQ(store->Workloads()->front().hours, 2);
  EXPECT_EQ(store->Measured("web", kStart, kStart + hours(1), minutes(20))->idle_windows.size(),
            3U);
}

TEST_F(HistoryRecorderTest, TriesAgainWhatCouldNotBeWritten) {
  // A store that fails as long as it is told to.
  struct Stubborn final : HistoryStore {
    Result<void> Record(const std::vector<MeasuredWorkload>& workloads) override {
      if (is_full) return Fail(ErrorCode::kUnavailable, "the disk is full");
      for (const MeasuredWorkload& workload : workloads)
        windows += workload.measured.idle_windows.size();
      return {};
    }
    Result<RequestCounts> Load(const std::string&, TimePoint, TimePoint, Duration) override {
      return Fail(ErrorCode::kInternal, "not asked");
    }
    Result<MeasuredRequests> Measured(const std::string&, TimePoint, TimePoint, Duration) override {
      return Fail(ErrorCode::kInternal, "not asked");
    }
    Result<std::vector<StoredWorkload>> Workloads() override {
      return Fail(ErrorCode::kInternal, "not asked");
    }
    bool is_full = true;
    std::size_t windows = 0;
  } store;
  HistoryRecorder recorder(store);
  script_.qps = [](TimePoint) { return 0; };
  const auto source =
      recorder.Recording(std::make_unique<ScriptedMetricSource>(script_, minutes(1)), "web");
  ASSERT_TRUE(source->Read(kStart, kStart + minutes(10)));
  EXPECT_FALSE(recorder.Write());
  ASSERT_TRUE(source->Read(kStart + minutes(5), kStart + minutes(11)));
  EXPECT_FALSE(recorder.Write());
  store.is_full = false;
  EXPECT_TRUE(recorder.Write());
  EXPECT_EQ(store.windows, 6U);
}

}  // namespace
}  // namespace loadcurve::store
