#include "adapters/mock/mock_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <csignal>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/http/tls_context.h"
#include "adapters/mock/control_endpoint.h"
#include "adapters/mock/conversation.h"
#include "adapters/mock/http2_conversation.h"

namespace loadcurve::mock {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

// Errors come back as values, beside the result.
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr Duration kHandshakeLimit = std::chrono::seconds(10);

// What a client of HTTP/2 says first (RFC 9113, 3.4); no request of HTTP/1.1 begins so.
constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// Over TLS a client that offers HTTP/2 gets it (RFC 7301).
int ChooseProtocol(SSL*, const unsigned char** chosen, unsigned char* size,
                   const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr std::string_view kOurs("\x02h2\x08http/1.1");
  unsigned char* found = nullptr;
  const int result =
      SSL_select_next_proto(&found, size, reinterpret_cast<const unsigned char*>(kOurs.data()),
                            kOurs.size(), offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

Result<Endpoint> ListenOn(tcp::acceptor& acceptor, const Endpoint& wished) {
  error_code error;
  const tcp::endpoint endpoint(asio::ip::make_address(wished.address, error), wished.port);
  if (!error) acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  Endpoint got = wished;
  if (!error) got.port = acceptor.local_endpoint(error).port();
  if (error)
    return Fail(ErrorCode::kUnavailable,
                fmt::format("cannot listen on {}: {}", wished.Text(), error.message()));
  return got;
}

}  // namespace

Result<Endpoint> Endpoint::Parse(std::string_view option, std::string_view text) {
  const std::size_t colon = text.rfind(':');
  Endpoint endpoint;
  endpoint.address = text.substr(0, colon == std::string_view::npos ? 0 : colon);
  const std::string_view digits =
      colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  const auto [end, parsing] =
      std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
  if (endpoint.address == "localhost") endpoint.address = "127.0.0.1";
  if (endpoint.address.starts_with('[') && endpoint.address.ends_with(']'))
    endpoint.address = endpoint.address.substr(1, endpoint.address.size() - 2);
  error_code error;
  asio::ip::make_address(endpoint.address, error);
  if (error || digits.empty() || parsing != std::errc() || end != digits.data() + digits.size())
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} is '{}'; expected ADDRESS:PORT, as 127.0.0.1:8080; port 0 is any",
                            option, text));
  return endpoint;
}

std::string Endpoint::Text() const {
  const bool is_v6 = address.find(':') != std::string::npos;
  return is_v6 ? fmt::format("[{}]:{}", address, port) : fmt::format("{}:{}", address, port);
}

// All of it runs on the one thread that calls RunUntil, so nothing here needs a lock.
class MockServer::Core {
 public:
  Core(const MockOptions& options, std::shared_ptr<const MockPlan> plan, const Clock& clock)
      : options_(options),
        shared_{.model = ServiceModel(std::move(plan), options.seed), .clock = clock} {}

  [[nodiscard]] Result<void> Listen() {
    if (options_.identity) {
      LC_TRY(http::SslContextHandle context, http::MakeServerContext(*options_.identity));
      SSL_CTX_set_alpn_select_cb(context.get(), ChooseProtocol, nullptr);
      tls_.emplace(context.release());
    }
    LC_TRY(options_.listen, ListenOn(acceptor_, options_.listen));
    if (!options_.control) return {};
    LC_TRY(options_.control, ListenOn(control_, *options_.control));
    return {};
  }

  [[nodiscard]] Result<void> RunUntil(const std::stop_token& stop, Reload reload,
                                      OnReload on_reload) {
    reload_ = std::move(reload);
    shared_.began = shared_.clock.MonotonicNow();
    const std::stop_callback on_stop(stop, [this] { io_.stop(); });
    asio::co_spawn(io_, Accept(), asio::detached);
    if (options_.control) asio::co_spawn(io_, AcceptControl(), asio::detached);
    asio::co_spawn(io_, AwaitReloads(std::move(on_reload)), asio::detached);
    io_.run();
    ended_ = shared_.Now();
    return {};
  }

  const MockOptions& options() const { return options_; }
  const Shared& shared() const { return shared_; }
  Duration ended() const { return ended_; }
  std::size_t most_open() const { return most_open_; }
  std::uint64_t refused() const { return refused_; }

 private:
  [[nodiscard]] Result<void> TakeNewPlan() {
    LC_TRY(auto plan, reload_());
    shared_.model.Use(std::move(plan), shared_.Now());
    return {};
  }

  asio::awaitable<void> AwaitReloads(OnReload on_reload) {
    for (;;) {
      const auto [error, number] = co_await hangups_.async_wait(kAwait);
      if (error) co_return;
      on_reload(TakeNewPlan());
    }
  }

  asio::awaitable<void> Accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(kAwait);
      if (error == asio::error::operation_aborted) co_return;
      if (error) {
        co_await Pause();
        continue;
      }
      if (open_ >= options_.max_connections) {
        ++refused_;
        continue;
      }
      socket.set_option(tcp::no_delay(true), error);
      most_open_ = std::max(most_open_, ++open_);
      Begin(std::move(socket));
    }
  }

  void Begin(tcp::socket socket) {
    using Tls = asio::ssl::stream<tcp::socket>;
    asio::steady_timer limit(io_);
    if (tls_)
      asio::co_spawn(io_,
                     ConverseOverTls(std::make_shared<Link<Tls>>(Link<Tls>{
                         .stream = Tls(std::move(socket), *tls_), .limit = std::move(limit)})),
                     asio::detached);
    else
      asio::co_spawn(io_,
                     Converse(std::make_shared<Link<tcp::socket>>(Link<tcp::socket>{
                         .stream = std::move(socket), .limit = std::move(limit)})),
                     asio::detached);
  }

  // Out of descriptors, say: asking again at once would only spin.
  asio::awaitable<void> Pause() {
    asio::steady_timer pause(io_, std::chrono::milliseconds(100));
    co_await pause.async_wait(kAwait);
  }

  // Closes the connection where its client is silent for `limit` at its turn; looks again and
  // again until the limit is cancelled.
  template <class Stream>
  void CloseWhenSilent(const std::shared_ptr<Link<Stream>>& link, Duration limit) {
    const Duration silent = link->turn.is_clients ? shared_.Now() - link->turn.since : Duration(0);
    link->limit.expires_after(limit - silent);
    link->limit.async_wait([this, link, limit](const error_code& error) {
      if (error) return;
      error_code ignored;
      if (link->turn.is_clients && shared_.Now() - link->turn.since >= limit)
        boost::beast::get_lowest_layer(link->stream).close(ignored);
      else
        CloseWhenSilent(link, limit);
    });
  }

  // Enough of them to tell HTTP/2 from HTTP/1.1; fewer where there are no more.
  template <class Stream>
  static asio::awaitable<std::string> FirstBytes(Stream& stream) {
    std::string bytes;
    std::array<char, 4096> part{};
    do {
      const auto [error, size] = co_await stream.async_read_some(asio::buffer(part), kAwait);
      if (error) break;
      bytes.append(part.data(), size);
    } while (bytes.size() < kHttp2Preface.size() && kHttp2Preface.starts_with(bytes));
    co_return bytes;
  }

  template <class Stream>
  asio::awaitable<void> Converse(std::shared_ptr<Link<Stream>> link) {
    link->turn.BeClients(shared_.Now());
    CloseWhenSilent(link, options_.idle_limit);
    const std::string begun = co_await FirstBytes(link->stream);
    if (begun.starts_with(kHttp2Preface)) {
      const auto conversation = std::make_shared<Http2Conversation<Stream>>(link, shared_);
      co_await conversation->Run(begun);
    } else {
      Conversation<Stream> conversation(link->stream, link->turn, shared_, begun);
      co_await conversation.Run();
    }
    link->limit.cancel();
    --open_;
  }

  asio::awaitable<void> ConverseOverTls(
      std::shared_ptr<Link<asio::ssl::stream<tcp::socket>>> link) {
    link->turn.BeClients(shared_.Now());
    CloseWhenSilent(link, kHandshakeLimit);
    const auto [failed] =
        co_await link->stream.async_handshake(asio::ssl::stream_base::server, kAwait);
    if (!failed) co_return co_await Converse(link);
    link->limit.cancel();
    --open_;
  }

  asio::awaitable<void> AcceptControl() {
    for (;;) {
      auto [error, socket] = co_await control_.async_accept(kAwait);
      if (error == asio::error::operation_aborted) co_return;
      if (error)
        co_await Pause();
      else
        asio::co_spawn(io_, Steer(std::move(socket)), asio::detached);
    }
  }

  asio::awaitable<void> Steer(tcp::socket socket) {
    boost::beast::flat_buffer buffer;
    beast_http::request<beast_http::string_body> request;
    const auto [read_error, read] =
        co_await beast_http::async_read(socket, buffer, request, kAwait);
    if (read_error) co_return;
    const ControlAnswer answer =
        AnswerControl({request.method_string().data(), request.method_string().size()},
                      {request.target().data(), request.target().size()}, shared_.Now(),
                      shared_.model, [this] { return TakeNewPlan(); });
    beast_http::response<beast_http::string_body> response(
        beast_http::int_to_status(static_cast<unsigned>(answer.status)), request.version());
    response.set(beast_http::field::content_type, "application/json");
    response.keep_alive(false);
    response.body() = answer.body;
    response.prepare_payload();
    co_await beast_http::async_write(socket, response, kAwait);
  }

  MockOptions options_;
  Shared shared_;
  Reload reload_;
  std::size_t open_ = 0;
  std::size_t most_open_ = 0;
  std::uint64_t refused_ = 0;
  Duration ended_{0};
  std::optional<asio::ssl::context> tls_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  tcp::acceptor control_{io_};
  asio::signal_set hangups_{io_, SIGHUP};
};

MockServer::MockServer(std::unique_ptr<Core> core) : core_(std::move(core)) {}
MockServer::~MockServer() = default;

Result<std::unique_ptr<MockServer>> MockServer::Listen(const MockOptions& options,
                                                       std::shared_ptr<const MockPlan> plan,
                                                       const Clock& clock) {
  try {
    auto core = std::make_unique<Core>(options, std::move(plan), clock);
    LC_TRY_VOID(core->Listen());
    return std::unique_ptr<MockServer>(new MockServer(std::move(core)));
  } catch (const std::exception& error) {
    return Fail(ErrorCode::kUnavailable, fmt::format("the mock: {}", error.what()));
  }
}

Result<void> MockServer::RunUntil(const std::stop_token& stop, Reload reload, OnReload on_reload) {
  try {
    return core_->RunUntil(stop, std::move(reload), std::move(on_reload));
  } catch (const std::exception& error) {
    return Fail(ErrorCode::kUnavailable, fmt::format("the mock: {}", error.what()));
  }
}

const Endpoint& MockServer::listens_on() const {
  return core_->options().listen;
}
const std::optional<Endpoint>& MockServer::controlled_on() const {
  return core_->options().control;
}
const AnswerTally& MockServer::tally() const {
  return core_->shared().tally;
}
const ServiceModel& MockServer::model() const {
  return core_->shared().model;
}
Duration MockServer::uptime() const {
  return core_->ended();
}
std::size_t MockServer::most_connections() const {
  return core_->most_open();
}
std::uint64_t MockServer::refused_connections() const {
  return core_->refused();
}

}  // namespace loadcurve::mock
