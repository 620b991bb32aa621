#include "scaler/memory_trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

namespace loadcurve {
namespace {

using std::chrono::minutes;
using testing::HasSubstr;

const TimePoint kStart(std::chrono::hours(500'000));
constexpr ReplicaMemory kMemory{Bytes(1000), Bytes(200)};  // 500 of it for load
constexpr Ratio kTarget(0.7);

struct Watched {
  void Note(std::int64_t highest, std::int64_t replicas, double load = 100) {
    now += minutes(1);
    trial.Note({now, Bytes(highest), Replicas(replicas)}, MetricsQps(load), kMemory, kTarget);
  }
  // Absent where the use counts.
  std::optional<std::int64_t> Held() const {
    const auto verdict = trial.Verdict();
    return verdict ? std::optional(verdict->replicas.value()) : std::nullopt;
  }

  TimePoint now = kStart;
  MemoryTrial trial{minutes(10)};
};

TEST(MemoryTrial, LetsTheUseCountWhileNothingIsTooFull) {
  Watched watched;
  watched.Note(700, 4);
  EXPECT_EQ(watched.Held(), std::nullopt);
}

TEST(MemoryTrial, AsksOnceAndWaitsForWhatComesOfIt) {
  Watched watched;
  watched.Note(900, 4);
  EXPECT_EQ(watched.Held(), 6);  // 5.6
  EXPECT_THAT(watched.trial.Verdict()->why, HasSubstr("the fullest of 4 replicas uses 900"));
  // Six are there, and the old ones have given nothing back yet: 8.4 would be the next.
  for (int minute = 0; minute < 10; ++minute) {
    watched.Note(900, 6);
    EXPECT_EQ(watched.Held(), 6) << minute;
  }
  watched.Note(667, 6);  // 200 + 4 * 700 / 6
  EXPECT_EQ(watched.Held(), std::nullopt);
}

TEST(MemoryTrial, GrowsWithTheLoadMeanwhile) {
  Watched watched;
  watched.Note(900, 4);
  watched.Note(950, 4, 150);
  EXPECT_EQ(watched.Held(), 9);  // 6 * 1.5
  watched.Note(900, 4, 80);
  EXPECT_EQ(watched.Held(), 6);
}

TEST(MemoryTrial, AsksForNoMoreWhereMoreDidNotHelp) {
  Watched watched;
  watched.Note(900, 4);
  for (int minute = 0; minute <= 10; ++minute) watched.Note(900, 6);
  EXPECT_EQ(watched.Held(), 6);
  EXPECT_THAT(watched.trial.Verdict()->why,
              HasSubstr("the fullest of 4 replicas used 900, that of 6 replicas uses 900: more do "
                        "not help"));
  for (int hour = 0; hour < 100; ++hour) watched.Note(900, 6);
  EXPECT_EQ(watched.Held(), 6);
  watched.Note(680, 6);
  EXPECT_EQ(watched.Held(), std::nullopt);
}

TEST(MemoryTrial, IsHelpedByAQuarterOfWhatShouldBeLess) {
  // 467 above idle are left of 700 where all of it is shared: 233 less, a quarter is 58.4.
  for (const std::int64_t highest : {841, 842}) {
    Watched watched;
    watched.Note(900, 4);
    for (int minute = 0; minute <= 10; ++minute) watched.Note(highest, 6);
    // 6 * 641 / 500 = 7.7 are the next trial.
    EXPECT_EQ(watched.Held(), highest == 841 ? 8 : 6) << highest;
  }
}

TEST(MemoryTrial, TriesAgainWhereTheLoadHasGrownByAFifth) {
  Watched watched;
  watched.Note(900, 4);
  for (int minute = 0; minute <= 10; ++minute) watched.Note(900, 6);
  watched.Note(950, 6, 120);
  EXPECT_EQ(watched.Held(), 6);
  watched.Note(950, 6, 121);
  EXPECT_EQ(watched.Held(), 9);  // 6 * 750 / 500
}

}  // namespace
}  // namespace loadcurve
