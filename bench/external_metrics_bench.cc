// Reads a metric as an HPA does, over TLS with the front proxy's certificate, a selector, the
// right to read cached, from 1,000 profiles. Two loads:
// - closed: each connection asks again as soon as it has its answer: reads/s that the machine
//   can do, clients included, which take about half of it;
// - paced: a fixed rate, latency counted from when a request was due.
// Prints the median and the range of several runs.
//
//   external_metrics_bench [CONNECTIONS] [READS] [RUNS] [PACED_READS_PER_SECOND]

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "adapters/external_metrics/api_server.h"
#include "adapters/external_metrics/metric_board.h"
#include "adapters/http/http_server.h"
#include "base/check.h"

namespace loadcurve {
namespace {

constexpr int kClientThreads = 2;
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

// One keep-alive connection of a client; not blocking after its handshake.
class Reader {
 public:
  Reader(SSL_CTX* context, std::uint16_t port, int profile)
      : socket_(socket(AF_INET, SOCK_STREAM, 0)), ssl_(SSL_new(context)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    Check(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0,
          "the server listens");
    const int one = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    SSL_set_fd(ssl_, socket_);
    SSL_set_read_ahead(ssl_, 1);  // one system call a record
    Check(SSL_connect(ssl_) == 1, "the handshake goes well");
    request_ = fmt::format(
        "GET /apis/external.metrics.k8s.io/v1beta1/namespaces/shop/loadcurve-replicas"
        "?labelSelector=scalingprofile%3Dp{} HTTP/1.1\r\nHost: 10.96.7.7:443\r\n"
        "User-Agent: kube-controller-manager/v1.36.2 (linux/amd64) kubernetes/abcdef/"
        "horizontal-pod-autoscaler\r\n"
        "Accept: application/vnd.kubernetes.protobuf, */*\r\n"
        "Audit-Id: 8a9b1c2d-3e4f-5061-7283-94a5b6c7d8e9\r\n"
        "X-Forwarded-For: 10.0.0.1\r\n"
        "X-Remote-Extra-Authentication.kubernetes.io%2fcredential-Id: "
        "JTI=8a9b1c2d-3e4f-5061-7283-94a5b6c7d8e9\r\n"
        "X-Remote-Group: system:serviceaccounts\r\n"
        "X-Remote-Group: system:serviceaccounts:kube-system\r\n"
        "X-Remote-Group: system:authenticated\r\n"
        "X-Remote-Uid: 8a9b1c2d-3e4f-5061-7283-94a5b6c7d8e9\r\n"
        "X-Remote-User: system:serviceaccount:kube-system:horizontal-pod-autoscaler\r\n"
        "Accept-Encoding: gzip\r\n\r\n",
        profile);
  }
  ~Reader() {
    SSL_free(ssl_);
    close(socket_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  int socket_number() const { return socket_; }

  void Ask(Duration due) {
    due_ = due;
    Check(SSL_write(ssl_, request_.data(), static_cast<int>(request_.size())) ==
              static_cast<int>(request_.size()),
          "a request fits into the socket's buffer");
  }

  // True once the whole answer is here.
  bool HasAnswer() {
    const int size = SSL_read(ssl_, answer_.data(), static_cast<int>(answer_.size()));
    if (size <= 0) return false;
    const std::string_view text(answer_.data(), static_cast<std::size_t>(size));
    Check(text.starts_with("HTTP/1.1 200") && text.ends_with("}]}\n"), "an answer is one record");
    return true;
  }

  Duration due() const { return due_; }

 private:
  int socket_;
  SSL* ssl_;
  std::string request_;
  Duration due_{0};
  std::array<char, 16384> answer_{};
};

struct Load {
  int connections = 16;
  int reads = 200'000;
  int runs = 5;
  double paced_rate = 5000;  // reads a second
};

struct Outcome {
  std::vector<double> latencies_us;
  double client_cpu_seconds = 0;
};

// One thread of clients; `interval` 0: closed loop, else the time between two requests.
Outcome ReadAll(World& world, SSL_CTX* context, const Load& load, int thread, Duration interval,
                Duration start) {
  const int epoll = epoll_create1(0);
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < std::max(1, load.connections / kClientThreads); ++i) {
    readers.push_back(std::make_unique<Reader>(context, world.server->port(),
                                               (i * 37 + thread * 11) % kProfiles));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = static_cast<std::uint32_t>(i);
    epoll_ctl(epoll, EPOLL_CTL_ADD, readers.back()->socket_number(), &event);
  }
  const int wanted = load.reads / kClientThreads;
  Outcome outcome;
  outcome.latencies_us.reserve(static_cast<std::size_t>(wanted));
  std::vector<Reader*> free;
  for (const auto& reader : readers) free.push_back(reader.get());
  int sent = 0;
  Duration next = std::max(start, world.clock.MonotonicNow());
  const auto send = [&] {
    while (sent < wanted && !free.empty()) {
      const Duration now = world.clock.MonotonicNow();
      if (interval > Duration(0) && now < next) return;
      free.back()->Ask(interval > Duration(0) ? next : now);
      free.pop_back();
      ++sent;
      next += interval;
    }
  };
  std::array<epoll_event, 64> events{};
  while (outcome.latencies_us.size() < static_cast<std::size_t>(wanted)) {
    send();
    timespec patience{.tv_sec = 1, .tv_nsec = 0};
    if (interval > Duration(0) && sent < wanted && !free.empty()) {
      const Duration left = std::max(Duration(0), next - world.clock.MonotonicNow());
      patience = {.tv_sec = 0, .tv_nsec = std::min<long>(left.count(), 999'999) * 1000};
    }
    const int count = epoll_pwait2(epoll, events.data(), events.size(), &patience, nullptr);
    for (int i = 0; i < count; ++i) {
      Reader& reader = *readers[events[static_cast<std::size_t>(i)].data.u32];
      if (!reader.HasAnswer()) continue;
      outcome.latencies_us.push_back(
          static_cast<double>((world.clock.MonotonicNow() - reader.due()).count()));
      free.push_back(&reader);
    }
  }
  close(epoll);
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  outcome.client_cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  return outcome;
}

struct Figures {
  double reads_per_second, p50_us, p99_us, server_cpu_us;
};

double ProcessCpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

Figures Run(World& world, SSL_CTX* context, const Load& load, Duration interval) {
  std::array<Outcome, kClientThreads> outcomes;
  const double cpu_before = ProcessCpuSeconds();
  const Duration begin = world.clock.MonotonicNow();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kClientThreads; ++i)
      threads.emplace_back([&, i] {
        outcomes.at(static_cast<std::size_t>(i)) =
            ReadAll(world, context, load, i, interval, begin + interval * i / kClientThreads);
      });
  }
  const double seconds = Seconds(world.clock.MonotonicNow() - begin);
  double server_cpu = ProcessCpuSeconds() - cpu_before;
  std::vector<double> all;
  for (const Outcome& outcome : outcomes) {
    all.insert(all.end(), outcome.latencies_us.begin(), outcome.latencies_us.end());
    server_cpu -= outcome.client_cpu_seconds;
  }
  std::sort(all.begin(), all.end());
  const auto count = static_cast<double>(all.size());
  return {.reads_per_second = count / seconds,
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

void Report(const char* title, World& world, SSL_CTX* context, const Load& load,
            Duration interval) {
  std::vector<Figures> runs;
  for (int i = 0; i < load.runs; ++i) runs.push_back(Run(world, context, load, interval));
  fmt::print(
      "{}\n  reads/s                {}\n  p50 us                 {}\n"
      "  p99 us                 {}\n  server CPU us a read   {}\n",
      title, MedianAndRange(runs, &Figures::reads_per_second),
      MedianAndRange(runs, &Figures::p50_us), MedianAndRange(runs, &Figures::p99_us),
      MedianAndRange(runs, &Figures::server_cpu_us));
}

SSL_CTX* ClientContext(const http::CertificatePair& pair) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  BIO* certificate_text = BIO_new_mem_buf(pair.certificate_pem.data(), -1);
  BIO* key_text = BIO_new_mem_buf(pair.key_pem.data(), -1);
  X509* certificate = PEM_read_bio_X509(certificate_text, nullptr, nullptr, nullptr);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr);
  Check(SSL_CTX_use_certificate(context, certificate) == 1 &&
            SSL_CTX_use_PrivateKey(context, key) == 1,
        "the pair is ours");
  X509_free(certificate);
  EVP_PKEY_free(key);
  BIO_free(certificate_text);
  BIO_free(key_text);
  return context;
}

void Main(const Load& load) {
  World world;
  SSL_CTX* context = ClientContext(world.proxy);
  fmt::print("{} connections, {} reads a run, {} runs: median (range)\n", load.connections,
             load.reads, load.runs);
  Report("closed loop", world, context, load, Duration(0));
  Load paced = load;
  paced.reads = static_cast<int>(load.paced_rate * 5);
  Report(fmt::format("paced, {} reads/s", load.paced_rate).c_str(), world, context, paced,
         Duration(static_cast<std::int64_t>(1e6 * kClientThreads / load.paced_rate)));
  fmt::print("SubjectAccessReviews asked: {}\n", world.transport.asked());
  SSL_CTX_free(context);
}

}  // namespace
}  // namespace loadcurve

int main(int count, char** arguments) {
  loadcurve::Load load;
  if (count > 1) load.connections = std::atoi(arguments[1]);
  if (count > 2) load.reads = std::atoi(arguments[2]);
  if (count > 3) load.runs = std::atoi(arguments[3]);
  if (count > 4) load.paced_rate = std::atof(arguments[4]);
  loadcurve::Main(load);
  return 0;
}
