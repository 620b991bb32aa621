#include "adapters/prometheus/queue_load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapters/prometheus/scripted_prometheus.h"

namespace loadcurve::prometheus {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsNan;

class Queue : public testing::Test {
 protected:
  Queue() {
    server_.Answer("lag", "matrix",
                   R"([{"metric":{},"values":[[60,"0"],[120,"600"],[180,"600"],[240,"0"]]}])");
    server_.Answer("rate", "matrix",
                   R"([{"metric":{},"values":[[120,"10"],[180,"10"],[240,"12"]]}])");
  }

  Result<LoadSeries> Read(const QueueExpressions& queue) {
    return QueueLoad(client_, queue, minutes(1), TimePoint(seconds(60)), TimePoint(seconds(240)));
  }

  ScriptedPrometheus server_;
  QueryClient client_ = QueryClient::Make(server_, {.base_url = "http://p"}).value();
};

TEST_F(Queue, WorksOffWhatWaitsWithinTheDrainTime) {
  const auto load = Read({.backlog = "lag", .arrival_rate = "rate"});
  ASSERT_TRUE(load) << load.error().message;
  EXPECT_EQ(load->weights_version(), "queue-5m");
  EXPECT_THAT(load->values(), ElementsAre(10 + 600 / 300., 10 + 600 / 300., 12));
}

TEST_F(Queue, DerivesArrivalsFromWhatWasServedAndHowTheBacklogGrew) {
  const auto load = Read({.backlog = "lag", .service_rate = "rate"});
  ASSERT_TRUE(load);
  // 10 + 600 / 60 in the first; the last served 12 of which 10 were backlog.
  EXPECT_THAT(load->values(), ElementsAre(20 + 2, 10 + 2, 2));
}

TEST_F(Queue, DoesNotTakeConsumersThatHangForIdle) {
  server_.Answer("rate", "matrix", R"([{"metric":{},"values":[[120,"0"],[180,"0"],[240,"0"]]}])");
  server_.Answer("lag", "matrix",
                 R"([{"metric":{},"values":[[60,"0"],[120,"600"],[180,"1200"],[240,"1800"]]}])");
  const auto load = Read({.backlog = "lag", .service_rate = "rate"});
  ASSERT_TRUE(load);
  EXPECT_THAT(load->values(), ElementsAre(10 + 2, 10 + 4, 10 + 6));
}

TEST_F(Queue, LeavesAWindowOutThatLacksAValue) {
  server_.Answer("lag", "matrix", R"([{"metric":{},"values":[[60,"0"],[180,"600"],[240,"0"]]}])");
  const auto load = Read({.backlog = "lag", .service_rate = "rate"});
  ASSERT_TRUE(load);
  EXPECT_THAT(load->values(), ElementsAre(IsNan(), IsNan(), 2));
}

TEST_F(Queue, RefusesWhatItCannotCompute) {
  EXPECT_FALSE(Read({.backlog = "lag"}));
  EXPECT_FALSE(Read({.backlog = "lag", .arrival_rate = "rate", .service_rate = "rate"}));
  EXPECT_FALSE(Read({.backlog = "", .arrival_rate = "rate"}));
  EXPECT_FALSE(Read({.backlog = "lag", .arrival_rate = "rate", .drain_time = Duration(0)}));
}

}  // namespace
}  // namespace loadcurve::prometheus
