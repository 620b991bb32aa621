#include "adapters/sample_service/sample_server.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <csignal>
#include <mutex>
#include <optional>
#include <random>
#include <utility>

#include "adapters/sample_service/access_log.h"
#include "adapters/sample_service/cpu_allowance.h"
#include "adapters/sample_service/cpu_time.h"
#include "adapters/sample_service/sample_routes.h"

namespace loadcurve::sample {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

// Errors come back as values, beside the result.
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

// What a worker does: it uses CPU, and where that is limited it waits in between.
class Burner {
 public:
  Burner(const std::optional<CpuCores>& limit, const Clock& clock) : clock_(clock) {
    if (limit) allowance_.emplace(*limit, clock.MonotonicNow(), UsedSoFar());
  }

  asio::awaitable<void> Burn(Duration cpu) {
    if (!allowance_) BurnCpu(cpu);
    for (Duration slice{0}; allowance_ && cpu > Duration(0); cpu -= slice) {
      slice = std::min<Duration>(cpu, std::chrono::milliseconds(1));
      BurnCpu(slice);
      const Duration wait = Account();
      if (wait > Duration(0)) clock_.SleepUntil(clock_.MonotonicNow() + wait, {});
    }
    co_return;
  }

 private:
  // Of the whole program: what HTTP costs counts too.
  static Duration UsedSoFar() { return CpuTimeOf(getpid()).value_or(Duration(0)); }

  Duration Account() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return allowance_->WaitAt(clock_.MonotonicNow(), UsedSoFar());
  }

  const Clock& clock_;
  std::mutex mutex_;
  std::optional<CpuAllowance> allowance_;
};

const SampleRoute* RouteOf(std::string_view target) {
  for (const SampleRoute& route : SampleRoutes()) {
    if (route.path == target.substr(0, target.find('?'))) return &route;
  }
  return nullptr;
}

struct Answer {
  const SampleRoute* route;  // null: there is nothing to do
  http::status status;
  std::string_view text;
};

Answer AnswerFor(std::string_view target, bool refuses) {
  const SampleRoute* const route = RouteOf(target);
  if (route == nullptr) return {nullptr, http::status::not_found, "no such route\n"};
  if (refuses) return {nullptr, http::status::service_unavailable, "too much to do\n"};
  return {route, http::status::ok, "done\n"};
}

// All but the burner runs on the one thread of `io_`, so nothing here needs a lock.
class Server {
 public:
  Server(const ServerOptions& options, const Clock& clock, AccessLog log)
      : clock_(clock),
        log_(std::move(log)),
        random_(options.seed),
        acceptor_(io_),
        burner_(options.cpu_limit, clock),
        pool_(static_cast<std::size_t>(options.workers)) {}

  [[nodiscard]] Result<std::uint16_t> Listen() {
    const tcp::endpoint loopback(asio::ip::address_v4::loopback(), 0);
    boost::system::error_code error;
    acceptor_.open(loopback.protocol(), error);
    if (!error) acceptor_.bind(loopback, error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (error)
      return Fail(ErrorCode::kUnavailable,
                  fmt::format("cannot listen on the loopback address: {}", error.message()));
    return acceptor_.local_endpoint().port();
  }

  [[nodiscard]] Result<void> RunUntil(const std::stop_token& stop) {
    const std::stop_callback on_stop(stop, [this] { io_.stop(); });
    asio::co_spawn(io_, Accept(), asio::detached);
    asio::co_spawn(io_, Toggle(), asio::detached);
    io_.run();
    pool_.join();
    if (log_failure_) return tl::unexpected<Error>(*log_failure_);
    return {};
  }

 private:
  asio::awaitable<void> Accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(kAwait);
      if (error) co_return;
      socket.set_option(tcp::no_delay(true), error);
      asio::co_spawn(io_, Converse(std::move(socket)), asio::detached);
    }
  }

  asio::awaitable<void> Toggle() {
    for (;;) {
      const auto [error, number] = co_await toggles_.async_wait(kAwait);
      if (error) co_return;
      refuses_ = !refuses_;
    }
  }

  // Answers the requests of one connection, one after the other.
  asio::awaitable<void> Converse(tcp::socket socket) {
    boost::beast::flat_buffer buffer;
    for (;;) {
      http::request<http::empty_body> request;
      const auto [read_error, read] = co_await http::async_read(socket, buffer, request, kAwait);
      if (read_error) co_return;
      const Duration began = clock_.MonotonicNow();
      const std::string target(request.target());
      const Answer answer = AnswerFor(target, refuses_);
      if (answer.route != nullptr) co_await Carry(DrawWork(*answer.route, random_));

      http::response<http::string_body> response(answer.status, request.version());
      response.keep_alive(request.keep_alive());
      response.body() = answer.text;
      response.prepare_payload();
      const auto [write_error, written] = co_await http::async_write(socket, response, kAwait);
      Log({.ended = clock_.Now(),
           .duration = clock_.MonotonicNow() - began,
           .path = answer.status == http::status::not_found ? "/other" : RouteOf(target)->path,
           .status = static_cast<int>(response.result_int()),
           .body_bytes = response.body().size()});
      if (write_error || !response.keep_alive()) co_return;
    }
  }

  asio::awaitable<void> Carry(Work work) {
    if (work.wait > Duration(0)) {
      asio::steady_timer timer(io_);
      timer.expires_after(work.wait);
      co_await timer.async_wait(kAwait);
    }
    co_await asio::co_spawn(pool_, burner_.Burn(work.cpu), asio::use_awaitable);
  }

  void Log(const ServedRequest& request) {
    const Result<void> appended = log_.Append(request);
    if (appended) return;
    log_failure_ = appended.error();
    io_.stop();
  }

  const Clock& clock_;
  AccessLog log_;
  std::optional<Error> log_failure_;
  std::mt19937_64 random_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  asio::signal_set toggles_{io_, SIGUSR1};
  bool refuses_ = false;
  Burner burner_;
  asio::thread_pool pool_;
};

}  // namespace

Result<void> Serve(const ServerOptions& options, const Clock& clock, const std::stop_token& stop,
                   const std::function<void(std::uint16_t port)>& on_listening) {
  LC_TRY(AccessLog log, AccessLog::Open(options.access_log));
  try {
    Server server(options, clock, std::move(log));
    LC_TRY(const std::uint16_t port, server.Listen());
    on_listening(port);
    return server.RunUntil(stop);
  } catch (const std::exception& error) {
    return Fail(ErrorCode::kUnavailable, fmt::format("the sample service: {}", error.what()));
  }
}

}  // namespace loadcurve::sample
