#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "tests/adapters/replay/http2_frames.h"
#include "tests/adapters/replay/unruly_server.h"

namespace loadcurve::replay {

// What an UnrulyServer says as a target of HTTP/2: a greeting to each connection, and what `answer`
// gives to each request once it is whole.
class Http2Script {
 public:
  using Answer = UnrulyServer::Answer;
  // `number` counts the requests of its connection from 1.
  using OnRequest = std::function<Answer(std::uint32_t stream, int number)>;

  explicit Http2Script(OnRequest answer, std::string greeting = Settings())
      : answer_(std::move(answer)), greeting_(std::move(greeting)) {}

  Answer operator()(const std::string& bytes, int connection) {
    Answer all{""};
    Talk& talk = talks_[connection];
    if (bytes.starts_with("PRI ")) {
      talk = {};
      all.bytes = greeting_;
    }
    talk.incoming += bytes;
    for (const Frame& frame : TakeFrames(talk.incoming)) {
      const bool is_request = frame.type == NGHTTP2_HEADERS || frame.type == NGHTTP2_DATA;
      if (!is_request || !frame.is_last()) continue;
      const Answer one = answer_(frame.stream, ++talk.requests);
      all.bytes += one.bytes;
      all.after = one.after;
      if (all.after != UnrulyServer::After::kKeep) break;
    }
    return all;
  }

 private:
  struct Talk {
    std::string incoming;
    int requests = 0;
  };

  OnRequest answer_;
  std::string greeting_;
  std::map<int, Talk> talks_;
};

}  // namespace loadcurve::replay
