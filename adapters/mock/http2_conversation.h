#pragma once

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <memory>
#include <string_view>
#include <utility>

#include "adapters/mock/http2_session.h"
#include "adapters/mock/shared_state.h"

// How MockServer speaks with one client; for its own source only.
namespace loadcurve::mock {

// Answers the requests of one connection over HTTP/2, each when it is due. Kept alive by the
// answers that are not due yet.
template <class Stream>
class Http2Conversation : public std::enable_shared_from_this<Http2Conversation<Stream>> {
 public:
  explicit Http2Conversation(std::shared_ptr<Link<Stream>> link, Shared& shared)
      : link_(std::move(link)), shared_(shared), session_(shared.tally) {}

  // Returns when the connection is to be closed. `begun` is what the client has said already.
  boost::asio::awaitable<void> Run(std::string_view begun) {
    session_.OnBytes(begun);
    for (;;) {
      TakeRequests();
      Write();
      if (session_.IsOver()) break;
      const auto [error, size] =
          co_await link_->stream.async_read_some(boost::asio::buffer(incoming_), kAwait);
      if (error) break;
      link_->turn.BeClients(shared_.Now());
      session_.OnBytes({incoming_.data(), size});
    }
    session_.Leave();
    Close();
  }

 private:
  static constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);

  void Close() {
    boost::system::error_code ignored;
    boost::beast::get_lowest_layer(link_->stream).close(ignored);
  }

  void TakeRequests() {
    for (const Http2Session::Request& request : session_.TakeRequests()) {
      const Duration came = shared_.Now();
      const PlannedAnswer answer = shared_.model.Answer(request.method, request.target, came);
      ++shared_.tally[answer.route->name].requests;
      if (answer.wait <= Duration(0)) {
        Give(request.stream, answer, came);
        continue;
      }
      const auto timer = std::make_shared<boost::asio::steady_timer>(link_->stream.get_executor());
      timer->expires_after(answer.wait - (shared_.Now() - came));
      timer->async_wait([self = this->shared_from_this(), timer, stream = request.stream, answer,
                         came](boost::system::error_code) {
        self->Give(stream, answer, came);
        self->Write();
      });
    }
  }

  void Give(std::int32_t stream, const PlannedAnswer& answer, Duration came) {
    shared_.tally[answer.route->name].Count(answer, shared_.Now() - came);
    session_.Answer(stream, answer);
  }

  // While requests are under way it is our turn, unless the client does not take what it is sent.
  void Write() {
    if (is_writing_ || !boost::beast::get_lowest_layer(link_->stream).is_open()) return;
    const std::string_view bytes = session_.TakeOutgoing();
    if (bytes.empty()) {
      if (session_.size() > 0) link_->turn.BeOurs();
      if (session_.IsOver()) Close();
      return;
    }
    is_writing_ = true;
    link_->turn.BeClients(shared_.Now());
    boost::asio::async_write(
        link_->stream, boost::asio::buffer(bytes),
        [self = this->shared_from_this()](boost::system::error_code error, std::size_t) {
          self->is_writing_ = false;
          if (!error) self->Write();
        });
  }

  std::shared_ptr<Link<Stream>> link_;
  Shared& shared_;
  Http2Session session_;
  bool is_writing_ = false;
  std::array<char, 16 * 1024> incoming_;
};

}  // namespace loadcurve::mock
