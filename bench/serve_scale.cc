// How much memory and time `loadcurve serve` takes for many profiles, and how often it writes.
//
//   serve_scale PROFILES STEP_MINUTES STEPS [SETTLING_STEPS]
//
// Measures STEPS steps after every profile has a forecast, or after SETTLING_STEPS (2000).
//
// One process, in simulated time: a step every 15 s of the real ControlLoop, PublishStatus and
// StatusWriter, with sources that read the answers of a Prometheus made up in memory. What that
// Prometheus takes to write its answers is measured and left out. The weeks before the start come
// as counts, as from a history store. An HPA sets what is decided at once.

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numbers>
#include <string>
#include <vector>

#include "adapters/external_metrics/metric_board.h"
#include "adapters/external_metrics/published_status.h"
#include "adapters/kube/event_recorder.h"
#include "adapters/kube/kube_client.h"
#include "adapters/kube/profile_conditions.h"
#include "adapters/kube/status_writer.h"
#include "adapters/prometheus/presets.h"
#include "adapters/prometheus/prometheus_metric_source.h"
#include "base/check.h"
#include "cmd/allocation.h"
#include "scaler/control_loop.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve {
namespace {

constexpr Duration kInterval = std::chrono::seconds(15);
constexpr int kScrapeSeconds = 15;
constexpr int kPods = 2;
const TimePoint kStart = std::chrono::sys_days(std::chrono::year(2026) / 10 / 7);

double CpuSecondsOfThread() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double MegabytesNow() {
  std::ifstream file("/proc/self/statm");
  double pages = 0;
  file >> pages >> pages;
  return pages * 4096 / 1e6;
}

double MegabytesPeak() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;
}

// The wall is simulated, durations are real.
class BenchClock final : public Clock {
 public:
  TimePoint Now() const override { return now; }
  Duration MonotonicNow() const override { return real_.MonotonicNow(); }
  void SleepUntil(Duration, const std::stop_token&) const override {}

  TimePoint now = kStart + std::chrono::seconds(7);

 private:
  SystemClock real_;
};

// In [-1, 1], the same for the same numbers.
double Noise(std::int64_t a, std::int64_t b) {
  auto x = static_cast<std::uint64_t>(a * 1'000'003 + b) + 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return static_cast<double>((x ^ (x >> 31)) >> 11) * 0x1p-52 - 1;
}

// A workload's requests since 1970: some 20 to 200 a second, most at noon, fewer at weekends,
// with a noise of a few percent by the minute.
double RequestsUntil(int workload, double second) {
  const double base = 20 + 18 * (workload % 11);
  const double day = 86'400;
  const double turn = 2 * std::numbers::pi;
  const double shift = 600.0 * (workload % 24);
  const double daily = -0.5 * day / turn * std::cos(turn * (second - shift) / day);
  const double weekly = -0.2 * 7 * day / turn * std::cos(turn * (second - shift) / (7 * day));
  const double minute = std::floor(second / 60);
  const double part = second / 60 - minute;
  const auto whole = static_cast<std::int64_t>(minute);
  const double noise = (1 - part) * Noise(workload, whole) + part * Noise(workload, whole + 1);
  return base * (second + daily + weekly + noise * 1.5);
}

// Answers matrices of the histograms, sums, targets and gauges of the workloads that a query
// names ("w00042-").
class MadeUpPrometheus final : public http::HttpTransport {
 public:
  [[nodiscard]] Result<http::HttpResponse> Send(const http::HttpRequest& request,
                                                Duration) override {
    const double began = CpuSecondsOfThread();
    http::HttpResponse response{.status = 200, .body = AnswerTo(request.body)};
    ++queries;
    bytes += response.body.size();
    const std::lock_guard lock(mutex_);
    cpu_seconds_ += CpuSecondsOfThread() - began;
    return response;
  }
  [[nodiscard]] Result<http::HttpResponse> Stream(const http::HttpRequest&, Duration,
                                                  const std::stop_token&, const OnChunk&) override {
    return Fail(ErrorCode::kInternal, "nothing streams here");
  }

  double TakeCpuSeconds() { return std::exchange(cpu_seconds_, 0); }
  std::atomic<std::size_t> queries = 0;
  std::atomic<std::size_t> bytes = 0;
  TimePoint now;

 private:
  static double NumberAfter(const std::string& form, std::string_view name) {
    const std::size_t at = form.rfind(name);
    Check(at != std::string::npos, "the query names what it asks for");
    return std::stod(form.substr(at + name.size(), 24));
  }

  std::string AnswerTo(const std::string& form) const {
    std::string body = R"({"status":"success","data":{"resultType":"matrix","result":[)";
    const double end = NumberAfter(form, "time=");
    const double span = NumberAfter(form, "%5B") / 1e3;
    const bool is_sum = form.find("_sum%7B") != std::string::npos;
    const bool is_up = form.find("query=up") != std::string::npos;
    const std::size_t size = body.size();
    for (std::size_t at = form.find('w'); at != std::string::npos; at = form.find('w', at + 1)) {
      if (at + 6 >= form.size() || form[at + 6] != '-') continue;
      const int workload = std::stoi(form.substr(at + 1, 5));
      for (int pod = 0; pod < kPods; ++pod) {
        const auto add = [&](std::string_view labels, double share, double sum_each) {
          if (body.size() > size) body += ',';
          AddSeries(body, workload, pod, labels, end - span, end, share, sum_each);
        };
        if (is_up) {
          add(R"("__name__":"up")", 0, 0);
        } else if (is_sum) {
          add(R"("method":"GET","handler":"/","code":"200")", 1, 0.05);
        } else {
          for (const auto& [le, share] : {std::pair{"0.005", 0.1},
                                          {"0.025", 0.4},
                                          {"0.05", 0.6},
                                          {"0.1", 0.8},
                                          {"0.25", 0.95},
                                          {"1", 0.99},
                                          {"+Inf", 1.0}})
            add(fmt::format(R"("method":"GET","handler":"/","code":"200","le":"{}")", le), share,
                0);
        }
      }
    }
    return body + "]}}";
  }

  void AddSeries(std::string& body, int workload, int pod, std::string_view labels, double start,
                 double end, double share, double sum_each) const {
    fmt::format_to(std::back_inserter(body),
                   R"({{"metric":{{{0},"job":"web","instance":"10.{1}.{2}:80","pod":)"
                   R"("w{1:05}-7d9f8c6b5-abcd{2}"}},"values":[)",
                   labels, workload, pod);
    const double known = std::min(end, static_cast<double>(now.time_since_epoch().count()) / 1e6);
    const char* comma = "";
    for (auto second =
             static_cast<std::int64_t>(std::floor(start / kScrapeSeconds) + 1) * kScrapeSeconds;
         static_cast<double>(second) <= known; second += kScrapeSeconds) {
      const double requests =
          std::floor(RequestsUntil(workload, static_cast<double>(second)) / kPods * share -
                     1.7e9 * (20 + 18 * (workload % 11)) / kPods * share);
      if (share == 0) {
        fmt::format_to(std::back_inserter(body), R"({}[{},"1"])", comma, second);
      } else if (sum_each > 0) {
        fmt::format_to(std::back_inserter(body), R"({}[{},"{:.3f}"])", comma, second,
                       requests * sum_each);
      } else {
        fmt::format_to(std::back_inserter(body), R"({}[{},"{:.0f}"])", comma, second, requests);
      }
      comma = ",";
    }
    body += "]}";
  }

  std::mutex mutex_;
  double cpu_seconds_ = 0;
};

// Weeks before the start come as counts, all else from Prometheus.
class SourceWithPast final : public MetricSource {
 public:
  SourceWithPast(int workload, Duration step, prometheus::PrometheusMetricSource recent)
      : workload_(workload), step_(step), recent_(std::move(recent)) {}

  [[nodiscard]] Result<Measurement> Read(TimePoint since, TimePoint until) override {
    if (until - since < std::chrono::days(2)) return recent_.Read(since, until);
    MeasuredRequests measured{RequestCounts::Make(DurationBounds::Default(), step_).value()};
    const auto series = measured.counts.Intern("", "", RequestClass::kServed);
    const Duration mean = std::chrono::milliseconds(50);
    const auto bucket = measured.counts.bounds().BucketOf(mean);
    const auto second = [](TimePoint time) {
      return static_cast<double>(time.time_since_epoch().count()) / 1e6;
    };
    for (TimePoint at = since; at < until; at += step_) {
      const auto count = static_cast<std::uint64_t>(RequestsUntil(workload_, second(at + step_)) -
                                                    RequestsUntil(workload_, second(at)));
      measured.counts.AddCell(
          measured.counts.WindowOf(at), series, bucket,
          {.count = count, .duration_us = count * static_cast<std::uint64_t>(mean.count())});
    }
    return measured;
  }

 private:
  int workload_;
  Duration step_;
  prometheus::PrometheusMetricSource recent_;
};

// Sets what is decided, as an HPA would.
class InstantTarget final : public ScaleTarget {
 public:
  explicit InstantTarget(int profiles) : counts_(static_cast<std::size_t>(profiles), 2) {}

  [[nodiscard]] Result<ScaleObservation> Observe(const ScalingProfile& profile) override {
    const Replicas count(counts_[NumberOf(profile.fields().metadata.name)]);
    return ScaleObservation{.current = count, .ready = count};
  }
  [[nodiscard]] Result<void> Apply(const ScalingProfile& profile,
                                   const ReplicaDecision& decision) override {
    counts_[NumberOf(profile.fields().metadata.name)] = decision.desired.value();
    return {};
  }

 private:
  static std::size_t NumberOf(const std::string& name) {
    return static_cast<std::size_t>(std::stoi(name.substr(1)));
  }
  std::vector<std::int64_t> counts_;
};

// An API server that takes all that is written.
class MadeUpApiServer final : public http::HttpTransport {
 public:
  [[nodiscard]] Result<http::HttpResponse> Send(const http::HttpRequest& request,
                                                Duration) override {
    const bool is_status = request.url.find("/status") != std::string::npos;
    ++(is_status ? statuses : others);
    if (is_status) status_bytes += request.body.size();
    return http::HttpResponse{.status = 200, .body = "{}"};
  }
  [[nodiscard]] Result<http::HttpResponse> Stream(const http::HttpRequest&, Duration,
                                                  const std::stop_token&, const OnChunk&) override {
    return Fail(ErrorCode::kInternal, "nothing streams here");
  }
  std::size_t statuses = 0;
  std::size_t others = 0;
  std::size_t status_bytes = 0;
};

struct Size {
  int profiles = 1000;
  Duration step{0};
  int steps = 0;
  int settling = 2000;
  int namespaces = 0;
};

ScalingProfile ProfileOf(int number, const Size& size) {
  ScalingProfileFields fields{
      .load = {.weights = RequestWeights::Occupancy(std::chrono::milliseconds(50)).value()}};
  fields.metadata.namespace_name = fmt::format("team-{}", number % size.namespaces);
  fields.metadata.name = fmt::format("w{:05}", number);
  fields.forecast.step = size.step;
  ReplicaCapacity capacity;
  capacity.load = capacity.low = capacity.high = MetricsQps(20);
  capacity.weights_version = fields.load.Scale();
  fields.load.per_replica = capacity;
  return ScalingProfile::Make(fields).value();
}

double Quantile(std::vector<double> values, double level) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(level * static_cast<double>(values.size() - 1))];
}

class Bench {
 public:
  explicit Bench(const Size& size) : size_(size), target_(size.profiles) {
    auto client = prometheus::QueryClient::Make(prometheus_, {.base_url = "http://p"}).value();
    queries_ = std::make_shared<prometheus::SharedQueries>(std::move(client));
    const SystemClock real;
    const Duration began = real.MonotonicNow();
    for (int i = 0; i < size.profiles; ++i) Add(i);
    fmt::print("{} profiles in {} namespaces, step {} s: made in {:.2f} s, RSS {:.0f} MB\n",
               size.profiles, size.namespaces, Seconds(size.step),
               Seconds(real.MonotonicNow() - began), MegabytesNow());
  }

  void Run() {
    double worst = 0;
    int settling = 0;
    TickReport report;
    do {
      worst = std::max(worst, Step(report));
      if (settling++ == 0)
        fmt::print("first step: {:.2f} s, {} decided, {} put off, {} queries\n", worst,
                   report.decided, report.put_off, prometheus_.queries.load());
    } while (settling < 4 || (Learnt() < size_.profiles && settling < size_.settling));
    fmt::print("{} learnt after {} steps, the longest {:.2f} s; RSS {:.0f} MB, peak {:.0f} MB\n",
               Learnt(), settling, worst, MegabytesNow(), MegabytesPeak());
    api_server_.statuses = api_server_.others = api_server_.status_bytes = 0;
    prometheus_.queries = 0;
    prometheus_.bytes = 0;
    std::vector<double> times;
    std::size_t failed = 0;
    std::size_t put_off = 0;
    for (int i = 0; i < size_.steps; ++i) {
      times.push_back(Step(report));
      failed += report.failed;
      if (report.failed > 0 && failed == report.failed) TellAProblem();
      put_off = std::max(put_off, report.put_off);
    }
    const double seconds = size_.steps * Seconds(kInterval);
    fmt::print("{} steps: median {:.2f} s, p95 {:.2f} s, longest {:.2f} s; {} failed, {} put off\n",
               size_.steps, Quantile(times, 0.5), Quantile(times, 0.95), Quantile(times, 1), failed,
               put_off);
    fmt::print("{:.1f} queries a step, {:.1f} MB of answers a step\n",
               static_cast<double>(prometheus_.queries) / size_.steps,
               static_cast<double>(prometheus_.bytes) / size_.steps / 1e6);
    fmt::print("{:.2f} status writes a second of {} bytes, {:.2f} events a second\n",
               static_cast<double>(api_server_.statuses) / seconds,
               api_server_.status_bytes / std::max<std::size_t>(1, api_server_.statuses),
               static_cast<double>(api_server_.others) / seconds);
    fmt::print("RSS {:.0f} MB, peak {:.0f} MB\n", MegabytesNow(), MegabytesPeak());
  }

 private:
  std::ptrdiff_t Learnt() const {
    return std::ranges::count_if(
        decisions_.All(), [](const WorkloadStatus& status) { return status.forecast.has_value(); });
  }

  void TellAProblem() const {
    for (const WorkloadStatus& status : decisions_.All()) {
      if (status.problems.empty()) continue;
      fmt::print("{}: {}\n", ToString(status.profile), status.problems.front().message);
      return;
    }
  }

  void Add(int number) {
    ScalingProfile profile = ProfileOf(number, size_);
    prometheus::MetricSourceOptions options;
    options.names = {profile.Workload(), ""};
    options.names.workload.kind = "Deployment";
    options.names.workload.namespace_name = profile.fields().metadata.namespace_name;
    options.names.workload.name = profile.fields().metadata.name;
    options.step = size_.step;
    options.metric = prometheus::PresetNamed("client-library")->metric;
    options.metric.in_flight.clear();
    auto recent = prometheus::PrometheusMetricSource::Make(queries_, std::move(options)).value();
    stored_.push_back({.namespace_name = profile.fields().metadata.namespace_name,
                       .name = profile.fields().metadata.name,
                       .uid = fmt::format("{:036}", number),
                       .generation = 1,
                       .profile = profile,
                       .last_good = {},
                       .status = {}});
    auto source = std::make_unique<SourceWithPast>(number, size_.step, std::move(recent));
    Check(loop_.Set({std::move(profile), std::move(source), true}).has_value(), "it is ours");
  }

  // Seconds that a step took, without what Prometheus did.
  double Step(TickReport& report) {
    const SystemClock real;
    prometheus_.now = clock_.now;
    const Duration began = real.MonotonicNow();
    report = loop_.Step();
    for (const WorkloadStatus& status : decisions_.All())
      external_metrics::PublishStatus(status, Ratio(0.1), metrics_);
    first_written_ += 997;
    for (std::size_t i = 0; i < stored_.size(); ++i) {
      const kube::StoredProfile& profile = stored_[(first_written_ + i) % stored_.size()];
      const auto status = decisions_.Find({profile.namespace_name, profile.name});
      if (status) Check(writer_.Write(profile, kube::StatusOf(*status)).has_value(), "it is taken");
    }
    clock_.now += kInterval;
    written_at_.Advance(kInterval);
    return Seconds(real.MonotonicNow() - began) - prometheus_.TakeCpuSeconds() / kThreads;
  }

  static constexpr int kThreads = 2;

  Size size_;
  BenchClock clock_;
  MadeUpPrometheus prometheus_;
  MadeUpApiServer api_server_;
  std::shared_ptr<prometheus::SharedQueries> queries_;
  InstantTarget target_;
  DecisionBoard decisions_;
  external_metrics::MetricBoard metrics_{external_metrics::PublishedMetrics(), clock_};
  kube::KubeConfig config_{.server = "https://api"};
  kube::KubeClient client_{api_server_, config_, clock_};
  kube::EventRecorder events_{client_, clock_, "bench"};
  SimulatedClock written_at_;
  kube::StatusWriter writer_{client_, events_, written_at_};
  std::vector<kube::StoredProfile> stored_;
  std::size_t first_written_ = 0;
  ControlLoop loop_{clock_, target_, decisions_, {.history = std::chrono::days(15)}, kThreads};
};

}  // namespace
}  // namespace loadcurve

int main(int argc, char** argv) {
  using loadcurve::Size;
  if (argc < 4) {
    fmt::print("usage: serve_scale PROFILES STEP_MINUTES STEPS [SETTLING_STEPS]\n");
    return 2;
  }
  loadcurve::ReturnLargeBlocks();
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  Size size;
  size.profiles = std::stoi(argv[1]);
  size.step = std::chrono::minutes(std::stoi(argv[2]));
  size.steps = std::stoi(argv[3]);
  if (argc > 4) size.settling = std::stoi(argv[4]);
  size.namespaces = std::max(1, size.profiles / 100);
  loadcurve::Bench(size).Run();
  return 0;
}
