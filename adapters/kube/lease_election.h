#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve::kube {

// A Lease of coordination.k8s.io/v1, as far as elections go.
struct LeaseRecord {
  std::string holder{};            // empty: given back
  Duration lease_duration{0};      // in whole seconds
  TimePoint acquired_at{};         // wall time of the holder; for people, nobody judges by it
  TimePoint renewed_at{};          // the same
  std::int64_t transitions = 0;    // how often another took it: the fencing token
  std::string resource_version{};  // empty: there is no such Lease yet

  bool operator==(const LeaseRecord&) const = default;
};

struct LeaseTiming {
  // Others take over when they saw no renewal for so long, by their own clock. Whole seconds.
  Duration lease = std::chrono::seconds(15);
  // The leader stops when it could not renew for so long: sooner than others may begin.
  Duration renew_deadline = std::chrono::seconds(10);
  Duration retry = std::chrono::seconds(2);
};

// Who leads, as a pure state machine. All times but those for people are monotonic, and no
// clock is compared with that of another machine: like client-go, it judges a Lease by how long
// it has seen it unchanged.
//
//   every NextAttempt(): read the Lease, or renew what is held
//     -> ToWrite() says what to write, if anything, with the resourceVersion that was seen
//     -> OnWritten() or, on a conflict, OnLost()
//
// Token() is the number of times the Lease changed hands. It only grows, and who acts with it
// shows it (or checks it just before): an old leader's acts can be told from a new one's.
class LeaseElection {
 public:
  // `identity` must be of this run of this process, not only of its host: a new run is another
  // leader. kInvalidArgument unless retry < renew_deadline < lease, and lease >= 1 s.
  [[nodiscard]] static Result<LeaseElection> Make(std::string identity,
                                                  const LeaseTiming& timing = {});

  // The Lease as it was read, absent where there is none. What to write now, with the
  // resourceVersion that must still hold; nothing where another holds it.
  std::optional<LeaseRecord> OnRead(const std::optional<LeaseRecord>& seen, Duration now,
                                    TimePoint wall);

  // The renewal of what is held, without reading; absent where nothing is held.
  std::optional<LeaseRecord> Renewal(TimePoint wall) const;

  // The write went through; it was begun at `asked_at`, and from then on it counts.
  // `written` has the resourceVersion that the server gave.
  void OnWritten(const LeaseRecord& written, Duration asked_at);

  // A conflict, or the Lease is gone: it must be read anew. We lead on until the deadline only
  // if the Lease turns out to be ours still.
  void OnConflict();

  // What to write to give it back before leaving, so that others need not wait.
  std::optional<LeaseRecord> Release(TimePoint wall);

  // While we lead, the fencing token; else nothing. False again the moment the renewal deadline
  // passes, whatever the server says later.
  std::optional<std::int64_t> Token(Duration now) const;

  // Who holds it, as last seen; empty where nobody does.
  const std::string& holder() const { return seen_holder_; }
  bool must_read() const { return !held_ || must_read_; }

 private:
  LeaseElection(std::string identity, const LeaseTiming& timing);

  bool IsFree(const LeaseRecord& seen, Duration now) const;
  LeaseRecord Mine(TimePoint wall) const;

  std::string identity_;
  LeaseTiming timing_;
  // The Lease as last seen, and when it was first seen so.
  std::optional<LeaseRecord> seen_;
  Duration seen_at_{0};
  std::string seen_holder_;
  std::int64_t highest_transitions_ = -1;
  // What we hold, and until when without another renewal.
  std::optional<LeaseRecord> held_;
  Duration held_until_{0};
  bool must_read_ = true;
};

}  // namespace loadcurve::kube
