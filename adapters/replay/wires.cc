// The two kinds of connection: over TCP, and over TLS.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "adapters/replay/connection.h"

namespace loadcurve::replay {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

void Prepare(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.non_blocking(true, ignored);
}

class PlainConnection final : public Connection {
 public:
  PlainConnection(asio::io_context& io, ConnectionOwner& owner, const Target& target,
                  const ConnectionForm& form)
      : Connection(io, owner, target, form), socket_(io) {}

 private:
  std::shared_ptr<PlainConnection> Self() {
    return std::static_pointer_cast<PlainConnection>(shared_from_this());
  }

  void StartConnect(const tcp::endpoint& endpoint) override {
    socket_.async_connect(endpoint, [self = Self()](boost::system::error_code error) {
      if (!error) Prepare(self->socket_);
      self->OnConnect(error);
    });
  }

  bool StartWrite(std::string_view bytes) override {
    boost::system::error_code error;
    const std::size_t written = socket_.write_some(asio::buffer(bytes), error);
    if (written == bytes.size()) return true;
    asio::async_write(socket_, asio::buffer(bytes.substr(written)),
                      [self = Self()](boost::system::error_code failure, std::size_t) {
                        self->OnWrite(failure);
                      });
    return false;
  }

  void StartRead(asio::mutable_buffer into) override {
    socket_.async_read_some(into, [self = Self()](boost::system::error_code error,
                                                  std::size_t size) { self->OnRead(error, size); });
  }

  void CloseSocket() override {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  tcp::socket socket_;
};

class TlsConnection final : public Connection {
  using Stream = asio::ssl::stream<tcp::socket>;

 public:
  TlsConnection(asio::io_context& io, ConnectionOwner& owner, const Target& target,
                asio::ssl::context& tls, const ConnectionForm& form)
      : Connection(io, owner, target, form), stream_(io, tls) {
    boost::system::error_code ignored;
    stream_.set_verify_callback(asio::ssl::host_name_verification(target.host), ignored);
    if (target.host != target.address)
      SSL_set_tlsext_host_name(stream_.native_handle(), target.host.c_str());
  }

 private:
  std::shared_ptr<TlsConnection> Self() {
    return std::static_pointer_cast<TlsConnection>(shared_from_this());
  }

  void StartConnect(const tcp::endpoint& endpoint) override {
    stream_.next_layer().async_connect(endpoint, [self = Self()](boost::system::error_code error) {
      self->OnConnect(error);
      if (error || self->is_closed()) return;
      Prepare(self->stream_.next_layer());
      self->stream_.async_handshake(
          asio::ssl::stream_base::client,
          [self](boost::system::error_code failure) { self->OnHandshake(failure); });
    });
  }

  bool StartWrite(std::string_view bytes) override {
    asio::async_write(
        stream_, asio::buffer(bytes),
        [self = Self()](boost::system::error_code error, std::size_t) { self->OnWrite(error); });
    return false;
  }

  void StartRead(asio::mutable_buffer into) override {
    stream_.async_read_some(into, [self = Self()](boost::system::error_code error,
                                                  std::size_t size) { self->OnRead(error, size); });
  }

  void CloseSocket() override {
    boost::system::error_code ignored;
    stream_.next_layer().close(ignored);
  }

  bool has_chosen_http2() const override {
    const unsigned char* name = nullptr;
    unsigned int size = 0;
    // Only reads, though its type says otherwise.
    SSL_get0_alpn_selected(const_cast<Stream&>(stream_).native_handle(), &name, &size);
    return name != nullptr && std::string_view(reinterpret_cast<const char*>(name), size) == "h2";
  }

  Stream stream_;
};

}  // namespace

std::shared_ptr<Connection> Connection::Make(asio::io_context& io, ConnectionOwner& owner,
                                             const Target& target, asio::ssl::context* tls,
                                             const ConnectionForm& form) {
  if (tls == nullptr) return std::make_shared<PlainConnection>(io, owner, target, form);
  return std::make_shared<TlsConnection>(io, owner, target, *tls, form);
}

}  // namespace loadcurve::replay
