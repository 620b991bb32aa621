#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/http/http_transport.h"

namespace loadcurve {

// A transport that plays a script. Each answer waits for one request: the first unused one
// whose method and part of the URL fit is given. What no answer was written for is an error
// and is kept in unexpected(), so that a test can say that nothing else was asked.
//
// It keeps the promises of the seam: an answer cut off in the middle of its body is an error
// for Send, and for Stream an error after the bytes that came; a stream ends when on_chunk
// returns false or stop is requested. Thread-safe; time stands still in it.
class ScriptedHttpTransport final : public http::HttpTransport {
 public:
  struct Answer {
    int status = 200;
    std::string body{};
    http::Headers headers{};
    // What kept the answer from coming; the body up to there was sent.
    std::optional<Error> failure{};
    // The body in parts, for streams. Where there are none, `body` is the only one.
    std::vector<std::string> chunks{};
  };

  static Answer Ok(std::string body) { return {.body = std::move(body)}; }
  static Answer Status(int status, std::string body = "", http::Headers headers = {}) {
    return {.status = status, .body = std::move(body), .headers = std::move(headers)};
  }
  static Answer TimedOut() {
    return {.failure = Error{ErrorCode::kDeadlineExceeded, "no answer within the deadline"}};
  }
  static Answer CutOff(std::string body) {
    return {.body = std::move(body),
            .failure = Error{ErrorCode::kUnavailable, "the connection was cut off"}};
  }
  static Answer Chunks(std::vector<std::string> chunks) { return {.chunks = std::move(chunks)}; }

  void On(std::string method, std::string part_of_url, Answer answer) {
    const std::lock_guard lock(mutex_);
    script_.push_back({std::move(method), std::move(part_of_url), std::move(answer)});
  }

  // A world in place of a script: asked first, and where it has nothing to say the script is.
  void Play(std::function<std::optional<Answer>(const http::HttpRequest&)> world) {
    const std::lock_guard lock(mutex_);
    world_ = std::move(world);
  }

  [[nodiscard]] Result<http::HttpResponse> Send(const http::HttpRequest& request,
                                                Duration) override {
    const Answer answer = Take(request);
    if (answer.failure) return tl::unexpected<Error>(*answer.failure);
    return http::HttpResponse{answer.status, answer.headers, answer.body};
  }

  [[nodiscard]] Result<http::HttpResponse> Stream(const http::HttpRequest& request, Duration,
                                                  const std::stop_token& stop,
                                                  const OnChunk& on_chunk) override {
    Answer answer = Take(request);
    if (answer.status >= 300) return http::HttpResponse{answer.status, answer.headers, answer.body};
    if (answer.chunks.empty() && !answer.body.empty()) answer.chunks = {answer.body};
    for (const std::string& chunk : answer.chunks) {
      if (stop.stop_requested()) return Fail(ErrorCode::kCancelled, "asked to stop");
      if (!on_chunk(chunk)) return http::HttpResponse{answer.status, answer.headers, ""};
    }
    if (answer.failure) return tl::unexpected<Error>(*answer.failure);
    return http::HttpResponse{answer.status, answer.headers, ""};
  }

  std::vector<http::HttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  http::HttpRequest last() const {
    const std::lock_guard lock(mutex_);
    return requests_.empty() ? http::HttpRequest{} : requests_.back();
  }
  std::vector<std::string> unexpected() const {
    const std::lock_guard lock(mutex_);
    return unexpected_;
  }
  std::size_t unused() const {
    const std::lock_guard lock(mutex_);
    return script_.size();
  }

 private:
  struct Line {
    std::string method;
    std::string part_of_url;
    Answer answer;
  };

  Answer Take(const http::HttpRequest& request) {
    std::function<std::optional<Answer>(const http::HttpRequest&)> world;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      world = world_;
    }
    if (world) {
      if (auto answer = world(request)) return *std::move(answer);
    }
    const std::lock_guard lock(mutex_);
    for (auto line = script_.begin(); line != script_.end(); ++line) {
      if (line->method != request.method ||
          request.url.find(line->part_of_url) == std::string::npos)
        continue;
      Answer answer = std::move(line->answer);
      script_.erase(line);
      return answer;
    }
    unexpected_.push_back(request.method + " " + request.url);
    return {.failure =
                Error{ErrorCode::kInternal, "no answer was written for " + unexpected_.back()}};
  }

  mutable std::mutex mutex_;
  std::deque<Line> script_;
  std::function<std::optional<Answer>(const http::HttpRequest&)> world_;
  std::vector<http::HttpRequest> requests_;
  std::vector<std::string> unexpected_;
};

}  // namespace loadcurve
