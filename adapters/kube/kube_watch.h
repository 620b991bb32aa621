#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>

#include "adapters/kube/kube_client.h"
#include "adapters/kube/watch_machine.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve::kube {

// Keeps someone told of all objects of a kind, from now until the stop. Lists come in pages;
// a watch that is silent for longer than bookmarks take is opened anew.
//
// One thread runs it, and events come on that thread; the accessors are thread-safe.
class KubeWatch {
 public:
  // `client` and `clock` outlive this.
  KubeWatch(KubeClient& client, Selection selection, OnWatchEvent on_event, const Clock& clock,
            std::uint64_t seed, const WatchTiming& timing = {});

  // One request, one watch to its end, or one wait.
  void Step(const std::stop_token& stop);
  void Run(const std::stop_token& stop);

  bool is_synced() const { return is_synced_; }
  std::uint64_t bytes_read() const { return bytes_read_; }
  // The last failure, until something succeeds: what a person should read.
  std::optional<Error> fault() const;

 private:
  void Publish();

  KubeClient& client_;
  const Selection selection_;
  const Clock& clock_;
  WatchMachine machine_;
  std::atomic<bool> is_synced_{false};
  std::atomic<std::uint64_t> bytes_read_{0};
  mutable std::mutex mutex_;
  std::optional<Error> fault_;
};

}  // namespace loadcurve::kube
