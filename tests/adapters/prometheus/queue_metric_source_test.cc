#include "adapters/prometheus/queue_metric_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapters/prometheus/scripted_prometheus.h"
#include "tests/support/measured.h"

namespace loadcurve::prometheus {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

// The windows that begin at 60 s, 120 s and 180 s.
class Queue : public testing::Test {
 protected:
  Queue() {
    server_.Answer("lag", "matrix",
                   R"([{"metric":{},"values":[[60,"0"],[120,"600"],[180,"600"],[240,"0"]]}])");
    server_.Answer("rate", "matrix",
                   R"([{"metric":{},"values":[[120,"10"],[180,"10"],[240,"12"]]}])");
  }

  Result<ToldLoad> Read(const QueueExpressions& queue) {
    auto client = QueryClient::Make(server_, {.base_url = "http://p"}).value();
    auto source = QueueMetricSource::Make(std::move(client), {.queue = queue, .scale = "queue-5m"});
    if (!source) return tl::unexpected<Error>(source.error());
    return ToldBy(*source, TimePoint(seconds(60)), TimePoint(seconds(240)));
  }

  static QueueExpressions Arriving() {
    return {.backlog = "lag", .arrival_rate = "rate", .drain_time = minutes(5)};
  }
  static QueueExpressions Served() {
    return {.backlog = "lag", .service_rate = "rate", .drain_time = minutes(5)};
  }

  // Of each window the second it begins at and its load, complete ones apart.
  using Loads = std::vector<std::pair<std::int64_t, double>>;
  static Loads LoadsOf(const Result<ToldLoad>& measured, bool is_complete = true) {
    Loads loads;
    for (const LoadSample& window : measured->windows)
      if (window.is_complete == is_complete)
        loads.emplace_back(window.window_start.time_since_epoch() / seconds(1),
                           window.load.value());
    return loads;
  }

  ScriptedPrometheus server_;
};

TEST_F(Queue, WorksOffWhatWaitsWithinTheDrainTime) {
  const auto load = Read(Arriving());
  ASSERT_TRUE(load) << load.error().message;
  EXPECT_EQ(load->scale, "queue-5m");
  EXPECT_FALSE(load->fault);
  EXPECT_THAT(LoadsOf(load),
              ElementsAre(Pair(60, 10 + 600 / 300.), Pair(120, 10 + 600 / 300.), Pair(180, 12)));
}

TEST_F(Queue, DerivesArrivalsFromWhatWasServedAndHowTheBacklogGrew) {
  const auto load = Read(Served());
  ASSERT_TRUE(load) << load.error().message;
  // 10 + 600 / 60 in the first; the last served 12 of which 10 were backlog.
  EXPECT_THAT(LoadsOf(load), ElementsAre(Pair(60, 20 + 2), Pair(120, 10 + 2), Pair(180, 2)));
}

TEST_F(Queue, DoesNotTakeConsumersThatHangForIdle) {
  server_.Answer("rate", "matrix", R"([{"metric":{},"values":[[120,"0"],[180,"0"],[240,"0"]]}])");
  server_.Answer("lag", "matrix",
                 R"([{"metric":{},"values":[[60,"0"],[120,"600"],[180,"1200"],[240,"1800"]]}])");
  const auto load = Read(Served());
  ASSERT_TRUE(load) << load.error().message;
  EXPECT_THAT(LoadsOf(load), ElementsAre(Pair(60, 10 + 2), Pair(120, 10 + 4), Pair(180, 10 + 6)));
}

TEST_F(Queue, TakesAnEmptyQueueThatNothingComesIntoForIdle) {
  server_.Answer("lag", "matrix", R"([{"metric":{},"values":[[120,"0"],[180,"0"]]}])");
  server_.Answer("rate", "matrix", R"([{"metric":{},"values":[[120,"0"],[180,"0"]]}])");
  EXPECT_THAT(LoadsOf(Read(Arriving())), ElementsAre(Pair(60, 0), Pair(120, 0)));
}

TEST_F(Queue, LeavesAWindowWithoutABacklogOutAndBoundsOneWithoutArrivals) {
  server_.Answer("lag", "matrix", R"([{"metric":{},"values":[[60,"0"],[180,"600"],[240,"0"]]}])");
  const auto load = Read(Served());
  ASSERT_TRUE(load) << load.error().message;
  EXPECT_THAT(LoadsOf(load), ElementsAre(Pair(180, 2)));
  EXPECT_THAT(LoadsOf(load, false), ElementsAre(Pair(120, 2)));  // how it grew is not known
}

TEST_F(Queue, TellsWhatWaitsAsALowerBoundWhereNobodyTellsTheArrivals) {
  server_.Answer("rate", "matrix", "[]");
  const auto load = Read(Arriving());
  ASSERT_TRUE(load) << load.error().message;
  EXPECT_THAT(LoadsOf(load), ElementsAre());
  EXPECT_THAT(LoadsOf(load, false), ElementsAre(Pair(60, 2), Pair(120, 2), Pair(180, 0)));
  EXPECT_THAT(load->fault->message, HasSubstr("the expression rate yields nothing within 3m"));
}

TEST_F(Queue, TakesAnAnswerWithWarningsForALowerBound) {
  server_.WarnAlways("a store is away");
  const auto load = Read(Arriving());
  ASSERT_TRUE(load) << load.error().message;
  EXPECT_THAT(LoadsOf(load), ElementsAre());
  EXPECT_THAT(LoadsOf(load, false), ElementsAre(Pair(60, 12), Pair(120, 12), Pair(180, 12)));
  // A growth between parts of a sum bounds nothing: what waits remains.
  EXPECT_THAT(LoadsOf(Read(Served()), false), ElementsAre(Pair(60, 2), Pair(120, 2), Pair(180, 0)));
}

TEST_F(Queue, NamesTheExpressionWhoseValueCanBeNone) {
  server_.Answer("lag", "matrix",
                 R"([{"metric":{},"values":[[60,"0"],[120,"-600"],[180,"600"],[240,"0"]]}])");
  const auto load = Read(Arriving());
  ASSERT_TRUE(load) << load.error().message;
  EXPECT_THAT(LoadsOf(load), ElementsAre(Pair(120, 12), Pair(180, 12)));
  EXPECT_EQ(load->fault->message, "the expression lag is -600; expected a finite number >= 0");
}

TEST_F(Queue, SaysSoWhereNobodyTellsTheBacklog) {
  server_.Answer("lag", "matrix", "[]");
  EXPECT_EQ(Read(Arriving()).error().code, ErrorCode::kNotFound);
}

TEST_F(Queue, RefusesWhatItCannotCompute) {
  EXPECT_FALSE(Read({.backlog = "lag"}));
  EXPECT_FALSE(Read({.backlog = "lag", .arrival_rate = "rate", .service_rate = "rate"}));
  EXPECT_FALSE(Read({.backlog = "", .arrival_rate = "rate"}));
  EXPECT_FALSE(Read({.backlog = "lag", .arrival_rate = "rate", .drain_time = Duration(0)}));
}

}  // namespace
}  // namespace loadcurve::prometheus
