#include "metrics/instance_speed.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

namespace loadcurve {
namespace {

// Pods of a kind that serve `load` each, at `seconds` of CPU for a unit of it and `idle` cores
// without any.
FamilyUse Use(const std::string& family, int pods, double load, double seconds, double idle = 0) {
  return {.family = family,
          .pods = Replicas(pods),
          .load = MetricsQps(pods * load),
          .cpu = CpuCores(pods * (idle + seconds * load))};
}

TEST(InstanceSpeed, AFamilyThatTakesFourFifthsOfTheCpuIsAQuarterFaster) {
  const std::vector<FamilyWindow> windows(6, {Use("m5", 4, 10, 0.05), Use("m7i", 2, 10, 0.04)});
  const auto speeds = InstanceSpeedsOf(windows, "m5");
  ASSERT_EQ(speeds.size(), 1U) << "the reference is not learnt";
  EXPECT_NEAR(speeds.at("m7i").speed, 1.25, 1e-9);
  EXPECT_EQ(speeds.at("m7i").windows, 6U);
}

TEST(InstanceSpeed, AReleaseThatDoublesTheCostOfAllChangesNoSpeed) {
  std::vector<FamilyWindow> windows(6, {Use("m5", 4, 10, 0.05), Use("m7i", 2, 10, 0.04)});
  // The reference alone, and dearer: of no use to anyone.
  windows.resize(20, {Use("m5", 6, 10, 0.1)});
  windows.resize(26, {Use("m5", 1, 10, 0.1), Use("m7i", 5, 10, 0.08)});
  EXPECT_NEAR(InstanceSpeedsOf(windows, "m5").at("m7i").speed, 1.25, 1e-9);
}

TEST(InstanceSpeed, FamiliesThatNeverMetAreComparedThroughOneThatMetBoth) {
  std::vector<FamilyWindow> windows(6, {Use("m5", 4, 10, 0.05), Use("m6i", 2, 10, 0.04)});
  windows.resize(12, {Use("m6i", 4, 10, 0.08), Use("m7i", 2, 10, 0.064)});
  const auto speeds = InstanceSpeedsOf(windows, "m5");
  EXPECT_NEAR(speeds.at("m6i").speed, 1.25, 1e-9);
  EXPECT_NEAR(speeds.at("m7i").speed, 1.5625, 1e-9);  // 1.25 x 1.25
}

TEST(InstanceSpeed, AFamilyThatMetNobodyIsLeftOut) {
  std::vector<FamilyWindow> windows(6, {Use("m5", 4, 10, 0.05), Use("m7i", 2, 10, 0.04)});
  windows.resize(12, {Use("c6g", 4, 10, 0.05), Use("c7g", 2, 10, 0.04)});
  EXPECT_EQ(InstanceSpeedsOf(windows, "m5").size(), 1U);
  EXPECT_TRUE(InstanceSpeedsOf(windows, "r5").empty());
}

TEST(InstanceSpeed, TooFewWindowsTellNothing) {
  const std::vector<FamilyWindow> windows(4, {Use("m5", 4, 10, 0.05), Use("m7i", 2, 10, 0.04)});
  EXPECT_TRUE(InstanceSpeedsOf(windows, "m5").empty());
  EXPECT_TRUE(InstanceSpeedsOf({}, "m5").empty());
}

// A balancer that looks for the least busy gives the fast ones half as much again; a quarter of
// the CPU of a usual load is burnt without any.
TEST(InstanceSpeed, PodsThatAreGivenMoreAreNotTakenForFaster) {
  std::vector<FamilyWindow> windows;
  for (int i = 0; i < 48; ++i) {
    const double load = 10 + 6 * std::sin(2 * std::numbers::pi * i / 24);
    windows.push_back({Use("m5", 4, load, 0.05, 0.125), Use("m7i", 2, 1.5 * load, 0.04, 0.1)});
  }
  const InstanceSpeed speed = InstanceSpeedsOf(windows, "m5").at("m7i");
  EXPECT_NEAR(speed.speed, 1.25, 0.02);
}

// By hand: one window in which a batch job trebles the CPU of the fast ones.
TEST(InstanceSpeed, AWindowGoneWrongDoesNotOutvoteTheOthers) {
  std::vector<FamilyWindow> windows(24, {Use("m5", 4, 10, 0.05), Use("m7i", 2, 10, 0.04)});
  for (std::size_t i = 0; i < windows.size(); ++i)
    windows[i][1].cpu = windows[i][1].cpu * (i % 2 == 0 ? 1.01 : 0.99);
  windows[7][1].cpu = windows[7][1].cpu * 3;
  EXPECT_NEAR(InstanceSpeedsOf(windows, "m5").at("m7i").speed, 1.25, 0.01);
}

// Three families, each pod 10 % off by itself in each window, loads that swing through the day.
TEST(InstanceSpeed, PlantedSpeedsAreFoundWithinFivePercentAndMostlyWithinTheInterval) {
  const std::map<std::string, double> planted = {{"m5a", 0.8}, {"m7i", 1.3}, {"c7g", 1.15}};
  int covered = 0;
  int judged = 0;
  for (unsigned seed = 1; seed <= 100; ++seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> noise;
    const auto off = [&](int pods) { return std::exp(0.1 / std::sqrt(pods) * noise(random)); };
    std::vector<FamilyWindow> windows;
    for (int i = 0; i < 72; ++i) {
      const double load = 10 + 6 * std::sin(2 * std::numbers::pi * i / 144);
      const double level = std::exp(0.2 * noise(random));
      FamilyWindow window = {Use("m5", 3, load, 0.05 * level * off(3), 0.05 * level)};
      for (const auto& [family, speed] : planted)
        window.push_back(Use(family, 2, load, 0.05 * level / speed * off(2), 0.05 * level / speed));
      windows.push_back(std::move(window));
    }
    const auto speeds = InstanceSpeedsOf(windows, "m5");
    for (const auto& [family, speed] : planted) {
      const InstanceSpeed& found = speeds.at(family);
      EXPECT_NEAR(found.speed / speed, 1, 0.05) << family << ", seed " << seed;
      covered += found.low <= speed && speed <= found.high ? 1 : 0;
      ++judged;
    }
  }
  EXPECT_GE(covered, judged * 83 / 100);
  EXPECT_LE(covered, judged * 97 / 100);
}

}  // namespace
}  // namespace loadcurve
