#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "adapters/kube/jitter.h"
#include "adapters/kube/kube_client.h"
#include "adapters/kube/lease_election.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve::kube {

// Takes part in the election for one Lease, and holds it while it can.
//
// One thread runs it; Token() and holder() are thread-safe. A leader asks for Token() right
// before it acts: the answer turns to nothing by the clock alone, without a word from the server.
class LeaderLease {
 public:
  // `client` and `clock` outlive this. `address`: where this candidate is reached while it leads,
  // "10.0.0.7:8443"; written into the Lease. kInvalidArgument as LeaseElection::Make.
  [[nodiscard]] static Result<std::unique_ptr<LeaderLease>> Make(
      KubeClient& client, const Clock& clock, std::string namespace_name, std::string name,
      std::string identity, const LeaseTiming& timing = {}, std::string address = "");

  // Reads or renews once, and takes the Lease where it is free. An error is what kept that from
  // working; whether we lead is Token()'s to say.
  [[nodiscard]] Result<void> Step();

  // Steps until the stop, a little sooner or later each time, then gives the Lease back.
  void Run(const std::stop_token& stop);

  // Gives it back where it is held.
  [[nodiscard]] Result<void> Release();

  // The fencing token while we lead: leaseTransitions, which grows whenever another takes over.
  std::optional<std::int64_t> Token() const;
  std::string holder() const;
  // Where the holder is reached, as last seen; "" where nobody holds it or the Lease does not say.
  std::string holder_address() const;
  // Of the last step, empty where it went well.
  std::optional<Error> fault() const;

 private:
  LeaderLease(KubeClient& client, const Clock& clock, ResourcePath path, LeaseElection election,
              Duration retry, std::uint64_t seed, std::string address);

  [[nodiscard]] Result<void> Attempt();
  [[nodiscard]] Result<std::optional<LeaseRecord>> Read();
  [[nodiscard]] Result<LeaseRecord> Write(const LeaseRecord& record);

  KubeClient& client_;
  const Clock& clock_;
  const ResourcePath path_;
  const Duration retry_;
  const std::string address_;
  Jitter jitter_;
  mutable std::mutex mutex_;
  LeaseElection election_;
  std::optional<Error> fault_;
  std::string holder_address_;
};

}  // namespace loadcurve::kube
