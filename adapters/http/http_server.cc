#include "adapters/http/http_server.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/http/server_worker.h"
#include "adapters/http/tls_context.h"
#include "base/check.h"

namespace loadcurve::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using WorkGuard = asio::executor_work_guard<asio::io_context::executor_type>;

[[nodiscard]] Result<std::shared_ptr<asio::ssl::context>> MakeTls(const CertificatePair& pair) {
  LC_TRY(SslContextHandle context, MakeServerContext(pair));
  return std::make_shared<asio::ssl::context>(context.release());
}

}  // namespace

class HttpServer::Core {
 public:
  Core(const ServerOptions& options, RequestHandler& handler, const Clock& clock)
      : shared_(options, handler, clock) {
    for (int i = 0; i < options.threads; ++i)
      workers_.push_back(std::make_unique<ServerWorker>(shared_));
  }

  ~Core() {
    try {
      if (!threads_.empty()) Stop();
    } catch (const std::exception&) {
      Check(false, "a server can always tell its own threads to stop");
    }
  }

  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  [[nodiscard]] Result<void> Listen() {
    error_code error;
    const auto address = asio::ip::make_address(shared_.options.address, error);
    if (error)
      return Fail(ErrorCode::kInvalidArgument,
                  "listening address '" + shared_.options.address + "'; expected an IP address");
    const tcp::endpoint endpoint(address, shared_.options.port);
    acceptor_.emplace(workers_.front()->io());
    acceptor_->open(endpoint.protocol(), error);
    if (!error) acceptor_->set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_->bind(endpoint, error);
    if (!error) acceptor_->listen(tcp::acceptor::max_listen_connections, error);
    if (!error) port_ = acceptor_->local_endpoint(error).port();
    if (error)
      return Fail(ErrorCode::kUnavailable, "cannot listen on " + shared_.options.address +
                                               " port " + std::to_string(shared_.options.port) +
                                               ": " + error.message());
    return {};
  }

  void Serve() {
    Accept();
    for (const auto& worker : workers_) {
      guards_.push_back(asio::make_work_guard(worker->io()));
      threads_.emplace_back([running = worker.get()] { running->Run(); });
    }
  }

  [[nodiscard]] Result<void> UseCertificate(const CertificatePair& pair) {
    LC_TRY(auto tls, MakeTls(pair));
    const std::lock_guard lock(tls_mutex_);
    tls_ = std::move(tls);
    return {};
  }

  void Drain(Duration grace) {
    StopAccepting();
    shared_.is_draining = true;
    for (const auto& worker : workers_) OnWorker(*worker, [&] { worker->CloseIdle(); });
    if (shared_.open == 0) shared_.drained.request_stop();
    shared_.clock.SleepUntil(shared_.clock.MonotonicNow() + grace, shared_.drained.get_token());
    for (const auto& worker : workers_) OnWorker(*worker, [&] { worker->Stop(); });
  }

  void CloseOverdue() {
    for (const auto& worker : workers_) OnWorker(*worker, [&] { worker->CloseOverdue(); });
  }

  ServerCounts counts() const {
    return {.open = shared_.open,
            .accepted = shared_.accepted,
            .refused = shared_.refused,
            .failed_handshakes = shared_.failed_handshakes,
            .overdue = shared_.overdue,
            .requests = shared_.requests};
  }

  std::uint16_t port() const { return port_; }

 private:
  // Runs `action` on the worker's thread and waits for its end.
  template <class Action>
  void OnWorker(ServerWorker& worker, const Action& action) {
    std::latch done(1);
    asio::post(worker.io(), [&] {
      action();
      done.count_down();
    });
    done.wait();
  }

  void Stop() {
    StopAccepting();
    for (const auto& worker : workers_) OnWorker(*worker, [&] { worker->Stop(); });
    shared_.waiting.join();  // answers that are being made come back to their worker
    guards_.clear();
  }

  void StopAccepting() {
    OnWorker(*workers_.front(), [this] {
      error_code ignored;
      acceptor_->close(ignored);
    });
  }

  // Connections go to the workers in turn: by chance, one of two would serve far more.
  void Accept() {
    ServerWorker& worker = *workers_[turn_++ % workers_.size()];
    acceptor_->async_accept(
        worker.io(), [this, &worker](const error_code& error, tcp::socket socket) {
          if (!acceptor_->is_open()) return;
          if (error) return AcceptLater();
          ++shared_.accepted;
          std::shared_ptr<asio::ssl::context> tls;
          {
            const std::lock_guard lock(tls_mutex_);
            tls = tls_;
          }
          asio::post(worker.io(),
                     [&worker, taken = std::move(socket), with = std::move(tls)]() mutable {
                       worker.Adopt(std::move(taken), std::move(with));
                     });
          Accept();
        });
  }

  // Out of descriptors, say: asking again at once would only spin.
  void AcceptLater() {
    pause_.emplace(workers_.front()->io(), std::chrono::milliseconds(100));
    pause_->async_wait([this](const error_code& error) {
      if (!error && acceptor_->is_open()) Accept();
    });
  }

  ServerShared shared_;
  std::mutex tls_mutex_;
  std::shared_ptr<asio::ssl::context> tls_;
  std::vector<std::unique_ptr<ServerWorker>> workers_;
  std::optional<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> pause_;
  std::size_t turn_ = 0;
  std::uint16_t port_ = 0;
  std::vector<WorkGuard> guards_;
  std::vector<std::jthread> threads_;  // joined first
};

HttpServer::HttpServer(std::unique_ptr<Core> core) : core_(std::move(core)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::Start(const ServerOptions& options,
                                                      const CertificatePair& pair,
                                                      RequestHandler& handler, const Clock& clock) {
  if (options.threads < 1 || options.waiting_threads < 1)
    return Fail(ErrorCode::kInvalidArgument, "a server without threads; expected at least one");
  auto core = std::make_unique<Core>(options, handler, clock);
  LC_TRY_VOID(core->UseCertificate(pair));
  LC_TRY_VOID(core->Listen());
  core->Serve();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(core)));
}

std::uint16_t HttpServer::port() const {
  return core_->port();
}

ServerCounts HttpServer::counts() const {
  return core_->counts();
}

Result<void> HttpServer::UseCertificate(const CertificatePair& pair) {
  return core_->UseCertificate(pair);
}

void HttpServer::Drain(Duration grace) {
  core_->Drain(grace);
}

void HttpServer::CloseOverdue() {
  core_->CloseOverdue();
}

}  // namespace loadcurve::http
