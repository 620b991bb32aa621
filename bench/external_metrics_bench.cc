// Reads a metric as an HPA does, over TLS with the front proxy's certificate, a selector, the
// right to read cached, from 1,000 profiles. Two loads:
// - closed: each connection asks again as soon as it has its answer: reads/s that the machine
//   can do, clients included, which take about half of it;
// - paced: a fixed rate, latency counted from when a request was due.
// Prints the median and the range of several runs.
//
//   external_metrics_bench [CONNECTIONS] [READS] [RUNS] [PACED_READS_PER_SECOND]

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "adapters/external_metrics/api_server.h"
#include "adapters/external_metrics/metric_board.h"
#include "adapters/http/http_server.h"
#include "base/check.h"
#include "bench/read_load.h"

namespace loadcurve::bench {
namespace {

constexpr int kProfiles = 1000;

// A kube-apiserver that allows everything.
class Permissive final : public http::HttpTransport {
 public:
  [[nodiscard]] Result<http::HttpResponse> Send(const http::HttpRequest&, Duration) override {
    ++asked_;
    return http::HttpResponse{.status = 201, .body = R"({"status":{"allowed":true}})"};
  }
  [[nodiscard]] Result<http::HttpResponse> Stream(const http::HttpRequest&, Duration,
                                                  const std::stop_token&, const OnChunk&) override {
    return Fail(ErrorCode::kInternal, "nothing to stream");
  }
  int asked() const { return asked_; }

 private:
  std::atomic<int> asked_{0};
};

// The served world.
struct World {
  World() {
    const http::Validity validity{clock.Now() - std::chrono::hours(1), std::chrono::days(2)};
    const auto authority = http::MakeAuthority("front-proxy-ca", validity).value();
    proxy =
        http::IssueLeaf(authority,
                        {.common_name = "front-proxy-client", .use = http::CertificateUse::kClient},
                        validity)
            .value();
    Check(authenticator
              .Update({.proxy_ca_pem = authority.certificate_pem,
                       .allowed_names = {"front-proxy-client"},
                       .username_headers = {"X-Remote-User"},
                       .uid_headers = {"X-Remote-Uid"},
                       .group_headers = {"X-Remote-Group"},
                       .extra_prefixes = {"X-Remote-Extra-"}})
              .has_value(),
          "the config is ours");
    for (int i = 0; i < kProfiles; ++i)
      Check(board
                .Publish({"shop", "loadcurve-replicas", fmt::format("p{}", i)},
                         {.value = i + 0.5,
                          .measured_at = clock.Now(),
                          .window = std::chrono::seconds(60),
                          .max_age = std::chrono::hours(1)})
                .has_value(),
            "the values are ours");
    server =
        http::HttpServer::Start(
            {}, http::IssueLeaf(authority, {.common_name = "server"}, validity).value(), api, clock)
            .value();
  }

  SystemClock clock;
  Permissive transport;
  external_metrics::ReviewClient reviews{transport, "https://api", clock};
  external_metrics::Authenticator authenticator{nullptr, clock};
  external_metrics::Authorizer authorizer{&reviews, clock};
  external_metrics::MetricBoard board{{"loadcurve-replicas"}, clock};
  external_metrics::HealthChecks health{{}};
  external_metrics::ApiRoutes routes{
      external_metrics::MakeDocuments({}, {}).value(), board, health, {}};
  external_metrics::ApiServer api{authenticator, authorizer, routes};
  http::CertificatePair proxy;
  std::unique_ptr<http::HttpServer> server;
};

struct Load {
  int connections = 16;
  int reads = 200'000;
  int runs = 5;
  double paced_rate = 5000;  // reads a second
};

struct Figures {
  double reads_per_second, p50_us, p99_us, server_cpu_us;
};

double ProcessCpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

Figures Run(const ReadTarget& target, const ReadLoad& load) {
  const double cpu_before = ProcessCpuSeconds();
  const ReadOutcome outcome = ReadMetrics(target, load);
  Check(outcome.failures == 0, "every answer is a 200");
  const auto& all = outcome.latencies_us;
  const auto count = static_cast<double>(all.size());
  const double server_cpu = ProcessCpuSeconds() - cpu_before - outcome.client_cpu_seconds;
  return {.reads_per_second = count / outcome.seconds,
          .p50_us = all[all.size() / 2],
          .p99_us = all[all.size() * 99 / 100],
          .server_cpu_us = server_cpu / count * 1e6};
}

std::string MedianAndRange(std::vector<Figures> runs, double Figures::*figure) {
  std::sort(runs.begin(), runs.end(),
            [&](const Figures& a, const Figures& b) { return a.*figure < b.*figure; });
  return fmt::format("{:>9.0f}  ({:.0f} to {:.0f})", runs[runs.size() / 2].*figure,
                     runs.front().*figure, runs.back().*figure);
}

void Report(const std::string& title, const ReadTarget& target, const ReadLoad& load, int count) {
  std::vector<Figures> runs;
  for (int i = 0; i < count; ++i) runs.push_back(Run(target, load));
  fmt::print(
      "{}\n  reads/s                {}\n  p50 us                 {}\n"
      "  p99 us                 {}\n  server CPU us a read   {}\n",
      title, MedianAndRange(runs, &Figures::reads_per_second),
      MedianAndRange(runs, &Figures::p50_us), MedianAndRange(runs, &Figures::p99_us),
      MedianAndRange(runs, &Figures::server_cpu_us));
}

void Main(const Load& load) {
  World world;
  const ClientContext context = MakeClientContext(world.proxy.certificate_pem, world.proxy.key_pem);
  ReadTarget target{.context = context.get(), .port = world.server->port(), .requests = {}};
  for (int i = 0; i < kProfiles; ++i)
    target.requests.push_back(HpaRequest(
        fmt::format("/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/loadcurve-replicas"
                    "?labelSelector=scalingprofile%3Dp{}",
                    i),
        "10.96.7.7:443"));
  fmt::print("{} connections, {} reads a run, {} runs: median (range)\n", load.connections,
             load.reads, load.runs);
  Report("closed loop", target, {.connections = load.connections, .reads = load.reads}, load.runs);
  Report(fmt::format("paced, {} reads/s", load.paced_rate), target,
         {.connections = load.connections,
          .reads = static_cast<int>(load.paced_rate * 5),
          .rate = load.paced_rate},
         load.runs);
  fmt::print("SubjectAccessReviews asked: {}\n", world.transport.asked());
}

}  // namespace
}  // namespace loadcurve::bench

int main(int count, char** arguments) {
  loadcurve::bench::Load load;
  if (count > 1) load.connections = std::atoi(arguments[1]);
  if (count > 2) load.reads = std::atoi(arguments[2]);
  if (count > 3) load.runs = std::atoi(arguments[3]);
  if (count > 4) load.paced_rate = std::atof(arguments[4]);
  loadcurve::bench::Main(load);
  return 0;
}
