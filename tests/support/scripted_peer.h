#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace loadcurve {

// A server on loopback, without TLS, that sends the bytes it was given, whatever it is asked:
// for answers that no proper server gives. To each connection it sends the next script, then
// ends the connection, or, where `stays`, keeps it and says no more.
class ScriptedPeer {
 public:
  struct Script {
    std::string bytes;
    bool stays = false;
  };

  explicit ScriptedPeer(std::vector<Script> scripts)
      : listener_(::socket(AF_INET, SOCK_STREAM, 0)), scripts_(std::move(scripts)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    listen(listener_, 16);
    socklen_t size = sizeof(address);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { Serve(); });
  }
  ~ScriptedPeer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
    for (const int socket : kept_) close(socket);
  }
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  std::string Url(std::string_view path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }

  // The heads of the requests so far.
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void Serve() {
    for (const Script& script : scripts_) {
      const int socket = accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      ReadHead(socket);
      send(socket, script.bytes.data(), script.bytes.size(), MSG_NOSIGNAL);
      if (script.stays) {
        kept_.push_back(socket);
      } else {
        close(socket);
      }
    }
  }

  void ReadHead(int socket) {
    std::string head;
    std::array<char, 4096> bytes{};
    while (head.find("\r\n\r\n") == std::string::npos) {
      const ssize_t size = recv(socket, bytes.data(), bytes.size(), 0);
      if (size <= 0) break;
      head.append(bytes.data(), static_cast<std::size_t>(size));
    }
    const std::lock_guard lock(mutex_);
    requests_.push_back(head);
  }

  int listener_;
  std::uint16_t port_ = 0;
  std::vector<Script> scripts_;
  std::vector<int> kept_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::jthread thread_;
};

}  // namespace loadcurve
