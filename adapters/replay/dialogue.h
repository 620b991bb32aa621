#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "adapters/replay/load_interval.h"
#include "adapters/replay/request_set.h"
#include "base/units.h"

// How a LoadGenerator works inside, for its own sources only.
namespace loadcurve::replay {

// A request under way.
struct Job {
  Duration due{0};
  Duration sent{0};  // when it was handed to a connection
  std::uint32_t request = 0;
  bool was_sent = false;   // handed to a connection before
  bool is_resent = false;  // by a target that had taken nothing of it
};

// What became of one.
struct JobEnd {
  enum class Kind : std::uint8_t {
    kAnswered,  // the whole answer is here
    kFailed,    // there will be none
    kResend,    // the target had not begun to answer: it may be sent once more
  };
  Job job;
  Kind kind = Kind::kFailed;
  int status = 0;                         // of kAnswered
  Failure failure = Failure::kMalformed;  // of kFailed
};

// SEAM. What is said over one connection: HTTP/1.1 or HTTP/2. Bytes go in, bytes come out; it
// knows neither sockets nor the time. Whatever a target says ends in JobEnds.
class Dialogue {
 public:
  Dialogue() = default;
  virtual ~Dialogue() = default;
  Dialogue(const Dialogue&) = delete;
  Dialogue& operator=(const Dialogue&) = delete;

  // Several requests may be under way.
  virtual bool is_multiplexed() const = 0;
  // Requests may be asked: false while what the target allows is not known.
  virtual bool is_ready() const = 0;
  // So many at once, as far as is known; 0 where the target allows none.
  virtual std::size_t capacity() const = 0;
  // More that it takes now.
  virtual std::size_t room() const = 0;
  // Under way and due before then.
  virtual std::size_t DueBefore(Duration due) const = 0;

  // REQUIRES is_ready() and room() > 0. The request outlives it.
  virtual void Ask(const Job& job, const ReplayRequest& request) = 0;
  // What is to be written next; empty where there is nothing. Stays where it is until OnWritten,
  // before which it is not called again.
  virtual std::string_view TakeOutgoing() = 0;
  virtual void OnWritten() = 0;
  virtual void OnBytes(std::string_view bytes) = 0;
  // The other side has closed, or reset the connection.
  virtual void OnEnd(bool is_reset) = 0;
  // Fails what was due before then for being too slow.
  virtual void GiveUp(Duration due) = 0;
  // Fails all that is under way, and is over.
  virtual void EndAll(Failure failure) = 0;
  // True where no more can be said, so the connection is to be closed; nothing is under way then.
  virtual bool IsOver() = 0;
  // What becomes of a request that could not be asked before it was over.
  Failure why_over() const { return why_over_; }

  // What ended since it was last emptied, by the caller.
  std::vector<JobEnd>& ended() { return ended_; }

 protected:
  Failure why_over_ = Failure::kCutOff;
  std::vector<JobEnd> ended_;
};

}  // namespace loadcurve::replay
