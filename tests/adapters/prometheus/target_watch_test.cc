#include "adapters/prometheus/target_watch.h"

#include <gtest/gtest.h>

namespace loadcurve::prometheus {
namespace {

using std::chrono::seconds;

TimePoint At(std::int64_t s) {
  return TimePoint(seconds(s));
}

class Watched : public testing::Test {
 protected:
  // Scrapes from `first` to `last`, every 15 s.
  void Hear(const std::string& pod, std::int64_t first, std::int64_t last) {
    for (std::int64_t s = first; s <= last; s += 15) watch_.AddHeard("job/" + pod, pod, At(s));
  }

  TargetWatch watch_{seconds(150)};
};

TEST_F(Watched, KnowsNothingBeforeItHears) {
  EXPECT_EQ(watch_.Frontier(), std::nullopt);
  EXPECT_EQ(watch_.UsualGap(), seconds(60));
  EXPECT_EQ(watch_.HeardPods(At(0), At(60)), 0);
}

TEST_F(Watched, LearnsTheScrapeInterval) {
  Hear("a", 0, 300);
  watch_.AddHeard("job/a", "a", At(900));  // after a silence
  EXPECT_EQ(watch_.UsualGap(), seconds(15));
  EXPECT_EQ(watch_.Tolerance(), Duration(seconds(105)) / 2);
}

TEST_F(Watched, WaitsForATargetThatIsDueAndNotForOneThatIsSilent) {
  Hear("a", 0, 120);
  Hear("b", 10, 115);
  EXPECT_EQ(watch_.Frontier(), At(115));
  Hear("a", 135, 135);
  EXPECT_EQ(watch_.Frontier(), At(115));
  Hear("a", 150, 150);  // b is 35 s late: more than 22.5 s
  EXPECT_EQ(watch_.Frontier(), At(150));
}

TEST_F(Watched, HearsAPodThatWasScrapedOnBothSidesOfAWindowsEnd) {
  Hear("whole", 0, 150);
  Hear("gone", 0, 90);
  Hear("new", 100, 160);
  Hear("later", 125, 155);
  EXPECT_EQ(watch_.HeardPods(At(60), At(120)), 2);  // whole and new
  EXPECT_EQ(watch_.HeardPods(At(0), At(60)), 2);    // whole and gone
}

TEST_F(Watched, DoesNotHearAcrossASilence) {
  Hear("a", 0, 60);
  Hear("a", 150, 300);
  EXPECT_EQ(watch_.HeardPods(At(0), At(60)), 1);
  EXPECT_EQ(watch_.HeardPods(At(60), At(120)), 0);
  EXPECT_EQ(watch_.HeardPods(At(120), At(180)), 0);  // the silence reaches into it
  EXPECT_EQ(watch_.HeardPods(At(180), At(240)), 1);
}

TEST_F(Watched, KnowsOfPodsThatCannotBeScraped) {
  Hear("a", 0, 300);
  Hear("b", 0, 60);
  for (std::int64_t s = 75; s <= 300; s += 15) watch_.AddFailed("b", At(s));
  EXPECT_EQ(watch_.KnownPods(At(120)), 2);
  EXPECT_EQ(watch_.HeardPods(At(60), At(120)), 1);
}

TEST_F(Watched, CountsAPodOnceWhateverTargetsItHas) {
  Hear("a", 0, 300);
  for (std::int64_t s = 5; s <= 300; s += 15) watch_.AddHeard("sidecar/a", "a", At(s));
  EXPECT_EQ(watch_.HeardPods(At(60), At(120)), 1);
  EXPECT_EQ(watch_.KnownPods(At(120)), 1);
}

TEST_F(Watched, FindsTheScrapeBefore) {
  Hear("a", 0, 60);
  EXPECT_EQ(watch_.LastBefore("job/a", At(30)), At(15));
  EXPECT_EQ(watch_.LastBefore("job/a", At(0)), std::nullopt);
  EXPECT_EQ(watch_.LastBefore("job/b", At(30)), std::nullopt);
}

TEST(TargetWatchNames, FallBackToTheInstance) {
  const Labels labels = {{"job", "web"}, {"instance", "10.0.0.1:80"}};
  EXPECT_EQ(TargetWatch::PodOf(labels, "pod"), "10.0.0.1:80");
  EXPECT_NE(TargetWatch::TargetOf(labels, "pod"),
            TargetWatch::TargetOf({{"job", "web"}, {"instance", "10.0.0.2:80"}}, "pod"));
}

}  // namespace
}  // namespace loadcurve::prometheus
