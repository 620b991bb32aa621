#pragma once

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/http/certificates.h"

namespace loadcurve {

// A client that sends any bytes over TLS, for what a well-behaved client would never do. Reads
// give up after 10 s.
class TlsClient {
 public:
  struct Options {
    int highest_version = TLS1_3_VERSION;
    std::string protocols = "\x08http/1.1";  // ALPN
    const http::CertificatePair* pair = nullptr;
  };

  explicit TlsClient(std::uint16_t port) : TlsClient(port, Options()) {}
  TlsClient(std::uint16_t port, const Options& options)
      : context_(SSL_CTX_new(TLS_client_method())), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    SSL_CTX_set_max_proto_version(context_.get(), options.highest_version);
    SSL_CTX_set_security_level(context_.get(), 0);
    if (options.pair != nullptr) Use(*options.pair);
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) return;
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_alpn_protos(ssl_.get(),
                        reinterpret_cast<const unsigned char*>(options.protocols.data()),
                        static_cast<unsigned int>(options.protocols.size()));
    SSL_set_fd(ssl_.get(), socket_);
    is_connected_ = SSL_connect(ssl_.get()) == 1;
  }
  ~TlsClient() { close(socket_); }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  // The handshake went well, as far as the client can know.
  bool is_connected() const { return is_connected_; }

  std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }

  std::string server_name() const {
    X509* certificate = SSL_get0_peer_certificate(ssl_.get());
    std::array<char, 100> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(),
                              name.size());
    return name.data();
  }

  void Send(std::string_view bytes) {
    SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  }

  // One whole answer, head and body (by Content-Length); what there is where it ends early.
  std::string Answer(bool is_head = false) {
    for (;;) {
      const std::size_t end = received_.find("\r\n\r\n");
      if (end != std::string::npos) {
        const std::size_t size = end + 4 + (is_head ? 0 : BodySize(received_.substr(0, end)));
        if (received_.size() >= size) {
          const std::string answer = received_.substr(0, size);
          received_.erase(0, size);
          return answer;
        }
      }
      if (!Receive()) return std::exchange(received_, "");
    }
  }

  std::string Ask(std::string_view target, std::string_view headers = "") {
    Send("GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(headers) + "\r\n");
    return Answer();
  }

  // The server has ended the connection, and nothing else came.
  bool IsEnded() { return received_.empty() && !Receive() && received_.empty(); }

 private:
  void Use(const http::CertificatePair& pair) {
    BIO* certificate_text = BIO_new_mem_buf(pair.certificate_pem.data(), -1);
    X509* certificate = PEM_read_bio_X509(certificate_text, nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(context_.get(), certificate);
    X509_free(certificate);
    BIO_free(certificate_text);
    BIO* key_text = BIO_new_mem_buf(pair.key_pem.data(), -1);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr);
    SSL_CTX_use_PrivateKey(context_.get(), key);
    EVP_PKEY_free(key);
    BIO_free(key_text);
  }

  static std::size_t BodySize(const std::string& head) {
    const std::size_t at = head.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 16, nullptr, 10);
  }

  bool Receive() {
    std::array<char, 16384> bytes{};
    const int size = SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (size > 0) received_.append(bytes.data(), static_cast<std::size_t>(size));
    return size > 0;
  }

  struct Freed {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  std::unique_ptr<SSL_CTX, Freed> context_;
  std::unique_ptr<SSL, Freed> ssl_;
  int socket_;
  bool is_connected_ = false;
  std::string received_;
};

}  // namespace loadcurve
