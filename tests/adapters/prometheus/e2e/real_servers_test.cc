// Known requests, put into real servers and read back exactly.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <random>

#include "adapters/prometheus/expression_series.h"
#include "adapters/prometheus/load_metric_source.h"
#include "adapters/prometheus/presets.h"
#include "adapters/prometheus/prometheus_metric_source.h"
#include "adapters/prometheus/queue_metric_source.h"
#include "tests/adapters/prometheus/e2e/local_server.h"
#include "tests/adapters/prometheus/e2e/loopback_transport.h"
#include "tests/adapters/prometheus/e2e/remote_write.h"
#include "tests/support/counts_text.h"
#include "tests/support/measured.h"
#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve::prometheus {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// 2023-11-14T22:13:20Z, rounded up to a minute.
constexpr std::int64_t kStart = 1'700'000'040;
constexpr std::int64_t kMinutes = 30;

TimePoint Minute(std::int64_t minute) {
  return TimePoint(seconds(kStart) + minutes(minute));
}

struct Served {
  std::int64_t ended_us = 0;  // since kStart
  std::int64_t duration_us = 0;
};

// The requests of one series: one pod, route and status.
struct ServedSeries {
  std::string pod;
  std::string handler;
  std::string code;
  std::vector<Served> requests;
};

constexpr std::array<std::pair<const char*, std::int64_t>, 5> kEdges = {{{"0.005", 5'000},
                                                                         {"0.05", 50'000},
                                                                         {"0.5", 500'000},
                                                                         {"2.5", 2'500'000},
                                                                         {"+Inf", INT64_MAX}}};

// Traffic of two pods and three series from the first minute on, some of it slow; a
// minute without any, the 21st.
std::vector<ServedSeries> Traffic() {
  std::mt19937_64 random(42);
  std::vector<ServedSeries> all = {{"cart-5f7d9c-abcde", "/items", "200", {}},
                                   {"cart-5f7d9c-abcde", "/items", "503", {}},
                                   {"cart-5f7d9c-fghij", "/pay", "200", {}}};
  for (ServedSeries& series : all) {
    const std::int64_t end = kMinutes * 60'000'000;
    for (std::int64_t at = 1; at < end;
         at += 20'000 + static_cast<std::int64_t>(random() % 900'000)) {
      if (at / 60'000'000 == 20) continue;
      const std::uint64_t slowness = std::uint64_t{1} << random() % 22;
      series.requests.push_back({at, static_cast<std::int64_t>(slowness + random() % slowness)});
    }
  }
  return all;
}

// What a scrape `at_us` after kStart finds of the series: requests up to that edge.
std::uint64_t CountUpTo(const ServedSeries& series, std::int64_t at_us, std::int64_t edge_us) {
  std::uint64_t count = 0;
  for (const Served& request : series.requests)
    count += request.ended_us <= at_us && request.duration_us <= edge_us ? 1 : 0;
  return count;
}

std::int64_t SumUpTo(const ServedSeries& series, std::int64_t at_us) {
  std::int64_t sum = 0;
  for (const Served& request : series.requests)
    sum += request.ended_us <= at_us ? request.duration_us : 0;
  return sum;
}

std::string SecondsOf(std::int64_t us) {
  std::string fraction = std::to_string(1'000'000 + us % 1'000'000);
  return std::to_string(us / 1'000'000) + "." + fraction.substr(1);
}

// Scrapes every 15 s from kStart on, as text: "OpenMetrics" has seconds and an end,
// the older format milliseconds.
std::string Exposition(const std::vector<ServedSeries>& all, bool is_open_metrics) {
  const auto time_of = [&](std::int64_t second) {
    return " " + std::to_string(kStart + second) + (is_open_metrics ? "\n" : "000\n");
  };
  const std::string name = "http_request_duration_seconds";
  std::string text = "# TYPE " + name + " histogram\n";
  std::string ups = is_open_metrics ? "# TYPE up gauge\n" : "";
  for (const ServedSeries& series : all) {
    const std::string labels = R"(namespace="shop",job="web",pod=")" + series.pod +
                               R"(",instance=")" + series.pod + R"(:80")";
    const std::string own =
        labels + R"(,method="GET",handler=")" + series.handler + R"(",code=")" + series.code + "\"";
    for (std::int64_t second = 0; second <= kMinutes * 60; second += 15) {
      const std::int64_t at_us = second * 1'000'000;
      for (const auto& [le, edge_us] : kEdges)
        text += name + "_bucket{" + own + ",le=\"" + le + "\"} " +
                std::to_string(CountUpTo(series, at_us, edge_us)) + time_of(second);
      text += name + "_count{" + own + "} " + std::to_string(CountUpTo(series, at_us, INT64_MAX)) +
              time_of(second);
      text += name + "_sum{" + own + "} " + SecondsOf(SumUpTo(series, at_us)) + time_of(second);
      if (series.code == "200") ups += "up{" + labels + "} 1" + time_of(second);
    }
  }
  return text + ups + (is_open_metrics ? "# EOF\n" : "");
}

// Requests and held time of a window, by route and class.
using Totals = std::map<std::tuple<std::int64_t, std::string, RequestClass>, RequestCell>;

Totals TotalsOf(const RequestCounts& counts) {
  Totals totals;
  counts.ForEach([&](const RequestCounts::Entry& entry) {
    const SeriesKey& key = counts.series()[entry.series];
    totals[{entry.window, key.route, key.request_class}].Add(entry.cell);
  });
  return totals;
}

Totals TotalsOf(const std::vector<ServedSeries>& all, std::int64_t first, std::int64_t last) {
  Totals totals;
  for (const ServedSeries& series : all) {
    const RequestClass its_class =
        series.code == "200" ? RequestClass::kServed : RequestClass::kError;
    for (const Served& request : series.requests) {
      const std::int64_t minute = (request.ended_us - 1) / 60'000'000;
      if (minute < first || minute >= last) continue;
      totals[{kStart / 60 + minute, "GET " + series.handler, its_class}].Add(
          {.count = 1, .duration_us = static_cast<std::uint64_t>(request.duration_us)});
    }
  }
  return totals;
}

class RealServer : public testing::Test {
 protected:
  // False where it is not installed.
  bool StartPrometheus() {
    if (!IsInstalled("prometheus") || !IsInstalled("promtool")) return false;
    Start({"prometheus", "--config.file=" + folder_.Write("prometheus.yml", ""),
           "--storage.tsdb.path=" + folder_.Path("data"), "--storage.tsdb.retention.time=100y",
           "--web.listen-address=127.0.0.1:" + std::to_string(port_),
           "--web.enable-remote-write-receiver", "--enable-feature=native-histograms"},
          "/-/ready");
    return true;
  }

  // Puts the requests into the folder that StartPrometheus() serves from.
  void Backfill(const std::vector<ServedSeries>& series) const {
    const std::string text = folder_.Write("traffic.om", Exposition(series, true));
    const ProgramRun blocks = RunShell("promtool tsdb create-blocks-from openmetrics '" + text +
                                       "' '" + folder_.Path("data") + "' 2>&1");
    ASSERT_EQ(blocks.exit_code, 0) << blocks.out << "; ./test.sh installs promtool";
  }

  bool StartVictoriaMetrics() {
    if (!IsInstalled("victoria-metrics")) return false;
    Start({"victoria-metrics", "-storageDataPath=" + folder_.Path("data"), "-retentionPeriod=100y",
           "-httpListenAddr=127.0.0.1:" + std::to_string(port_)},
          "/health");
    return true;
  }

  void Start(std::vector<std::string> command, const std::string& ready) {
    server_ = std::make_unique<LocalServer>(std::move(command), folder_.Path("log"));
    ASSERT_TRUE(server_->Await(Url() + ready)) << folder_.Read("log");
  }

  std::string Url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  void Post(const std::string& path, const std::string& body, http::Headers headers = {}) {
    const auto answer = transport_.Send(
        {.method = "POST", .url = Url() + path, .headers = std::move(headers), .body = body},
        seconds(30));
    ASSERT_TRUE(answer) << answer.error().message;
    ASSERT_LT(answer->status, 300) << answer->body;
  }

  void RemoteWrite(const std::string& body) {
    Post("/api/v1/write", body,
         {{"Content-Encoding", "snappy"},
          {"Content-Type", "application/x-protobuf"},
          {"X-Prometheus-Remote-Write-Version", "0.1.0"}});
  }

  QueryClient Client() {
    return QueryClient::Make(transport_, {.base_url = Url(), .parameters = {{"nocache", "1"}}})
        .value();
  }

  PrometheusMetricSource Source(bool is_native = false) {
    MetricSourceOptions options;
    options.names.workload = {"shop", "Deployment", "cart"};
    options.metric = PresetNamed("client-library")->metric;
    options.metric.is_native = is_native;
    options.samples_a_query = 2'000;  // several pieces
    return PrometheusMetricSource::Make(Client(), std::move(options)).value();
  }

  void ExpectTheTraffic() {
    const auto measured = CountedBy(Source(), Minute(0), Minute(kMinutes));
    ASSERT_TRUE(measured) << measured.error().message;
    EXPECT_GT(RequestsIn(measured->counts), 10'000U);
    EXPECT_EQ(TotalsOf(measured->counts), TotalsOf(Traffic(), 0, kMinutes));
    EXPECT_THAT(measured->idle_windows, ElementsAre(kStart / 60 + 20));
    EXPECT_EQ(measured->coverage, Ratio(1));
    EXPECT_EQ(measured->in_flight, std::nullopt);
  }

  const ScratchFolder folder_;
  const int port_ = FreePort();
  LoopbackTransport transport_;
  std::unique_ptr<LocalServer> server_;
};

TEST_F(RealServer, PrometheusGivesBackWhatItsBlocksHold) {
  Backfill(Traffic());
  ASSERT_TRUE(StartPrometheus());
  ExpectTheTraffic();
}

// Counts what is sent on.
class CountingTransport final : public http::HttpTransport {
 public:
  explicit CountingTransport(http::HttpTransport& inner) : inner_(inner) {}
  [[nodiscard]] Result<http::HttpResponse> Send(const http::HttpRequest& request,
                                                Duration deadline) override {
    ++sent;
    return inner_.Send(request, deadline);
  }
  [[nodiscard]] Result<http::HttpResponse> Stream(const http::HttpRequest& request,
                                                  Duration silence, const std::stop_token& stop,
                                                  const OnChunk& on_chunk) override {
    return inner_.Stream(request, silence, stop, on_chunk);
  }
  int sent = 0;

 private:
  http::HttpTransport& inner_;
};

TEST_F(RealServer, PrometheusIsAskedOnceForTwoWorkloads) {
  std::vector<ServedSeries> pay = Traffic();
  pay.pop_back();
  for (ServedSeries& series : pay) series.pod = "pay-5f7d9c-abcde";
  std::vector<ServedSeries> all = Traffic();
  all.insert(all.end(), pay.begin(), pay.end());
  Backfill(all);
  ASSERT_TRUE(StartPrometheus());

  CountingTransport counting(transport_);
  const auto queries =
      std::make_shared<SharedQueries>(QueryClient::Make(counting, {.base_url = Url()}).value());
  const auto source_of = [&](const std::string& workload) {
    MetricSourceOptions options;
    options.names.workload = {"shop", "Deployment", workload};
    options.metric = PresetNamed("client-library")->metric;
    return PrometheusMetricSource::Make(queries, std::move(options)).value();
  };
  PrometheusMetricSource cart_source = source_of("cart");
  PrometheusMetricSource pay_source = source_of("pay");
  const auto cart = CountedBy(cart_source, Minute(0), Minute(10));
  ASSERT_TRUE(cart) << cart.error().message;
  EXPECT_EQ(counting.sent, 4) << "buckets, sums, targets and the gauge";
  const auto paid = CountedBy(pay_source, Minute(0), Minute(10));
  ASSERT_TRUE(paid) << paid.error().message;
  EXPECT_EQ(counting.sent, 4);
  EXPECT_EQ(TotalsOf(cart->counts), TotalsOf(Traffic(), 0, 10));
  EXPECT_EQ(TotalsOf(paid->counts), TotalsOf(pay, 0, 10));
}

TEST_F(RealServer, VictoriaMetricsGivesBackWhatItWasGiven) {
  ASSERT_TRUE(StartVictoriaMetrics()) << "victoria-metrics is missing; ./test.sh installs it";
  Post("/api/v1/import/prometheus", Exposition(Traffic(), false));
  const auto flushed = transport_.Send({.url = Url() + "/internal/force_flush"}, seconds(30));
  ASSERT_TRUE(flushed);
  ExpectTheTraffic();
}

TEST_F(RealServer, PrometheusGivesBackNativeHistograms) {
  ASSERT_TRUE(StartPrometheus()) << "prometheus is missing; ./test.sh installs it";
  // Buckets (0.5, 1], (1, 2] and (2, 4] s; a restart after 5 min, then at half the resolution.
  std::vector<NativeSample> samples;
  for (std::int64_t second = 0; second < 300; second += 15)
    samples.push_back({(kStart + second) * 1000,
                       4.5 * static_cast<double>(second),
                       0,
                       0,
                       {second, second, second / 2}});
  samples.push_back({(kStart + 300) * 1000, 30, 0, 0, {10, 15, 0}});
  for (std::int64_t second = 315; second <= 420; second += 15)
    samples.push_back({(kStart + second) * 1000,
                       30 + 4.0 * static_cast<double>(second - 300),
                       -1,
                       0,
                       {10, 15 + second - 300}});
  RemoteWrite(RemoteWriteBody({{"__name__", "http_request_duration_seconds"},
                               {"code", "200"},
                               {"instance", "a"},
                               {"namespace", "shop"},
                               {"pod", "cart-5f7d9c-abcde"}},
                              samples));
  const auto measured = CountedBy(Source(true), Minute(0), Minute(6));
  ASSERT_TRUE(measured) << measured.error().message;
  const Totals totals = TotalsOf(measured->counts);
  const auto in_minute = [&](std::int64_t minute) {
    return totals.at({kStart / 60 + minute, "", RequestClass::kServed});
  };
  EXPECT_EQ(in_minute(0), (RequestCell{.count = 60 + 60 + 30, .duration_us = 270'000'000}));
  // Up to 285 s 45 s more, then the 25 since the restart.
  EXPECT_EQ(in_minute(4), (RequestCell{.count = 45 + 45 + 22 + 25, .duration_us = 232'500'000}));
  EXPECT_EQ(in_minute(5), (RequestCell{.count = 60, .duration_us = 240'000'000}));
}

TEST_F(RealServer, StalenessMarkersEndASeriesWithoutASample) {
  ASSERT_TRUE(StartPrometheus()) << "prometheus is missing; ./test.sh installs it";
  const auto write = [&](const char* pod, const char* le, std::int64_t until) {
    std::vector<std::pair<std::int64_t, double>> samples;
    for (std::int64_t second = 0; second <= until; second += 15)
      samples.emplace_back((kStart + second) * 1000, static_cast<double>(second));
    if (until < 600) samples.emplace_back((kStart + until + 15) * 1000, StalenessMarker());
    RemoteWrite(RemoteWriteBody({{"__name__", "http_request_duration_seconds_bucket"},
                                 {"instance", pod},
                                 {"le", le},
                                 {"namespace", "shop"},
                                 {"pod", pod}},
                                samples));
  };
  for (const char* le : {"1", "+Inf"}) {
    write("cart-5f7d9c-abcde", le, 600);
    write("cart-5f7d9c-fghij", le, 210);
  }
  const auto measured = CountedBy(Source(), Minute(2), Minute(5));
  ASSERT_TRUE(measured) << measured.error().message;
  const Totals totals = TotalsOf(measured->counts);
  const auto requests = [&](std::int64_t minute) {
    return totals.at({kStart / 60 + minute, "", RequestClass::kServed}).count;
  };
  EXPECT_EQ(requests(2), 120U);
  EXPECT_EQ(requests(3), 60U + 30);
  EXPECT_EQ(requests(4), 60U);
  EXPECT_EQ(measured->coverage, Ratio(1));
}

TEST_F(RealServer, PrometheusTellsTheLoadOfAQueueForAsLongAsItsBacklogIsScraped) {
  ASSERT_TRUE(StartPrometheus()) << "prometheus is missing; ./test.sh installs it";
  std::vector<std::pair<std::int64_t, double>> waiting;
  std::vector<std::pair<std::int64_t, double>> put_in;
  for (std::int64_t second = 0; second <= 600; second += 15) {
    const std::int64_t time_ms = (kStart + second) * 1000;
    if (second <= 360) waiting.emplace_back(time_ms, 600);
    put_in.emplace_back(time_ms, static_cast<double>(10 * second));
  }
  waiting.emplace_back((kStart + 375) * 1000, StalenessMarker());
  RemoteWrite(RemoteWriteBody({{"__name__", "orders_waiting"}}, waiting));
  RemoteWrite(RemoteWriteBody({{"__name__", "orders_put_in_total"}}, put_in));

  auto queue = QueueMetricSource::Make(
      Client(), {.queue = {.backlog = "sum(orders_waiting)",
                           .arrival_rate = "sum(rate(orders_put_in_total[1m]))"},
                 .scale = "queue-1m"});
  const auto load = ToldBy(*queue, Minute(0), Minute(10));
  ASSERT_TRUE(load) << load.error().message;
  ASSERT_EQ(load->windows.size(), 6U);  // the last ends with the last sample
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(load->windows[i].window_start, Minute(static_cast<std::int64_t>(i)));
    EXPECT_NEAR(load->windows[i].load.value(), 10 + 600 / 60., 1e-9);
    EXPECT_TRUE(load->windows[i].is_complete);
  }

  auto wrong = LoadMetricSource::Make(
      Client(), {.expression = "sum(orders_waiting) - 700", .scale = "raw-1"});
  const auto none = ToldBy(*wrong, Minute(0), Minute(10));
  ASSERT_TRUE(none) << none.error().message;
  EXPECT_TRUE(none->windows.empty());
  EXPECT_THAT(none->fault->message, HasSubstr("sum(orders_waiting) - 700 is -100; expected"));
}

TEST_F(RealServer, PrometheusAnswersExpressionsAndSaysWhatItRefuses) {
  ASSERT_TRUE(StartPrometheus()) << "prometheus is missing; ./test.sh installs it";
  QueryOptions few;
  few.base_url = Url();
  few.most_points = 4;
  const QueryClient client = QueryClient::Make(transport_, few).value();
  const auto series = SeriesOf(client, "vector(time())", "", minutes(1), Minute(0), Minute(10));
  ASSERT_TRUE(series) << series.error().message;
  EXPECT_EQ(series->size(), 10U);
  EXPECT_EQ(series->values()[9], static_cast<double>(kStart + 600));

  const auto wrong = client.At("sum(", Minute(0));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(wrong.error().message, HasSubstr("HTTP 400, bad_data"));

  const auto nothing = CountedBy(Source(), Minute(0), Minute(5));
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::kNotFound);

  few.base_url += "/somewhere";
  const auto elsewhere = QueryClient::Make(transport_, few)->At("up", Minute(0));
  EXPECT_EQ(elsewhere.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace loadcurve::prometheus
