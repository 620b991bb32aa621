#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/mock/shared_state.h"

// How MockServer speaks HTTP/2; for its own sources only.
namespace loadcurve::mock {

// HTTP/2 (RFC 9113) as a server, by nghttp2: bytes in, bytes out, with no sockets. Bodies of
// requests are passed over.
class Http2Session {
 public:
  struct Request {
    std::int32_t stream = 0;
    std::string method{};
    std::string target{};
  };

  // Counts what answers there was nobody to take for.
  explicit Http2Session(AnswerTally& tally);

  void OnBytes(std::string_view bytes);
  // What is to be written next; empty where there is nothing. Stays until it is called again.
  std::string_view TakeOutgoing();
  // Requests that have come whole, once each.
  std::vector<Request> TakeRequests();

  // As planned; a client that has left its stream is counted.
  void Answer(std::int32_t stream, const PlannedAnswer& answer);

  // The client has left: nobody is there to take what is under way.
  void Leave();

  // Under way, as far as the client has not given up.
  std::size_t size() const { return streams_.size(); }
  // True where no more can be said, so the connection is to be closed.
  bool IsOver() const;

 private:
  struct Stream {
    Request request{};
    PlannedAnswer answer{};
    std::uint64_t sent = 0;
    std::uint64_t size = 0;  // of the body that is sent
    bool is_whole = false;   // the answer was sent
    bool is_answered = false;
  };
  struct Callbacks;
  struct Free {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };

  AnswerTally& tally_;
  std::map<std::int32_t, Stream> streams_;
  std::vector<Request> asked_;
  std::string outgoing_;
  bool is_broken_ = false;
  std::unique_ptr<nghttp2_session, Free> session_;
};

}  // namespace loadcurve::mock
