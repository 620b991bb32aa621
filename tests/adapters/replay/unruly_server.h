#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace loadcurve::replay {

inline constexpr std::string_view kGoodAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

// A server of bytes on loopback: what comes is answered with what `answer` gives, and then the
// connection may be closed or reset. One thread for all connections.
class UnrulyServer {
 public:
  enum class After { kKeep, kClose, kReset };
  struct Answer {
    std::string bytes = std::string(kGoodAnswer);
    After after = After::kKeep;
  };

  // `port` 0 is the kernel's choice.
  explicit UnrulyServer(const std::function<Answer(const std::string& request)>& answer,
                        std::uint16_t port = 0)
      : UnrulyServer([answer](const std::string& request, int) { return answer(request); }, port) {}
  // `connection` tells connections that are open apart.
  explicit UnrulyServer(std::function<Answer(const std::string& bytes, int connection)> answer,
                        std::uint16_t port = 0)
      : answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_listening_ =
        bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
        listen(listener_, 128) == 0;
    socklen_t size = sizeof(address);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  ~UnrulyServer() {
    is_over_ = true;
    thread_.join();
    for (const pollfd& open : open_) End(open.fd, After::kReset);
    close(listener_);
  }
  UnrulyServer(const UnrulyServer&) = delete;
  UnrulyServer& operator=(const UnrulyServer&) = delete;

  std::uint16_t port() const { return port_; }
  bool is_listening() const { return is_listening_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  static void End(int socket, After after) {
    if (after == After::kReset) {
      const linger at_once{.l_onoff = 1, .l_linger = 0};
      setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    }
    close(socket);
  }

  void Run() {
    while (!is_over_) {
      std::vector<pollfd> watched = open_;
      watched.push_back({listener_, POLLIN, 0});
      if (poll(watched.data(), watched.size(), 5) <= 0) continue;
      open_.clear();
      for (std::size_t i = 0; i + 1 < watched.size(); ++i) {
        if (watched[i].revents == 0 || Serve(watched[i].fd))
          open_.push_back({watched[i].fd, POLLIN, 0});
      }
      if (watched.back().revents != 0)
        open_.push_back({accept(listener_, nullptr, nullptr), POLLIN, 0});
    }
  }

  bool Serve(int socket) {
    std::array<char, 16384> bytes{};
    const ssize_t size = recv(socket, bytes.data(), bytes.size(), 0);
    if (size <= 0) {
      close(socket);
      return false;
    }
    const Answer answer = answer_({bytes.data(), static_cast<std::size_t>(size)}, socket);
    send(socket, answer.bytes.data(), answer.bytes.size(), MSG_NOSIGNAL);
    if (answer.after != After::kKeep) End(socket, answer.after);
    return answer.after == After::kKeep;
  }

  std::function<Answer(const std::string& bytes, int connection)> answer_;
  int listener_;
  bool is_listening_ = false;
  std::uint16_t port_ = 0;
  std::atomic<bool> is_over_{false};
  std::vector<pollfd> open_;
  std::thread thread_;
};

}  // namespace loadcurve::replay
