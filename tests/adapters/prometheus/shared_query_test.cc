#include "adapters/prometheus/shared_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapters/prometheus/scripted_prometheus.h"

namespace loadcurve::prometheus {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

TimePoint At(std::int64_t s) {
  return TimePoint(seconds(s));
}

// Three workloads of a namespace, of one pod each, whose counters stand at 1, 2 and 3.
class Shared : public testing::Test {
 protected:
  Shared() {
    int value = 0;
    for (const std::string name : {"cart", "cart-api", "pay"}) {
      ++value;
      ScriptedPrometheus::Samples samples;
      for (int s = 0; s <= 900; s += 60) samples.emplace_back(s, value);
      server_.Add("requests", {{"pod", name + "-5f7d9c-abcde"}}, samples);
    }
  }

  SharedSelector Of(const std::string& workload, const std::string& namespace_name = "shop") {
    if (!queries_)
      queries_ = std::make_shared<SharedQueries>(
          QueryClient::Make(server_, {.base_url = "http://p"}).value(), limits_);
    return {queries_,
            "requests",
            {{"namespace", MatchKind::kIs, "{namespace}"}, {"pod", MatchKind::kMatches, "{pods}"}},
            {{namespace_name, "Deployment", workload}, ""}};
  }

  static std::vector<double> ValuesOf(const Result<QueryAnswer>& answer) {
    std::vector<double> values;
    for (const TimeSeries& series : answer.value().series)
      values.push_back(series.points.front().value);
    return values;
  }

  ScriptedPrometheus server_;
  SharingLimits limits_{};
  std::shared_ptr<SharedQueries> queries_;
};

TEST_F(Shared, AsksOnceForAllAndGivesEachItsOwn) {
  const auto cart = Of("cart");
  const auto api = Of("cart-api");
  const auto pay = Of("pay");
  EXPECT_THAT(ValuesOf(cart.SamplesOf(At(0), At(300))), ElementsAre(1));
  EXPECT_THAT(ValuesOf(api.SamplesOf(At(0), At(300))), ElementsAre(2));
  EXPECT_THAT(ValuesOf(pay.SamplesOf(At(0), At(300))), ElementsAre(3));
  EXPECT_THAT(server_.Queries(),
              ElementsAre(AllOf(HasSubstr(R"(namespace="shop")"),
                                HasSubstr(R"(cart-[0-9a-z]{1,10}-[0-9a-z]{5}|cart-api-)"))));
}

TEST_F(Shared, AsksAnewInTheNextRound) {
  const auto cart = Of("cart");
  const auto pay = Of("pay");
  for (int round = 0; round < 3; ++round) {
    EXPECT_THAT(ValuesOf(cart.SamplesOf(At(0), At(300))), ElementsAre(1));
    EXPECT_THAT(ValuesOf(pay.SamplesOf(At(0), At(300))), ElementsAre(3));
  }
  EXPECT_THAT(server_.asked(), SizeIs(3));
}

TEST_F(Shared, KeepsNamespacesApart) {
  const auto here = Of("cart", "shop");
  const auto there = Of("cart", "other");
  EXPECT_TRUE(here.SamplesOf(At(0), At(300)));
  EXPECT_TRUE(there.SamplesOf(At(0), At(300)));
  EXPECT_THAT(server_.Queries(),
              ElementsAre(HasSubstr(R"(namespace="shop")"), HasSubstr(R"(namespace="other")")));
}

TEST_F(Shared, ReadsThePastOfOneWorkloadAlone) {
  const auto cart = Of("cart");
  const auto pay = Of("pay");
  EXPECT_TRUE(cart.SamplesOf(At(-86400), At(300)));
  EXPECT_THAT(server_.Queries(), ElementsAre(Not(HasSubstr("pay"))));
}

TEST_F(Shared, AsksForNoMoreThanTheSamplesAQueryMayBring) {
  limits_.samples_a_query = 10;  // five of each workload in five minutes
  const auto cart = Of("cart");
  const auto api = Of("cart-api");
  const auto pay = Of("pay");
  for (int round = 0; round < 2; ++round) {
    for (const SharedSelector* selector : {&cart, &api, &pay})
      EXPECT_TRUE(selector->SamplesOf(At(0), At(300)));
  }
  EXPECT_THAT(server_.asked(), SizeIs(1 + 2)) << "two of three fit from the second round on";
}

TEST_F(Shared, AsksForTheFirstAloneWhereTheServerRefuses) {
  const auto cart = Of("cart");
  const auto pay = Of("pay");
  server_.AnswerAll(422, R"({"status":"error","errorType":"execution","error":"too many"})");
  EXPECT_EQ(cart.SamplesOf(At(0), At(300)).error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(server_.Queries(), ElementsAre(HasSubstr("pay"), Not(HasSubstr("pay"))));
}

TEST_F(Shared, FailsThoseItWasForWhereTheServerIsAway) {
  const auto cart = Of("cart");
  const auto pay = Of("pay");
  server_.FailAll({ErrorCode::kUnavailable, "no connection"});
  EXPECT_EQ(cart.SamplesOf(At(0), At(300)).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(pay.SamplesOf(At(0), At(300)).error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(server_.asked(), SizeIs(1)) << "the second did not wait for a time-out of its own";
}

TEST_F(Shared, ForgetsWhoIsGone) {
  const auto cart = Of("cart");
  { const auto pay = Of("pay"); }
  EXPECT_TRUE(cart.SamplesOf(At(0), At(300)));
  EXPECT_THAT(server_.Queries(), ElementsAre(Not(HasSubstr("pay"))));
}

TEST_F(Shared, SumsGaugesByTheLabelThatTellsWorkloadsApart) {
  const auto cart = Of("cart");
  const auto pay = Of("pay");
  server_.Answer(
      R"(sum by (pod) (requests{namespace="shop",pod=~"cart-[0-9a-z]{1,10}-[0-9a-z]{5}|pay-[0-9a-z]{1,10}-[0-9a-z]{5}"}))",
      "vector",
      R"([{"metric":{"pod":"pay-5f7d9c-abcde"},"value":[300,"4"]},)"
      R"({"metric":{"pod":"cart-5f7d9c-abcde"},"value":[300,"7"]}])");
  EXPECT_THAT(ValuesOf(cart.SumsAt(At(300))), ElementsAre(7));
  EXPECT_THAT(ValuesOf(pay.SumsAt(At(300))), ElementsAre(4));
  EXPECT_THAT(server_.asked(), SizeIs(1));
}

}  // namespace
}  // namespace loadcurve::prometheus
