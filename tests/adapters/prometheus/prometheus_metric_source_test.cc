#include "adapters/prometheus/prometheus_metric_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "adapters/prometheus/presets.h"
#include "tests/adapters/prometheus/scripted_prometheus.h"
#include "tests/support/counts_text.h"
#include "tests/support/measured.h"

namespace loadcurve::prometheus {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TimePoint At(std::int64_t s) {
  return TimePoint(seconds(s));
}

// What a pod counts until some second: requests of 50 ms each.
using CountAt = std::function<double(double second)>;

class Source : public testing::Test {
 protected:
  static constexpr double kSecondsEach = 0.05;

  // Scrapes of a pod every 15 s in [first, last], all of whose requests go to one series.
  void Scrape(const std::string& pod, int first, int last, const CountAt& count,
              Labels labels = {{"method", "GET"}, {"handler", "/a"}, {"code", "200"}}) {
    labels["pod"] = pod;
    labels["instance"] = pod + ":80";
    labels["job"] = "web";
    ScriptedPrometheus::Samples all;
    ScriptedPrometheus::Samples sums;
    for (int s = first; s <= last; s += 15) {
      all.emplace_back(s, count(s));
      sums.emplace_back(s, count(s) * kSecondsEach);
    }
    for (const auto& [le, share] : {std::pair{"0.01", 0.}, {"0.1", 1.}, {"+Inf", 1.}}) {
      ScriptedPrometheus::Samples samples = all;
      for (auto& [time, value] : samples) value *= share;
      labels["le"] = le;
      server_.Add("http_request_duration_seconds_bucket", labels, samples);
    }
    labels.erase("le");
    server_.Add("http_request_duration_seconds_sum", labels, sums);
  }

  void Up(const std::string& pod, int first, int last, double value) {
    ScriptedPrometheus::Samples samples;
    for (int s = first; s <= last; s += 15) samples.emplace_back(s, value);
    server_.Add("up", {{"pod", pod}, {"instance", pod + ":80"}, {"job", "web"}}, samples);
  }

  PrometheusMetricSource Make() {
    MetricSourceOptions options;
    options.names.workload = {"shop", "Deployment", "cart"};
    options.metric = PresetNamed("client-library")->metric;
    change_(options);
    auto client = QueryClient::Make(server_, {.base_url = "http://p"}).value();
    return PrometheusMetricSource::Make(std::move(client), std::move(options)).value();
  }

  Result<MeasuredRequests> Read(std::int64_t since, std::int64_t until) {
    PrometheusMetricSource source = Make();
    return CountedBy(source, At(since), At(until));
  }

  static std::uint64_t RequestsIn(const MeasuredRequests& measured, std::int64_t window) {
    std::uint64_t requests = 0;
    measured.counts.ForEach([&](const RequestCounts::Entry& entry) {
      if (entry.window == window) requests += entry.cell.count;
    });
    return requests;
  }

  ScriptedPrometheus server_;
  std::function<void(MetricSourceOptions&)> change_ = [](MetricSourceOptions&) {};
};

double TwoASecond(double s) {
  return 2 * s;
}

TEST_F(Source, CountsExactlyWhereScrapesLieOnEdges) {
  Scrape("cart-1", 0, 900, TwoASecond);
  const auto measured = Read(300, 420);
  ASSERT_TRUE(measured) << measured.error().message;
  const auto& bounds = DurationBounds::Default();
  const std::string bucket = std::to_string(bounds.BucketOf(std::chrono::milliseconds(50)));
  EXPECT_EQ(TextOf(measured->counts), "5 shop/Deployment/cart GET /a served " + bucket +
                                          " 120 6000000 0 0\n"
                                          "6 shop/Deployment/cart GET /a served " +
                                          bucket + " 120 6000000 0 0\n");
  EXPECT_EQ(measured->coverage, Ratio(1));
  EXPECT_THAT(measured->idle_windows, IsEmpty());
  EXPECT_EQ(measured->in_flight, std::nullopt);
}

TEST_F(Source, AsksForTheWorkloadsOwnSeries) {
  Scrape("cart-1", 0, 900, TwoASecond);
  ASSERT_TRUE(Read(300, 420));
  const std::string pods = R"(namespace="shop",pod=~"cart-[0-9a-z]{1,10}-[0-9a-z]{5}")";
  EXPECT_THAT(
      server_.Queries(),
      ElementsAre("http_request_duration_seconds_bucket{" + pods + "}[570000ms]",
                  "http_request_duration_seconds_sum{" + pods + "}[570000ms]",
                  "up{" + pods + "}[570000ms]", "sum(http_requests_in_flight{" + pods + "})"));
}

TEST_F(Source, SharesScrapesBetweenEdgesOutAndLosesNothing) {
  Scrape("cart-1", 7, 900, TwoASecond);
  const auto measured = Read(300, 600);
  ASSERT_TRUE(measured);
  for (std::int64_t window = 5; window < 10; ++window)
    EXPECT_NEAR(static_cast<double>(RequestsIn(*measured, window)), 120, 1) << window;
  EXPECT_NEAR(static_cast<double>(loadcurve::RequestsIn(measured->counts)), 600, 1);
}

TEST_F(Source, CountsARestartFromZero) {
  // 600 at 300 s; from zero at 320 s on.
  Scrape("cart-1", 0, 900, [](double s) { return s <= 315 ? 2 * s : 2 * (s - 320); });
  const auto measured = Read(300, 360);
  ASSERT_TRUE(measured);
  // 30 to 315 s, what came after is lost with the process; 2 * 10 by 330, 60 by 360.
  EXPECT_EQ(RequestsIn(*measured, 5), 30U + 20 + 60);
}

TEST_F(Source, DoesNotCountWhatANewPodBringsAlong) {
  Scrape("cart-1", 0, 900, TwoASecond);
  Scrape("cart-2", 330, 900, [](double s) { return 1000 + 2 * (s - 330); });
  const auto measured = Read(300, 420);
  ASSERT_TRUE(measured);
  EXPECT_EQ(RequestsIn(*measured, 5), 120U + 60);
  EXPECT_EQ(RequestsIn(*measured, 6), 240U);
  EXPECT_EQ(measured->coverage, Ratio(1));
}

TEST_F(Source, CountsAllOfASeriesThatBeganWhileItsPodWasScraped) {
  Scrape("cart-1", 0, 900, TwoASecond);
  // A route's first requests came between 315 s and 330 s.
  Scrape("cart-1", 330, 900, [](double) { return 7; },
         {{"method", "POST"}, {"handler", "/b"}, {"code", "503"}});
  const auto measured = Read(300, 360);
  ASSERT_TRUE(measured);
  EXPECT_EQ(RequestsIn(*measured, 5), 127U);
  EXPECT_THAT(TextOf(measured->counts), HasSubstr("POST /b error"));
}

TEST_F(Source, CountsAPodThatWentUpToItsLastScrape) {
  Scrape("cart-1", 0, 900, TwoASecond);
  Scrape("cart-2", 0, 330, TwoASecond);
  const auto measured = Read(300, 420);
  ASSERT_TRUE(measured);
  EXPECT_EQ(RequestsIn(*measured, 5), 120U + 60);
  EXPECT_EQ(RequestsIn(*measured, 6), 120U);
  EXPECT_EQ(measured->coverage, Ratio(1)) << "it is neither known nor expected any more";
}

TEST_F(Source, TellsIdleFromMissing) {
  Scrape("cart-1", 0, 480, [](double s) { return s < 300 ? 2 * s : 600; });
  Scrape("cart-1", 660, 1200, [](double) { return 600; });
  const auto measured = Read(240, 900);
  ASSERT_TRUE(measured);
  EXPECT_EQ(RequestsIn(*measured, 4), 120U);
  // 480 to 660 is silence: windows 8, 9 and 10 are neither.
  EXPECT_THAT(measured->idle_windows, ElementsAre(5, 6, 7, 11, 12, 13, 14));
}

TEST_F(Source, TakesScrapedPodsWithoutTheirSeriesForIdleOnceItKnowsTheSeries) {
  Scrape("cart-1", 0, 300, TwoASecond);
  Up("cart-1", 0, 300, 1);
  Up("cart-2", 315, 2000, 1);  // after a restart nobody has asked for anything yet
  PrometheusMetricSource source = Make();
  ASSERT_TRUE(CountedBy(source, At(120), At(240)));
  const auto measured = CountedBy(source, At(1200), At(1320));
  ASSERT_TRUE(measured) << measured.error().message;
  EXPECT_THAT(measured->idle_windows, ElementsAre(20, 21));
}

TEST_F(Source, SaysNotFoundWhereThereNeverWasASeries) {
  Up("cart-1", 0, 900, 1);
  const auto measured = Read(300, 420);
  ASSERT_FALSE(measured);
  EXPECT_EQ(measured.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(measured.error().message, HasSubstr("http_request_duration_seconds_bucket{"));
}

TEST_F(Source, HoldsAWindowBackUntilItsScrapesAreIn) {
  Scrape("cart-1", 5, 410, TwoASecond);
  const auto early = Read(300, 420);
  ASSERT_TRUE(early);
  EXPECT_EQ(RequestsIn(*early, 5), 120U);
  EXPECT_EQ(RequestsIn(*early, 6), 0U);
  EXPECT_THAT(early->idle_windows, IsEmpty());
  Scrape("cart-1", 425, 425, TwoASecond);
  EXPECT_EQ(RequestsIn(*Read(300, 420), 6), 120U);
}

TEST_F(Source, GivesNothingAndNoCoverageWhenAllIsSilent) {
  Scrape("cart-1", 0, 300, TwoASecond);
  PrometheusMetricSource source = Make();
  ASSERT_TRUE(CountedBy(source, At(120), At(240)));
  const auto measured = CountedBy(source, At(1200), At(1320));
  ASSERT_TRUE(measured);
  EXPECT_TRUE(measured->counts.IsEmpty());
  EXPECT_THAT(measured->idle_windows, IsEmpty());
  EXPECT_EQ(measured->coverage, Ratio(0));
}

TEST_F(Source, LowersCoverageAndNotLoadWhenHalfOfTheTargetsFail) {
  for (const char* pod : {"cart-1", "cart-2"}) {
    Scrape(pod, 0, 900, TwoASecond);
    Up(pod, 0, 900, 1);
  }
  for (const char* pod : {"cart-3", "cart-4"}) {
    Scrape(pod, 0, 285, TwoASecond);
    Up(pod, 0, 285, 1);
    Up(pod, 300, 900, 0);
  }
  const auto before = Read(120, 240);
  ASSERT_TRUE(before);
  EXPECT_EQ(before->coverage, Ratio(1));
  EXPECT_EQ(RequestsIn(*before, 2), 480U);
  const auto after = Read(360, 480);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->coverage, Ratio(0.5));
  EXPECT_EQ(RequestsIn(*after, 6), 240U);  // as measured
  const auto both = Read(120, 480);
  ASSERT_TRUE(both);
  EXPECT_FALSE(both->partial_windows.contains(2));
  EXPECT_EQ(both->partial_windows.at(6), Ratio(0.5));
}

TEST_F(Source, LowersCoverageWhenTargetsAreGoneAltogether) {
  Scrape("cart-1", 0, 900, TwoASecond);
  PrometheusMetricSource source = Make();
  source.Expect(Replicas(4));
  EXPECT_EQ(CountedBy(source, At(360), At(480))->coverage, Ratio(0.25));
  change_ = [](MetricSourceOptions& options) { options.metric.reporter = Reporter::kGateway; };
  PrometheusMetricSource gateway = Make();
  gateway.Expect(Replicas(4));
  EXPECT_EQ(CountedBy(gateway, At(360), At(480))->coverage, Ratio(1));
}

TEST_F(Source, TrustsNoAnswerInPart) {
  Scrape("cart-1", 0, 900, TwoASecond);
  server_.WarnAlways("a store did not answer");
  const auto measured = Read(300, 360);
  ASSERT_TRUE(measured);
  EXPECT_EQ(measured->coverage, Ratio(0));
}

TEST_F(Source, ReadsTheInFlightGauge) {
  Scrape("cart-1", 0, 900, [](double) { return 100; });
  server_.Answer(
      R"(sum(http_requests_in_flight{namespace="shop",pod=~"cart-[0-9a-z]{1,10}-[0-9a-z]{5}"}))",
      "vector", R"([{"metric":{},"value":[420,"37"]}])");
  const auto measured = Read(300, 420);
  ASSERT_TRUE(measured);
  EXPECT_EQ(measured->in_flight, BusySlots(37));  // a hang: nothing ends, 37 are held
  EXPECT_THAT(measured->idle_windows, ElementsAre(5, 6));
}

TEST_F(Source, ReadsLongStretchesInPiecesAndGetsTheSame) {
  Scrape("cart-1", 3, 20'000, TwoASecond);
  Scrape("cart-2", 3, 20'000, [](double s) { return 3 * std::fmod(s, 5000); });
  const auto whole = Read(600, 18'000);
  ASSERT_TRUE(whole);
  const std::size_t queries = server_.asked().size();
  change_ = [](MetricSourceOptions& options) { options.samples_a_query = 400; };
  const auto pieces = Read(600, 18'000);
  ASSERT_TRUE(pieces);
  EXPECT_GT(server_.asked().size() - queries, 2 * queries);
  EXPECT_EQ(TextOf(whole->counts), TextOf(pieces->counts));
  EXPECT_EQ(whole->idle_windows, pieces->idle_windows);
}

TEST_F(Source, PassesOnWhyItCouldNotRead) {
  server_.AnswerAll(503, "starting");
  EXPECT_EQ(Read(300, 420).error().code, ErrorCode::kUnavailable);
  server_.AnswerAll(400, R"({"status":"error","errorType":"bad_data","error":"parse error"})");
  EXPECT_EQ(Read(300, 420).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(Source, MeasuresNothingWhereNoWholeWindowIsAskedFor) {
  const auto measured = Read(310, 350);
  ASSERT_TRUE(measured);
  EXPECT_EQ(measured->coverage, Ratio(0));
  EXPECT_TRUE(server_.asked().empty());
}

TEST_F(Source, RefusesOptionsThatCannotBe) {
  const auto make = [&](const std::function<void(MetricSourceOptions&)>& change) {
    MetricSourceOptions options;
    options.names.workload.name = "cart";
    options.metric.histogram = "x";
    change(options);
    auto client = QueryClient::Make(server_, {.base_url = "http://p"}).value();
    return PrometheusMetricSource::Make(std::move(client), std::move(options));
  };
  EXPECT_TRUE(make([](MetricSourceOptions&) {}));
  EXPECT_FALSE(make([](MetricSourceOptions& o) { o.metric.histogram = ""; }));
  EXPECT_FALSE(make([](MetricSourceOptions& o) { o.names.workload.name = ""; }));
  EXPECT_FALSE(make([](MetricSourceOptions& o) { o.step = Duration(0); }));
  EXPECT_FALSE(make([](MetricSourceOptions& o) { o.longest_gap = Duration(0); }));
  EXPECT_FALSE(make([](MetricSourceOptions& o) { o.metric.unit = Duration(0); }));
}

}  // namespace
}  // namespace loadcurve::prometheus
