#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <unordered_set>

#include "adapters/http/http_server.h"

// How HttpServer works inside, for its own sources only: Boost.Asio stays out of its header.
namespace loadcurve::http {

class ServerConnection;

// What all connections of a server share. Thread-safe.
struct ServerShared {
  ServerShared(const ServerOptions& with, RequestHandler& answers, const Clock& time)
      : options(with),
        handler(answers),
        clock(time),
        waiting(static_cast<std::size_t>(with.waiting_threads)) {}

  const ServerOptions options;
  RequestHandler& handler;
  const Clock& clock;
  boost::asio::thread_pool waiting;
  std::atomic<std::size_t> waiting_now{0};

  std::atomic<bool> is_draining{false};
  std::stop_source drained;  // asked to stop once draining and nothing is open

  std::atomic<std::size_t> open{0};
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> failed_handshakes{0};
  std::atomic<std::uint64_t> overdue{0};
  std::atomic<std::uint64_t> requests{0};
};

// One thread with its own connections, so that none of them needs a lock. All but the
// constructor, Post and io() belongs to that thread.
class ServerWorker {
 public:
  explicit ServerWorker(ServerShared& shared);

  boost::asio::io_context& io() { return io_; }
  ServerShared& shared() { return shared_; }

  // Serves until Stop() and all connections are gone.
  void Run();
  // Closes everything; Run() returns.
  void Stop();

  void Adopt(boost::asio::ip::tcp::socket socket, std::shared_ptr<boost::asio::ssl::context> tls);
  // Called by a connection as the last thing it does.
  void Forget(const std::shared_ptr<ServerConnection>& connection);

  void CloseOverdue();
  void CloseIdle();

  // "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7); made once a second.
  const std::string& Date();

 private:
  bool MakeRoom();
  void Tick();

  ServerShared& shared_;
  boost::asio::io_context io_{1};
  boost::asio::steady_timer timer_{io_};
  std::unordered_set<std::shared_ptr<ServerConnection>> connections_;
  TimePoint date_second_{Duration(-1)};
  std::string date_;
};

}  // namespace loadcurve::http
