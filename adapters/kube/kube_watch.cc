#include "adapters/kube/kube_watch.h"

#include <utility>

namespace loadcurve::kube {
namespace {

// The API server sends a bookmark about once a minute.
constexpr Duration kSilence = std::chrono::seconds(150);

}  // namespace

KubeWatch::KubeWatch(KubeClient& client, Selection selection, OnWatchEvent on_event,
                     const Clock& clock, std::uint64_t seed, const WatchTiming& timing)
    : client_(client),
      selection_(std::move(selection)),
      clock_(clock),
      machine_({selection_.type, selection_.namespace_name, "", ""}, std::move(on_event), seed,
               timing) {}

void KubeWatch::Step(const std::stop_token& stop) {
  switch (machine_.NextStep(clock_.MonotonicNow())) {
    case WatchMachine::Step::kWait:
      clock_.SleepUntil(machine_.waits_until(), stop);
      break;
    case WatchMachine::Step::kListPage: {
      const auto answer = client_.GetPage(selection_, machine_.continue_token());
      machine_.OnPage(answer, clock_.MonotonicNow());
      break;
    }
    case WatchMachine::Step::kWatch: {
      machine_.OnWatchBegun(clock_.MonotonicNow());
      const auto answer =
          client_.Watch(selection_, machine_.resource_version(), machine_.lifetime(), kSilence,
                        stop, [this](std::string_view chunk) {
                          const bool go_on = machine_.OnChunk(chunk);
                          Publish();
                          return go_on;
                        });
      machine_.OnWatchEnded(answer, clock_.MonotonicNow());
      break;
    }
  }
  Publish();
}

void KubeWatch::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) Step(stop);
}

std::optional<Error> KubeWatch::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

void KubeWatch::Publish() {
  is_synced_ = machine_.is_synced();
  bytes_read_ = machine_.bytes_read();
  const std::lock_guard lock(mutex_);
  fault_ = machine_.fault();
}

}  // namespace loadcurve::kube
