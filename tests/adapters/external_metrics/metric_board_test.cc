#include "adapters/external_metrics/metric_board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "tests/support/simulated_clock.h"

namespace loadcurve::external_metrics {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr TimePoint kNow{std::chrono::sys_days(std::chrono::year(2026) / 11 / 23)};

class MetricBoardTest : public ::testing::Test {
 protected:
  PublishedMetric Value(double value, Labels labels = {}) const {
    return {.value = value,
            .labels = std::move(labels),
            .measured_at = clock_.Now(),
            .window = seconds(60),
            .max_age = seconds(60)};
  }
  Result<MetricItem> Read(std::string_view selector, const std::string& metric = "load",
                          const std::string& namespace_name = "shop") const {
    return board_.Read({namespace_name, metric, LabelSelector::Parse(selector).value()});
  }

  SimulatedClock clock_{kNow};
  MetricBoard board_{{"load", "replicas"}, clock_};
};

TEST_F(MetricBoardTest, GivesWhatWasPublishedLast) {
  ASSERT_TRUE(board_.Publish({"shop", "load", "web"}, Value(1)));
  ASSERT_TRUE(board_.Publish({"shop", "load", "web"}, Value(2, {{"weights", "7"}})));
  const MetricItem item = Read("scalingprofile=web").value();
  EXPECT_EQ(item.value, 2);
  EXPECT_THAT(item.labels, ElementsAre(Pair("scalingprofile", "web"), Pair("weights", "7")));
  EXPECT_EQ(item.measured_at, kNow);
  EXPECT_EQ(item.window, seconds(60));
}

TEST_F(MetricBoardTest, FindsByAnyLabel) {
  ASSERT_TRUE(board_.Publish({"shop", "load", "web"}, Value(1, {{"tier", "1"}})));
  ASSERT_TRUE(board_.Publish({"shop", "load", "db"}, Value(2, {{"tier", "2"}})));
  EXPECT_EQ(Read("tier=2").value().value, 2);
  EXPECT_EQ(Read("scalingprofile!=db").value().value, 1);
  EXPECT_EQ(Read("scalingprofile in (web,cache)").value().value, 1);
  EXPECT_EQ(Read("scalingprofile=web,tier=2").error().code, ErrorCode::kNotFound);
}

TEST_F(MetricBoardTest, RefusesToLetAnHpaAddUpProfiles) {
  for (int i = 0; i < 7; ++i)
    ASSERT_TRUE(board_.Publish({"shop", "load", "p" + std::to_string(i)}, Value(1)));
  const auto all = Read("");
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(all.error().message, HasSubstr("matches 7 ScalingProfiles in namespace shop "
                                             "(p0, p1, p2, p3, p4, ...)"));
  EXPECT_THAT(all.error().message, HasSubstr("name one: scalingprofile=NAME"));
}

TEST_F(MetricBoardTest, TellsZeroFromMissing) {
  ASSERT_TRUE(board_.Publish({"shop", "load", "idle"}, Value(0)));
  EXPECT_EQ(Read("scalingprofile=idle").value().value, 0);
  board_.PublishMissing({"shop", "load", "new"}, "no target of it is scraped; see its Service");
  const auto missing = Read("scalingprofile=new");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kInsufficientData);
  EXPECT_EQ(missing.error().message,
            "load of shop/new has not been measured yet: no target of it is scraped; see its "
            "Service");
}

TEST_F(MetricBoardTest, GivesNoNumberThatIsTooOld) {
  ASSERT_TRUE(board_.Publish({"shop", "load", "web"}, Value(5)));
  clock_.Advance(seconds(60));
  EXPECT_EQ(Read("").value().value, 5);
  board_.PublishMissing({"shop", "load", "web"}, "Prometheus does not answer; is it up?");
  EXPECT_EQ(Read("").value().value, 5) << "not too old yet";
  clock_.Advance(seconds(35));
  const auto old = Read("");
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().code, ErrorCode::kInsufficientData);
  EXPECT_EQ(old.error().message,
            "load of shop/web is 95 s old, 35 s more than allowed: Prometheus does not answer; is "
            "it up?");
  ASSERT_TRUE(board_.Publish({"shop", "load", "web"}, Value(6)));
  EXPECT_EQ(Read("").value().value, 6);
  clock_.Advance(seconds(61));
  EXPECT_THAT(Read("").error().message, HasSubstr("loadcurve why shop/web"));
}

TEST_F(MetricBoardTest, TrustsNoAgeAfterTheClockWasSetBack) {
  ASSERT_TRUE(board_.Publish({"shop", "load", "web"}, Value(5)));
  clock_.SetWall(kNow - seconds(59));
  EXPECT_TRUE(Read("")) << "clocks may differ a little";
  clock_.SetWall(kNow - std::chrono::hours(1));
  EXPECT_THAT(Read("").error().message, HasSubstr("3600 s ahead of this machine's clock"));
}

TEST_F(MetricBoardTest, SaysWhatThereIs) {
  const auto unknown = Read("", "lode");
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(unknown.error().message, "there is no metric lode; this server has load, replicas");
  ASSERT_TRUE(board_.Publish({"shop", "load", "web"}, Value(5)));
  const auto elsewhere = Read("scalingprofile=web", "load", "bank");
  EXPECT_EQ(elsewhere.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(elsewhere.error().message, HasSubstr("kubectl get scalingprofiles -n bank"));
  EXPECT_EQ(Read("", "replicas").error().code, ErrorCode::kNotFound);
}

TEST_F(MetricBoardTest, RefusesWhatIsNoAmount) {
  ASSERT_TRUE(board_.Publish({"shop", "load", "web"}, Value(5)));
  for (const double value : {std::nan(""), -1.0, HUGE_VAL})
    EXPECT_FALSE(board_.Publish({"shop", "load", "web"}, Value(value)));
  EXPECT_FALSE(board_.Publish({"shop", "other", "web"}, Value(1)));
  EXPECT_EQ(Read("").value().value, 5);
}

TEST_F(MetricBoardTest, ForgetsAProfileThatIsGone) {
  ASSERT_TRUE(board_.Publish({"shop", "load", "web"}, Value(5)));
  ASSERT_TRUE(board_.Publish({"shop", "replicas", "web"}, Value(5)));
  ASSERT_TRUE(board_.Publish({"shop", "load", "db"}, Value(6)));
  board_.Retire("shop", "web");
  EXPECT_EQ(Read("").value().value, 6);
  EXPECT_EQ(Read("", "replicas").error().code, ErrorCode::kNotFound);
}

TEST_F(MetricBoardTest, MayBeReadWhileItIsWritten) {
  ASSERT_TRUE(board_.Publish({"shop", "load", "web"}, Value(0)));
  std::jthread writer([&](const std::stop_token& stop) {
    for (int i = 0; !stop.stop_requested(); ++i)
      EXPECT_TRUE(board_.Publish({"shop", "load", "web"}, Value(i)));
  });
  double last = 0;
  for (int i = 0; i < 2000; ++i) {
    const double value = Read("scalingprofile=web").value().value;
    EXPECT_GE(value, last);
    last = value;
  }
}

}  // namespace
}  // namespace loadcurve::external_metrics
