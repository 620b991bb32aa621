#include "adapters/prometheus/histogram_pod_use_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/prometheus/presets.h"
#include "tests/adapters/prometheus/scripted_prometheus.h"

namespace loadcurve::prometheus {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;

TimePoint At(std::int64_t s) {
  return TimePoint(seconds(s));
}

// A request of 50 ms weighs 1.
RequestWeights Weights() {
  return RequestWeights::Occupancy(std::chrono::milliseconds(50)).value();
}

class PodUseTest : public testing::Test {
 protected:
  // Scrapes every 15 s in [first, last] of a pod that ends `rate` requests of 50 ms a second and
  // takes `cores`.
  void Pod(const std::string& pod, double rate, double cores, int first = 0, int last = 900) {
    Labels labels = {{"pod", pod}, {"instance", pod + ":80"}, {"job", "web"}, {"code", "200"}};
    ScriptedPrometheus::Samples counts;
    ScriptedPrometheus::Samples sums;
    ScriptedPrometheus::Samples used;
    for (int s = first; s <= last; s += 15) {
      counts.emplace_back(s, rate * s);
      sums.emplace_back(s, 0.05 * rate * s);
      used.emplace_back(s, cores * s);
    }
    server_.Add("http_request_duration_seconds_sum", labels, sums);
    for (const char* le : {"0.1", "+Inf"}) {
      labels["le"] = le;
      server_.Add("http_request_duration_seconds_bucket", labels, counts);
    }
    server_.Add("container_cpu_usage_seconds_total", {{"pod", pod}, {"container", "app"}}, used);
  }

  std::map<std::string, PodUse> Read(std::int64_t start) {
    MetricSourceOptions options{.names = {{"shop", "Deployment", "cart"}},
                                .metric = PresetNamed("client-library")->metric,
                                .step = seconds(300)};
    auto source = HistogramPodUseSource::Make(
        QueryClient::Make(server_, {.base_url = "http://p"}).value(), std::move(options));
    return source.value().Read(At(start), Weights()).value();
  }

  ScriptedPrometheus server_;
};

TEST_F(PodUseTest, TellsWhatEachPodServesAndTakes) {
  Pod("cart-a", 10, 0.5);
  Pod("cart-b", 20, 0.8);
  const auto pods = Read(300);
  ASSERT_THAT(pods, ElementsAre(Key("cart-a"), Key("cart-b")));
  EXPECT_NEAR(pods.at("cart-a").load.value(), 10, 1e-9);
  EXPECT_NEAR(pods.at("cart-a").cpu.value(), 0.5, 1e-9);
  EXPECT_NEAR(pods.at("cart-b").load.value(), 20, 1e-9);
  EXPECT_NEAR(pods.at("cart-b").cpu.value(), 0.8, 1e-9);
}

TEST_F(PodUseTest, LeavesOutPodsThatCameMeanwhileOrServeNothing) {
  Pod("cart-a", 10, 0.5);
  Pod("cart-b", 0, 0.1);
  Pod("cart-c", 10, 0.5, 450);
  EXPECT_THAT(Read(300), ElementsAre(Key("cart-a")));
}

TEST_F(PodUseTest, TellsNothingOfAWindowInWhichAPodWasNotHeardOf) {
  Pod("cart-a", 10, 0.5);
  Pod("cart-b", 10, 0.5);
  server_.Add("up", {{"pod", "cart-b"}, {"instance", "cart-b:80"}, {"job", "web"}}, {{300, 1}});
  Pod("cart-c", 10, 0.5, 0, 285);
  server_.Add("up", {{"pod", "cart-c"}, {"instance", "cart-c:80"}, {"job", "web"}},
              {{300, 0}, {450, 0}, {600, 0}});
  EXPECT_THAT(Read(300), IsEmpty());
}

TEST_F(PodUseTest, TellsNothingOfAWindowThatIsNotOver) {
  Pod("cart-a", 10, 0.5);
  EXPECT_THAT(Read(900), IsEmpty());
}

}  // namespace
}  // namespace loadcurve::prometheus
