#include "adapters/http/server_connection.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
#include <iterator>

#include "adapters/http/peer_chain.h"

namespace loadcurve::http {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kReadSize = 16 * 1024;  // the most that one TLS record holds

template <class Text>
std::string_view View(const Text& text) {
  return {text.data(), text.size()};
}

// A header that would begin another one is none.
bool IsOneLine(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

// Nothing of ours throws; should a handler do so, one request fails instead of the program.
template <class Make>
auto Guarded(RequestHandler& handler, const Make& make) -> decltype(make()) {
  try {
    return make();
  } catch (const std::exception& failure) {
    return handler.Refuse(500, std::string("the request failed: ") + failure.what());
  }
}

// RFC 9110: these never have a body.
bool HasBody(int status) {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace

ServerConnection::ServerConnection(ServerWorker& worker, asio::ip::tcp::socket socket,
                                   std::shared_ptr<asio::ssl::context> tls)
    : worker_(worker),
      shared_(worker.shared()),
      tls_(std::move(tls)),
      stream_(std::move(socket), *tls_) {}

void ServerConnection::DueIn(Duration limit) {
  due_ = shared_.clock.MonotonicNow() + limit;
}

void ServerConnection::Begin() {
  error_code ignored;
  stream_.next_layer().set_option(asio::ip::tcp::no_delay(true), ignored);
  DueIn(shared_.options.handshake_limit);
  stream_.async_handshake(asio::ssl::stream_base::server,
                          [self = shared_from_this()](const error_code& error) {
                            if (error) {
                              ++self->shared_.failed_handshakes;
                              return self->Close();
                            }
                            self->peer_ = PeerOf(self->stream_.native_handle());
                            self->AwaitRequest();
                          });
}

void ServerConnection::Close() {
  if (is_closed_) return;
  is_closed_ = true;
  is_idle_ = false;
  error_code ignored;
  stream_.next_layer().close(ignored);
  worker_.Forget(shared_from_this());
}

void ServerConnection::AwaitRequest() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(shared_.options.max_header_bytes));
  parser_->body_limit(shared_.options.max_body_bytes);
  parser_->eager(true);
  has_continued_ = false;
  if (incoming_.size() > 0) {  // the client did not wait for the last answer
    DueIn(shared_.options.request_limit);
    return Parse();
  }
  is_idle_ = true;
  DueIn(shared_.options.idle_limit);
  Read();
}

void ServerConnection::Read() {
  stream_.async_read_some(incoming_.prepare(kReadSize),
                          [self = shared_from_this()](const error_code& error, std::size_t size) {
                            if (error || self->is_closed_) return self->Close();
                            self->incoming_.commit(size);
                            if (self->is_idle_) {
                              self->is_idle_ = false;
                              self->DueIn(self->shared_.options.request_limit);
                            }
                            self->Parse();
                          });
}

void ServerConnection::Parse() {
  error_code error;
  incoming_.consume(parser_->put(incoming_.data(), error));
  if (error == beast_http::error::header_limit)
    return Refuse(431, "the request's header is too large");
  if (error == beast_http::error::body_limit) return Refuse(413, "the request's body is too large");
  if (error && error != beast_http::error::need_more)
    return Refuse(400, "this is no HTTP/1.1 request: " + error.message());
  if (parser_->is_done()) return Dispatch();
  if (parser_->is_header_done() && !has_continued_ &&
      IsSameName(View(parser_->get()[beast_http::field::expect]), "100-continue"))
    return Continue();
  Read();
}

void ServerConnection::Continue() {
  has_continued_ = true;
  outgoing_ = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(stream_, asio::buffer(outgoing_),
                    [self = shared_from_this()](const error_code& error, std::size_t) {
                      if (error || self->is_closed_) return self->Close();
                      self->Read();
                    });
}

void ServerConnection::Dispatch() {
  shared_.requests.fetch_add(1, std::memory_order_relaxed);
  const auto& message = parser_->get();
  headers_.clear();
  for (const auto& field : message)
    headers_.emplace_back(View(field.name_string()), View(field.value()));
  request_ = {.method = View(message.method_string()),
              .target = View(message.target()),
              .headers = headers_,
              .body = message.body(),
              .peer = peer_.get(),
              .note = &note_};
  due_ = Duration::max();  // ours to be quick now, not the client's
  const std::optional<ServerResponse> answer =
      Guarded(shared_.handler, [&] { return shared_.handler.AnswerAtOnce(request_); });
  if (answer) return Write(*answer);
  AnswerElsewhere();
}

void ServerConnection::AnswerElsewhere() {
  if (++shared_.waiting_now > shared_.options.max_waiting) {
    --shared_.waiting_now;
    return Write(shared_.handler.Refuse(503, "too many requests wait for an answer"));
  }
  asio::post(shared_.waiting, [self = shared_from_this()]() mutable {
    ServerResponse response = Guarded(self->shared_.handler,
                                      [&] { return self->shared_.handler.Answer(self->request_); });
    --self->shared_.waiting_now;
    // The last owner is to be the worker's thread.
    ServerWorker& worker = self->worker_;
    asio::post(worker.io(), [owner = std::move(self), answer = std::move(response)] {
      if (!owner->is_closed_) owner->Write(answer);
    });
  });
}

// What follows a request that was not understood is not understood either.
void ServerConnection::Refuse(int status, std::string_view why) {
  ServerResponse response = shared_.handler.Refuse(status, why);
  response.headers.emplace_back("Connection", "close");
  Write(response);
}

void ServerConnection::Write(const ServerResponse& response) {
  const bool is_readable = parser_->is_done();
  bool is_last = !is_readable || !parser_->keep_alive() || shared_.is_draining;
  outgoing_.clear();
  const auto reason = beast_http::obsolete_reason(static_cast<beast_http::status>(response.status));
  auto out = std::back_inserter(outgoing_);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status, View(reason),
                 worker_.Date());
  for (const auto& [name, value] : response.headers) {
    if (IsSameName(name, "Connection")) {
      is_last = true;
      continue;
    }
    if (!IsOneLine(name) || !IsOneLine(value)) continue;
    outgoing_.append(name).append(": ").append(value).append("\r\n");
  }
  if (is_last) outgoing_ += "Connection: close\r\n";
  const bool is_head = is_readable && request_.method == "HEAD";
  if (HasBody(response.status)) fmt::format_to(out, "Content-Length: {}\r\n", response.body.size());
  outgoing_ += "\r\n";
  if (HasBody(response.status) && !is_head) outgoing_ += response.body;
  Send(is_last);
}

void ServerConnection::Send(bool is_last) {
  DueIn(shared_.options.write_limit);
  asio::async_write(stream_, asio::buffer(outgoing_),
                    [self = shared_from_this(), is_last](const error_code& error, std::size_t) {
                      if (error || self->is_closed_) return self->Close();
                      if (is_last) return self->Shutdown();
                      self->AwaitRequest();
                    });
}

// Says goodbye, so that the client can tell an end from a cut; waits a little for its answer.
void ServerConnection::Shutdown() {
  DueIn(std::chrono::seconds(2));
  stream_.async_shutdown([self = shared_from_this()](const error_code&) { self->Close(); });
}

}  // namespace loadcurve::http
