#pragma once

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "adapters/mock/answer_text.h"
#include "adapters/mock/shared_state.h"

// How MockServer speaks with one client; for its own source only.
namespace loadcurve::mock {

// Answers the requests of one connection, one after the other. `Stream` is a tcp::socket or TLS
// over one.
template <class Stream>
class Conversation {
 public:
  // `begun` is what the client has said already.
  Conversation(Stream& stream, Turn& turn, Shared& shared, std::string_view begun)
      : stream_(stream), turn_(turn), shared_(shared) {
    incoming_.commit(boost::asio::buffer_copy(incoming_.prepare(begun.size()),
                                              boost::asio::buffer(begun.data(), begun.size())));
  }

  // Returns when the connection is to be closed.
  boost::asio::awaitable<void> Run() {
    for (;;) {
      // Not one expression: g++ 12 makes nothing good of two co_await in a condition.
      const bool is_asked = co_await ReadRequest();
      if (!is_asked) co_return;
      const bool goes_on = co_await AnswerRequest();
      if (!goes_on) co_return;
    }
  }

 private:
  static constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);
  using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

  boost::asio::awaitable<bool> ReadRequest() {
    turn_.BeClients(shared_.Now());
    parser_.emplace();
    parser_->header_limit(shared_.max_header_bytes);
    parser_->body_limit(boost::none);
    auto [error, size] =
        co_await boost::beast::http::async_read_header(stream_, incoming_, *parser_, kAwait);
    if (error) co_return false;
    if (boost::beast::iequals(parser_->get()[boost::beast::http::field::expect], "100-continue")) {
      const bool is_sent = co_await Send("HTTP/1.1 100 Continue\r\n\r\n");
      if (!is_sent) co_return false;
    }
    while (!parser_->is_done()) {
      parser_->get().body().data = shared_.dropped.data();
      parser_->get().body().size = shared_.dropped.size();
      std::tie(error, size) =
          co_await boost::beast::http::async_read(stream_, incoming_, *parser_, kAwait);
      if (error && error != boost::beast::http::error::need_buffer) co_return false;
      turn_.BeClients(shared_.Now());
    }
    turn_.BeOurs();
    co_return true;
  }

  // False where the connection is at its end.
  boost::asio::awaitable<bool> AnswerRequest() {
    const auto& request = parser_->get();
    const Duration came = shared_.Now();
    const auto method = View(request.method_string());
    const PlannedAnswer answer = shared_.model.Answer(method, View(request.target()), came);
    RouteTally& tally = shared_.tally[answer.route->name];
    ++tally.requests;
    if (answer.wait > Duration(0)) {
      boost::asio::steady_timer timer(stream_.get_executor());
      timer.expires_after(answer.wait - (shared_.Now() - came));
      co_await timer.async_wait(kAwait);
    }
    tally.Count(answer, shared_.Now() - came);
    if (answer.outcome == Outcome::kHang) co_return false;
    if (answer.outcome == Outcome::kReset) {
      boost::system::error_code ignored;
      auto& socket = boost::beast::get_lowest_layer(stream_);
      socket.set_option(boost::asio::socket_base::linger(true, 0), ignored);
      socket.close(ignored);
      co_return false;
    }
    const AnswerForm form{.is_head = method == "HEAD", .is_last = !request.keep_alive()};
    const bool is_sent = co_await SendAnswer(answer, form, tally);
    if (!is_sent) ++tally.left;
    co_return is_sent && !form.is_last && answer.outcome != Outcome::kCut;
  }

  boost::asio::awaitable<bool> SendAnswer(const PlannedAnswer& answer, AnswerForm form,
                                          RouteTally& tally) {
    outgoing_.clear();
    AppendHead(answer, form, outgoing_);
    const std::uint64_t rest = BodySize(answer, form.is_head);
    if (answer.outcome == Outcome::kCut && rest == 0) outgoing_.resize(outgoing_.size() / 2);
    tally.body_bytes += rest;
    turn_.BeClients(shared_.Now());
    std::string_view part = BodyFrom(answer, 0, rest);
    const std::array<boost::asio::const_buffer, 2> first = {boost::asio::buffer(outgoing_),
                                                            boost::asio::buffer(part)};
    auto [error, size] = co_await boost::asio::async_write(stream_, first, kAwait);
    for (std::uint64_t sent = part.size(); !error && sent < rest; sent += part.size()) {
      turn_.BeClients(shared_.Now());
      part = BodyFrom(answer, sent, rest);
      std::tie(error, size) =
          co_await boost::asio::async_write(stream_, boost::asio::buffer(part), kAwait);
    }
    co_return !error;
  }

  boost::asio::awaitable<bool> Send(std::string_view text) {
    const auto [error, size] =
        co_await boost::asio::async_write(stream_, boost::asio::buffer(text), kAwait);
    co_return !error;
  }

  template <class Text>
  static std::string_view View(const Text& text) {
    return {text.data(), text.size()};
  }

  Stream& stream_;
  Turn& turn_;
  Shared& shared_;
  boost::beast::flat_buffer incoming_;
  std::optional<Parser> parser_;
  std::string outgoing_;
};

}  // namespace loadcurve::mock
