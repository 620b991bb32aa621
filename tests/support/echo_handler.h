#pragma once

#include <condition_variable>
#include <mutex>
#include <string>

#include "adapters/http/request_handler.h"

namespace loadcurve {

// Says in the body what it was asked: a line each for method, target, body, peer, every header,
// and how many requests the connection had before. "/wait..." is answered where waiting is
// allowed, once opened; "/throw" throws.
class EchoHandler final : public http::RequestHandler {
 public:
  std::optional<http::ServerResponse> AnswerAtOnce(const http::ServerRequest& request) override {
    if (request.target.starts_with("/wait")) return std::nullopt;
    return Echo(request);
  }

  http::ServerResponse Answer(const http::ServerRequest& request) override {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return is_open_; });
    --waiting_;
    return Echo(request);
  }

  // Until `count` answers wait.
  void AwaitWaiting(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= count; });
  }

  // Lets those that wait go, and all later ones.
  void Open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }

 private:
  struct Count final : http::ConnectionNote {
    int requests = 0;
  };

  static http::ServerResponse Echo(const http::ServerRequest& request) {
    if (request.target == "/throw") throw std::runtime_error("thrown");
    if (!*request.note) *request.note = std::make_unique<Count>();
    auto& count = static_cast<Count&>(**request.note);
    std::string text = std::string(request.method) + "\n" + std::string(request.target) +
                       "\nbody " + std::string(request.body) + "\npeer " +
                       (request.peer == nullptr ? "" : request.peer->common_name()) + "\nbefore " +
                       std::to_string(count.requests++) + "\n";
    for (const auto& [name, value] : request.headers)
      text += std::string(name) + ": " + std::string(value) + "\n";
    http::ServerResponse response{.headers = {{"Content-Type", "text/plain"}}, .body = text};
    if (request.target == "/304") response.status = 304;
    if (request.target == "/large") response.body = std::string(1'000'000, 'x');
    if (request.target == "/inject") response.headers.emplace_back("X-A", "b\r\nX-Evil: c");
    return response;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
  int waiting_ = 0;
};

}  // namespace loadcurve
