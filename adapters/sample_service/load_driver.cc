#include "adapters/sample_service/load_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <deque>
#include <string>
#include <vector>

#include "adapters/sample_service/sample_routes.h"

namespace loadcurve::sample {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

// Everything runs on the thread that calls Run.
class Driver {
 public:
  Driver(std::span<const Arrival> arrivals, const DriveOptions& options, const Clock& clock)
      : arrivals_(arrivals), options_(options), clock_(clock), wake_(io_), deadline_(io_) {
    wake_.expires_at(asio::steady_timer::time_point::max());
    latencies_.reserve(arrivals.size());
  }

  void Run(const std::stop_token& stop) {
    const std::stop_callback on_stop(stop, [this] { io_.stop(); });
    start_ = clock_.MonotonicNow();
    asio::co_spawn(io_, Schedule(), asio::detached);
    io_.run();
  }

  DriveReport Report() {
    std::sort(latencies_.begin(), latencies_.end());
    const auto quantile = [&](std::size_t percent) {
      return latencies_.empty() ? Duration(0) : latencies_[(latencies_.size() - 1) * percent / 100];
    };
    return {.sent = sent_,
            .answered = latencies_.size(),
            .median_latency = quantile(50),
            .p99_latency = quantile(99),
            .worst_delay = worst_delay_};
  }

 private:
  asio::awaitable<void> Schedule() {
    asio::steady_timer timer(io_);
    for (const Arrival& arrival : arrivals_) {
      timer.expires_after(start_ + arrival.at - clock_.MonotonicNow());
      co_await timer.async_wait(kAwait);
      const Duration elapsed = clock_.MonotonicNow() - start_;
      worst_delay_ = std::max(worst_delay_, elapsed - arrival.at);
      options_.on_progress(elapsed);
      Enqueue(arrival);
    }
    is_planned_out_ = true;
    wake_.cancel();
    EndWhenDone();
    deadline_.expires_after(options_.grace);
    co_await deadline_.async_wait(kAwait);
    io_.stop();
  }

  void Enqueue(const Arrival& arrival) {
    due_.push_back(arrival);
    if (idle_ > 0) {
      --idle_;
      wake_.cancel_one();
    } else if (connections_ < options_.max_connections) {
      ++connections_;
      asio::co_spawn(io_, Connection(), asio::detached);
    }
  }

  // One keep-alive connection: takes what is due, waits where nothing is.
  asio::awaitable<void> Connection() {
    tcp::socket socket(io_);
    while (!due_.empty() || !is_planned_out_) {
      if (due_.empty()) {
        ++idle_;
        co_await wake_.async_wait(kAwait);
        continue;
      }
      const Arrival arrival = due_.front();
      due_.pop_front();
      ++sent_;
      ++in_flight_;
      const bool is_answered = co_await Ask(socket, SampleRoutes()[arrival.route].path);
      --in_flight_;
      if (is_answered) latencies_.push_back(clock_.MonotonicNow() - start_ - arrival.at);
    }
    EndWhenDone();
  }

  // True for an answer of status 200; else the connection is closed, to be opened anew.
  asio::awaitable<bool> Ask(tcp::socket& socket, std::string_view path) const {
    boost::system::error_code failure;
    if (!socket.is_open()) {
      const tcp::endpoint service(asio::ip::address_v4::loopback(), options_.port);
      const auto [error] = co_await socket.async_connect(service, kAwait);
      failure = error;
      if (!failure) socket.set_option(tcp::no_delay(true), failure);
    }
    http::request<http::empty_body> request(http::verb::get, path, 11);
    request.set(http::field::host, "localhost");
    if (!failure) {
      const auto [error, written] = co_await http::async_write(socket, request, kAwait);
      failure = error;
    }
    boost::beast::flat_buffer buffer;
    http::response<http::string_body> response;
    if (!failure) {
      const auto [error, read] = co_await http::async_read(socket, buffer, response, kAwait);
      failure = error;
    }
    if (failure) socket.close(failure);
    co_return socket.is_open() && response.result() == http::status::ok;
  }

  void EndWhenDone() {
    if (is_planned_out_ && due_.empty() && in_flight_ == 0) io_.stop();
  }

  std::span<const Arrival> arrivals_;
  const DriveOptions& options_;
  const Clock& clock_;
  asio::io_context io_{1};
  asio::steady_timer wake_;  // never fires; cancelled to wake idle connections
  asio::steady_timer deadline_;

  Duration start_{0};
  std::deque<Arrival> due_;
  std::size_t connections_ = 0;
  std::size_t idle_ = 0;
  std::size_t in_flight_ = 0;
  bool is_planned_out_ = false;

  std::size_t sent_ = 0;
  std::vector<Duration> latencies_;
  Duration worst_delay_{0};
};

}  // namespace

Result<DriveReport> Drive(std::span<const Arrival> arrivals, const DriveOptions& options,
                          const Clock& clock, const std::stop_token& stop) {
  try {
    Driver driver(arrivals, options, clock);
    driver.Run(stop);
    if (stop.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped while sending load");
    return driver.Report();
  } catch (const std::exception& error) {
    return Fail(ErrorCode::kUnavailable, fmt::format("sending load: {}", error.what()));
  }
}

}  // namespace loadcurve::sample
