#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/replay/dialogue.h"

namespace loadcurve::replay {

// HTTP/2 (RFC 9113): requests as streams of one connection, as many at once as the target allows.
// Frames, header compression and flow control are nghttp2's; bodies of answers are passed over as
// they come, so a target never waits for us. Nothing is asked before the target's SETTINGS have
// come. What a target pushes is refused.
class Http2Dialogue final : public Dialogue {
 public:
  struct Options {
    std::string authority;               // of its requests: "shop.test:8080"
    std::string scheme = "http";         // or https
    std::size_t max_streams = SIZE_MAX;  // at once, whatever the target allows
  };

  explicit Http2Dialogue(Options options);

  bool is_multiplexed() const override { return true; }
  bool is_ready() const override { return is_ready_; }
  std::size_t capacity() const override;
  std::size_t room() const override;
  std::size_t DueBefore(Duration due) const override;

  void Ask(const Job& job, const ReplayRequest& request) override;
  std::string_view TakeOutgoing() override;
  void OnWritten() override {}
  void OnBytes(std::string_view bytes) override;
  void OnEnd(bool is_reset) override;
  void GiveUp(Duration due) override;
  void EndAll(Failure failure) override;
  bool IsOver() override;

 private:
  // A request under way, or one that has ended and of which the library still knows.
  struct Stream {
    Job job;
    const ReplayRequest* request = nullptr;
    std::int32_t id = 0;
    int status = 0;
    std::size_t body_sent = 0;
    std::size_t header_bytes = 0;  // of the answer
    std::uint64_t reads_before = 0;
    bool is_used = false;
    bool has_ended = false;
    bool has_begun = false;    // the answer
    bool is_not_sent = false;  // the library could not
    bool is_reset = false;     // by the target
  };
  struct Callbacks;
  struct Free {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };

  Stream& TakeSlot();
  void End(Stream& stream, JobEnd end);
  void Answer(Stream& stream);
  // The stream is closed; `error` is HTTP/2's.
  void OnStreamClosed(Stream& stream, std::uint32_t error);
  JobEnd WhyClosed(const Stream& stream, std::uint32_t error) const;
  void OnGoAway(std::uint32_t error);
  void FillFields(const ReplayRequest& request);

  Options options_;
  std::deque<Stream> streams_;  // stay where they are: the library points at them
  std::vector<Stream*> unused_;
  std::vector<nghttp2_nv> fields_;
  std::string content_length_;
  std::string outgoing_;
  std::uint64_t reads_ = 0;
  std::uint64_t answers_ = 0;
  std::uint32_t goaway_error_ = NGHTTP2_NO_ERROR;
  bool is_ready_ = false;
  bool is_draining_ = false;  // takes no more requests
  bool is_over_ = false;
  std::unique_ptr<nghttp2_session, Free> session_;
};

}  // namespace loadcurve::replay
