#include "adapters/replay/load_generator.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <boost/asio/ssl/context.hpp>
#include <cmath>
#include <thread>

#include "adapters/replay/load_worker.h"

namespace loadcurve::replay {
namespace {

namespace ssl = boost::asio::ssl;

Result<void> CheckRate(double rate, double max_rate) {
  if (std::isfinite(rate) && rate >= 0 && rate <= max_rate) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("the rate is {:g}/s; expected 0 to {:g}/s, the ceiling of --max-rate",
                          rate, max_rate));
}

Result<void> Loaded(boost::system::error_code error, std::string_view what,
                    const std::string& path) {
  if (!error) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{} '{}': {}; expected PEM", what, path, error.message()));
}

Result<void> LoadCertificates(const LoadOptions& options, ssl::context& context) {
  boost::system::error_code error;
  context.set_verify_mode(ssl::verify_peer, error);
  if (options.authorities_file.empty()) {
    context.set_default_verify_paths(error);
  } else {
    context.load_verify_file(options.authorities_file, error);
  }
  LC_TRY_VOID(Loaded(error, "--ca", options.authorities_file));
  if (options.certificate_file.empty()) return {};
  context.use_certificate_chain_file(options.certificate_file, error);
  LC_TRY_VOID(Loaded(error, "--client-certificate", options.certificate_file));
  context.use_private_key_file(options.key_file, ssl::context::pem, error);
  return Loaded(error, "--client-key", options.key_file);
}

// What we offer to speak over TLS (RFC 7301).
void OfferProtocols(HttpVersion http, ssl::context& context) {
  constexpr std::string_view kHttp2 = "\x02h2";
  constexpr std::string_view kEither = "\x02h2\x08http/1.1";
  if (http == HttpVersion::kHttp1) return;
  const std::string_view offer = http == HttpVersion::kHttp2 ? kHttp2 : kEither;
  SSL_CTX_set_alpn_protos(context.native_handle(),
                          reinterpret_cast<const unsigned char*>(offer.data()),
                          static_cast<unsigned>(offer.size()));
}

// Each connection is a file; the soft limit is often 1024.
void AllowManyFiles() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

class LoadGenerator::Core {
 public:
  Core(std::vector<Target> targets, std::shared_ptr<const RequestSet> requests,
       const LoadOptions& options, const Clock& clock)
      : options_(options), requests_(std::move(requests)), clock_(clock), from_(clock.Now()) {
    targets_ = std::move(targets);
  }
  ~Core() { Stop(Duration(0)); }

  Result<void> Begin() {
    LC_TRY_VOID(LoadCertificates(options_, tls_));
    OfferProtocols(options_.http, tls_);
    AllowManyFiles();
    const auto threads = static_cast<std::uint64_t>(options_.threads);
    const Duration start = clock_.MonotonicNow();
    for (std::uint64_t i = 0; i < threads; ++i)
      workers_.push_back(std::make_unique<LoadWorker>(
          targets_, requests_, options_, LoadWorker::Share{i, threads}, &tls_, clock_, start));
    for (const auto& worker : workers_) threads_.emplace_back([&worker] { worker->Run(); });
    return {};
  }

  Result<void> SetRate(double rate) {
    LC_TRY_VOID(CheckRate(rate, options_.max_rate));
    options_.rate = rate;
    for (const auto& worker : workers_) worker->SetRate(rate);
    return {};
  }

  Result<void> SetMix(const std::vector<double>& shares) {
    double sum = 0;
    for (const double share : shares) sum += share >= 0 ? share : std::nan("");
    if (shares.size() != requests_->routes.size() || !(sum > 0) || !std::isfinite(sum))
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("a mix of {} shares that add up to {}; expected {} shares >= 0, not "
                              "all 0",
                              shares.size(), sum, requests_->routes.size()));
    for (const auto& worker : workers_) worker->SetMix(shares);
    return {};
  }

  LoadInterval TakeInterval() {
    LoadInterval whole = Empty();
    whole.from = from_;
    for (const auto& worker : workers_) {
      LoadInterval part = Empty();
      worker->Exchange(part);
      const std::uint64_t in_flight = whole.in_flight + part.in_flight;
      const std::uint64_t waiting = whole.waiting + part.waiting;
      std::vector<std::uint64_t> overdue;
      for (std::size_t i = 0; i < targets_.size(); ++i)
        overdue.push_back(whole.targets[i].overdue + part.targets[i].overdue);
      whole.Append(part);
      whole.in_flight = in_flight;
      whole.waiting = waiting;
      for (std::size_t i = 0; i < targets_.size(); ++i) whole.targets[i].overdue = overdue[i];
    }
    whole.to = from_ = clock_.Now();
    whole.rate = options_.rate;
    return whole;
  }

  bool HasEnded() const {
    return std::all_of(workers_.begin(), workers_.end(),
                       [](const auto& worker) { return worker->has_ended(); });
  }

  void Stop(Duration grace) {
    for (const auto& worker : workers_) worker->Stop(grace);
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  LoadInterval Empty() const {
    LoadInterval empty(RequestCounts::Make(options_.bounds, options_.step).value());
    empty.targets.resize(targets_.size());
    empty.routes.resize(requests_->routes.size());
    empty.latency_counts.resize(options_.bounds.bucket_count());
    return empty;
  }

  LoadOptions options_;
  std::vector<Target> targets_;
  std::shared_ptr<const RequestSet> requests_;
  const Clock& clock_;
  TimePoint from_;
  ssl::context tls_{ssl::context::tls_client};
  std::vector<std::unique_ptr<LoadWorker>> workers_;
  std::vector<std::thread> threads_;
};

LoadGenerator::LoadGenerator(std::unique_ptr<Core> core) : core_(std::move(core)) {}
LoadGenerator::~LoadGenerator() = default;

Result<std::unique_ptr<LoadGenerator>> LoadGenerator::Start(
    std::vector<Target> targets, std::shared_ptr<const RequestSet> requests,
    const LoadOptions& options, const Clock& clock) {
  if (targets.empty()) return Fail(ErrorCode::kInvalidArgument, "no --target is named");
  if (requests->arrivals.empty())
    return Fail(ErrorCode::kInvalidArgument, "there is no request to send");
  LC_TRY_VOID(CheckRate(options.rate, options.max_rate));
  LC_TRY(auto empty, RequestCounts::Make(options.bounds, options.step));
  auto core = std::make_unique<Core>(std::move(targets), std::move(requests), options, clock);
  LC_TRY_VOID(core->Begin());
  return std::unique_ptr<LoadGenerator>(new LoadGenerator(std::move(core)));
}

Result<void> LoadGenerator::SetRate(double rate) {
  return core_->SetRate(rate);
}
Result<void> LoadGenerator::SetMix(std::vector<double> shares) {
  return core_->SetMix(shares);
}
LoadInterval LoadGenerator::TakeInterval() {
  return core_->TakeInterval();
}
bool LoadGenerator::HasEnded() const {
  return core_->HasEnded();
}
void LoadGenerator::Stop(Duration grace) {
  core_->Stop(grace);
}

}  // namespace loadcurve::replay
