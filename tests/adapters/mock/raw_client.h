#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace loadcurve::mock {

// A connection to a port of this machine, over which bytes go as they stand.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ = connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool is_connected() const { return is_connected_; }

  void Send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  // Sends a GET and reads the answer to its end.
  std::string Get(const std::string& path) {
    Send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    return ReadAnswer();
  }

  // One answer, by its Content-Length.
  std::string ReadAnswer() {
    std::size_t head = 0;
    while ((head = rest_.find("\r\n\r\n")) == std::string::npos) {
      if (!ReadMore()) return std::exchange(rest_, "");
    }
    std::size_t length = 0;
    const std::size_t field = rest_.find("Content-Length: ");
    if (field < head) length = std::stoul(rest_.substr(field + 16));
    const std::size_t size = head + 4 + length;
    while (rest_.size() < size) {
      if (!ReadMore()) return std::exchange(rest_, "");
    }
    std::string answer = rest_.substr(0, size);
    rest_.erase(0, size);
    return answer;
  }

  // All there is until the connection ends.
  std::string ReadToEnd() {
    while (ReadMore()) {
    }
    return std::exchange(rest_, "");
  }

  // True where the connection ended by a reset.
  bool was_reset() const { return was_reset_; }

 private:
  bool ReadMore() {
    std::array<char, 65536> bytes{};
    const ssize_t got = recv(socket_, bytes.data(), bytes.size(), 0);
    was_reset_ = got < 0 && errno == ECONNRESET;
    if (got <= 0) return false;
    rest_.append(bytes.data(), static_cast<std::size_t>(got));
    return true;
  }

  int socket_;
  bool is_connected_ = false;
  bool was_reset_ = false;
  std::string rest_;
};

}  // namespace loadcurve::mock
