// Releases of a simulated service, as its metrics would show them.

#include "metrics/capacity/capacity_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <random>

namespace loadcurve {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

const TimePoint kStart(std::chrono::days(20'000));

// One replica burns 0.05 cores and 5 ms for each unit of load, of 1 core: it carries 190. Load
// wanders between a fifth and three fifths of that. What is measured errs by `noise` from window to
// window, by 3 % for minutes on end, and one window in a hundred by half.
struct Releases {
  Duration window = seconds(15);
  double noise = 0.05;
  double warm_up = 1;           // more CPU at first, relative; it halves every 42 s
  double warm_up_seconds = 60;  // falls by a factor of e in that time

  explicit Releases(std::uint64_t seed) : random(seed) {}

  // The next window of a revision that costs `cost` times as much and began at `began`.
  ReplicaWindow Next(const std::string& revision, double cost, TimePoint began) {
    const double length = Seconds(window);
    const auto decay = [&](double memory) { return std::exp(-length / memory); };
    wander_load = decay(600) * wander_load + Kick(0.15, decay(600));
    wander_cpu = decay(300) * wander_cpu + Kick(0.03, decay(300));
    const double hours = Seconds(now - kStart) / 3600;
    const double load = 75 * (1 + 0.4 * std::sin(2 * std::numbers::pi * hours / 3) + wander_load);
    const double age = Seconds(now - began);
    const double warming = 1 + warm_up * std::exp(-age / warm_up_seconds);
    double factor = std::exp(noise * normal(random) + wander_cpu) * warming;
    if (std::uniform_real_distribution<>()(random) < 0.01) factor *= 1.5;
    ReplicaWindow result;
    result.from = now;
    result.to = now += window;
    result.revision = revision;
    result.replicas = 4;
    result.load = MetricsQps(std::max(5.0, load));
    result.rate = result.load.value();
    result.held = result.rate * 0.006;
    result.tail_seconds = 0.012 * (1 + result.rate / 400);
    result.ended = result.rate * length * 4;
    result.cpu_cores = (0.05 + 0.005 * cost * result.load.value()) * factor;
    return result;
  }

  double Kick(double deviation, double kept) {
    return deviation * std::sqrt(1 - kept * kept) * normal(random);
  }

  std::mt19937_64 random;
  std::normal_distribution<double> normal;
  double wander_load = 0;
  double wander_cpu = 0;
  TimePoint now = kStart;
};

const CapacityWatchOptions kOptions = {
    .limits = {.target_seconds = 0.2, .cpu = CpuCores(1), .slots = 64}};

// What is told in the hour after a release, and how long after it. The revision before ran for four
// hours, or six where windows are a minute long.
struct Told {
  RevisionNews news;
  Duration after{0};
};

std::optional<Told> NewsOf(Releases& releases, double cost) {
  CapacityWatch watch(kOptions);
  const auto before = releases.window == seconds(60) ? minutes(360) : minutes(240);
  while (releases.now < kStart + before) {
    const auto none = watch.Observe(releases.Next("a", 1, kStart - minutes(60)), "w");
    EXPECT_FALSE(none);
  }
  const TimePoint released = releases.now;
  while (releases.now < released + minutes(60)) {
    const auto news = watch.Observe(releases.Next("b", cost, released), "w");
    if (news) return Told{*news, news->at - released};
  }
  return std::nullopt;
}

struct Tally {
  int higher = 0;
  int lower = 0;
  int unchanged = 0;
  int within_ten_minutes = 0;  // of those that told a change
};

Tally TallyOf(double cost, int seeds, const std::function<void(Releases&)>& change) {
  Tally tally;
  for (int seed = 1; seed <= seeds; ++seed) {
    Releases releases(static_cast<std::uint64_t>(seed));
    change(releases);
    const auto told = NewsOf(releases, cost);
    if (!told) continue;
    if (told->news.change == CapacityChange::kUnchanged) {
      ++tally.unchanged;
      continue;
    }
    ++(told->news.change == CapacityChange::kLower ? tally.lower : tally.higher);
    if (told->after <= minutes(10)) ++tally.within_ten_minutes;
  }
  return tally;
}

void WithWindows(Releases& releases, Duration window, double noise) {
  releases.window = window;
  releases.noise = noise;
}

TEST(CapacityWatch, FindsWithinTenMinutesThatARevisionCostsAFifthMore) {
  const Tally tally = TallyOf(1.2, 200, [](Releases&) {});
  EXPECT_GE(tally.within_ten_minutes, 186);
  EXPECT_GE(tally.lower, 198);
  EXPECT_EQ(tally.higher, 0);
}

TEST(CapacityWatch, FindsItInWindowsOfFiveSecondsAndOfAMinute) {
  const Tally fine = TallyOf(1.2, 50, [](Releases& r) { WithWindows(r, seconds(5), 0.08); });
  EXPECT_GE(fine.within_ten_minutes, 47);
  const Tally coarse = TallyOf(1.2, 100, [](Releases& r) { WithWindows(r, seconds(60), 0.03); });
  EXPECT_GE(coarse.within_ten_minutes, 80);
  EXPECT_GE(coarse.lower, 97);
}

TEST(CapacityWatch, FindsThatARevisionCostsAFifthLess) {
  const Tally tally = TallyOf(0.8, 100, [](Releases&) {});
  EXPECT_GE(tally.higher, 97);
  EXPECT_EQ(tally.lower, 0);
}

// The CPU doubles at first in each of them.
TEST(CapacityWatch, CallsNoMoreThanOneInAHundredUnchangedRevisionsChanged) {
  const Tally tally = TallyOf(1, 400, [](Releases&) {});
  EXPECT_LE(tally.higher + tally.lower, 4);
  EXPECT_GE(tally.unchanged, 396);
}

TEST(CapacityWatch, RarelyTakesALongWarmUpForAChange) {
  // Twice the CPU at first, and still 13 % more when it begins to look.
  const Tally tally = TallyOf(1, 200, [](Releases& releases) { releases.warm_up_seconds = 90; });
  EXPECT_LE(tally.higher + tally.lower, 8);
}

// ---- over a restart

// Windows of four hours of "a", and of an hour of "b", which costs `cost` times as much.
std::vector<ReplicaWindow> ReleaseOf(double cost, std::uint64_t seed) {
  Releases releases(seed);
  std::vector<ReplicaWindow> windows;
  while (releases.now < kStart + minutes(240))
    windows.push_back(releases.Next("a", 1, kStart - minutes(60)));
  const TimePoint released = releases.now;
  while (releases.now < released + minutes(60))
    windows.push_back(releases.Next("b", cost, released));
  return windows;
}

// What is told of `windows` where another watch goes on after so many of them.
std::optional<RevisionNews> NewsOver(const std::vector<ReplicaWindow>& windows,
                                     std::size_t restart_after) {
  CapacityWatch watch(kOptions);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    if (i == restart_after) {
      const CapacityWatchState state = *watch.State();
      watch = CapacityWatch(kOptions);
      watch.Resume(state);
      EXPECT_EQ(watch.State(), state);
    }
    if (const auto news = watch.Observe(windows[i], "w")) return news;
  }
  return std::nullopt;
}

TEST(CapacityWatch, GoesOnInTheMiddleOfAComparisonAsIfNothingHadHappened) {
  for (const double cost : {1.0, 1.2}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const auto windows = ReleaseOf(cost, seed);
      const auto whole = NewsOver(windows, windows.size());
      ASSERT_TRUE(whole) << seed;
      // 960 windows are those of "a"; the first 12 of "b" warm up.
      for (const std::size_t after : {961U, 970U, 973U, 978U, 985U})
        EXPECT_EQ(NewsOver(windows, after), whole) << seed << ", after " << after;
    }
  }
}

TEST(CapacityWatch, HoldsARevisionThatCameWithARestartAgainstTheOneBefore) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto windows = ReleaseOf(1.2, seed);
    const auto whole = NewsOver(windows, windows.size());
    const auto news = NewsOver(windows, 960);
    ASSERT_TRUE(whole && news) << seed;
    EXPECT_EQ(news->change, CapacityChange::kLower) << seed;
    EXPECT_EQ(news->before, "a");
    // The line is as of when it was kept, up to a tenth of its windows ago.
    EXPECT_NEAR(news->cpu_ratio, whole->cpu_ratio, 0.02) << seed;
  }
}

TEST(CapacityWatch, KeepsWhatARevisionWasToldToBe) {
  const auto windows = ReleaseOf(1.2, 1);
  CapacityWatch watch(kOptions);
  for (const ReplicaWindow& window : windows) watch.Observe(window, "w");
  const RevisionShift before = *watch.Shift();
  const CapacityWatchState state = *watch.State();
  EXPECT_TRUE(state.comparison->shift.parts().offsets.empty());
  CapacityWatch next(kOptions);
  next.Resume(state);
  EXPECT_EQ(next.Shift()->verdict, ShiftVerdict::kMore);
  EXPECT_EQ(next.Shift()->cpu_ratio, before.cpu_ratio);
  EXPECT_EQ(next.Shift()->high, before.high);
  // Windows after it tell nothing anew, and nothing else.
  Releases releases(1);
  releases.now = windows.back().to;
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(next.Observe(releases.Next("b", 1.2, kStart), "w"));
  EXPECT_EQ(next.Shift()->high, before.high);
  EXPECT_FALSE(CapacityWatch(kOptions).State());
}

// ---- what is carried

class Carried : public ::testing::Test {
 protected:
  void Run(const std::string& revision, double cost, Duration length) {
    if (revision != revision_) began_ = releases_.now;
    revision_ = revision;
    const TimePoint end = releases_.now + length;
    while (releases_.now < end) watch_.Observe(releases_.Next(revision, cost, began_), weights_);
  }

  std::string weights_ = "w";
  CapacityWatch watch_{kOptions};

 private:
  Releases releases_{7};
  std::string revision_;
  TimePoint began_;
};

TEST_F(Carried, IsNotKnownAtFirst) {
  EXPECT_FALSE(watch_.Present().capacity);
  Run("a", 1, minutes(2));
  EXPECT_TRUE(watch_.is_warming());
  EXPECT_FALSE(watch_.Present().capacity);
  EXPECT_FALSE(watch_.Present().reasons.empty());
}

TEST_F(Carried, FollowsFromTheWindowsOfTheFirstRevision) {
  Run("a", 1, minutes(120));
  const PresentCapacity present = watch_.Present();
  ASSERT_TRUE(present.capacity) << present.reasons.front();
  // (1 - 0.05) / 0.005 = 190, of which the target of 200 ms takes a little.
  EXPECT_NEAR(present.capacity->load.value() / 185, 1, 0.08);
  EXPECT_LT(present.capacity->low, present.capacity->load);
  EXPECT_FALSE(present.is_inherited);
}

TEST_F(Carried, OfANewRevisionBeginsWithThatOfTheOldAndAWideInterval) {
  Run("a", 1, minutes(120));
  const ReplicaCapacity before = *watch_.Present().capacity;
  Run("b", 1.2, minutes(1));
  const PresentCapacity present = watch_.Present();
  ASSERT_TRUE(present.capacity);
  EXPECT_TRUE(present.is_inherited);
  EXPECT_NEAR(present.capacity->load / before.load, 1, 0.02);
  EXPECT_LT(present.capacity->low / before.load, 1 / 1.45);
  EXPECT_GT(present.capacity->high / before.load, 1.45);
}

TEST_F(Carried, OfANewRevisionNarrowsToWhatItCosts) {
  Run("a", 1, minutes(120));
  const ReplicaCapacity before = *watch_.Present().capacity;
  Run("b", 1.2, minutes(10));
  const PresentCapacity present = watch_.Present();
  ASSERT_TRUE(present.capacity);
  EXPECT_NEAR(present.capacity->load / before.load, 1 / 1.2, 0.06);
  EXPECT_GT(present.capacity->low / present.capacity->load, 0.7);
  EXPECT_LT(present.capacity->low / before.load, 1 / 1.2);
}

TEST_F(Carried, IsRememberedWhenARevisionComesBack) {
  Run("a", 1, minutes(120));
  const ReplicaCapacity before = *watch_.Present().capacity;
  Run("b", 1.5, minutes(20));
  Run("a", 1, minutes(1));
  const PresentCapacity present = watch_.Present();
  ASSERT_TRUE(present.capacity);
  EXPECT_FALSE(present.is_inherited);
  EXPECT_NEAR(present.capacity->load / before.load, 1, 0.02);
}

TEST_F(Carried, IsNotInheritedAcrossWeights) {
  Run("a", 1, minutes(120));
  weights_ = "others";
  Run("a", 1, minutes(10));
  EXPECT_FALSE(watch_.Present().is_inherited);
  Run("a", 1, minutes(90));
  ASSERT_TRUE(watch_.Present().capacity);
  EXPECT_EQ(watch_.Present().capacity->weights_version, "others");
}

TEST_F(Carried, IsWhatWasGivenUntilWindowsTellAndFollowsTheCpuFromThere) {
  const ReplicaCapacity given{.load = MetricsQps(150),
                              .low = MetricsQps(150),
                              .high = MetricsQps(150),
                              .weights_version = "w"};
  watch_ = CapacityWatch({.given = given, .estimates = false});
  EXPECT_FALSE(watch_.Shift());
  Run("a", 1, minutes(120));
  EXPECT_EQ(watch_.Present().capacity, given);
  EXPECT_EQ(watch_.revision(), "a");
  Run("b", 1.5, minutes(20));
  // 150 / 1.5; the CPU errs by 3 % for minutes on end.
  const ReplicaCapacity after = *watch_.Present().capacity;
  EXPECT_NEAR(after.load.value(), 100, 10);
  EXPECT_LT(after.low, MetricsQps(100));
  EXPECT_GT(after.high, MetricsQps(100));
  ASSERT_TRUE(watch_.Shift());
  EXPECT_EQ(watch_.Shift()->verdict, ShiftVerdict::kMore);
  EXPECT_LT(watch_.Shift()->low, watch_.Shift()->cpu_ratio);
  EXPECT_LT(watch_.Shift()->cpu_ratio, watch_.Shift()->high);
}

TEST_F(Carried, FallsWithTheCpuLimitAndDoesNotRiseWithIt) {
  const ReplicaCapacity given{.load = MetricsQps(150),
                              .low = MetricsQps(150),
                              .high = MetricsQps(150),
                              .weights_version = "w"};
  watch_ = CapacityWatch({.given = given, .estimates = false});
  watch_.UseCpuLimit(CpuCores(1));
  Run("a", 1, minutes(120));
  watch_.UseCpuLimit(CpuCores(0.5));
  Run("b", 1, minutes(30));
  EXPECT_NEAR(watch_.Present().capacity->load.value(), 75, 5);
  EXPECT_EQ(watch_.Shift()->limit_ratio, 0.5);
  watch_.UseCpuLimit(CpuCores(1));
  Run("c", 1, minutes(30));
  EXPECT_NEAR(watch_.Present().capacity->load.value(), 75, 8);
}

TEST_F(Carried, IsNotTouchedByWindowsOfTwoRevisions) {
  Run("a", 1, minutes(120));
  const ReplicaCapacity before = *watch_.Present().capacity;
  Run("", 3, minutes(5));
  EXPECT_EQ(watch_.Present().capacity, before);
}

}  // namespace
}  // namespace loadcurve
