#pragma once

#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <mutex>
#include <set>

#include "adapters/keda/external_scaler.pb.h"
#include "adapters/keda/metric_values.h"
#include "base/result.h"

namespace loadcurve::keda {

// Whether a workload should have any replica, or why nobody can tell.
using IsActive = std::function<Result<bool>(const MetricRequest&)>;

// The open StreamIsActive calls. Each hears the state at once and then each change; while the
// state cannot be told it hears nothing, which keeps what it heard last. Thread-safe.
class ActivityStreams {
 public:
  // `is_active` is called by Open and Refresh.
  explicit ActivityStreams(IsActive is_active);
  // All calls must have ended: Close, and the server's shutdown.
  ~ActivityStreams();
  ActivityStreams(const ActivityStreams&) = delete;
  ActivityStreams& operator=(const ActivityStreams&) = delete;

  // gRPC owns what is returned. An unknown profile ends the call with NOT_FOUND.
  grpc::ServerWriteReactor<externalscaler::IsActiveResponse>* Open(MetricRequest request);

  // Tells what has changed; called after each step of the loop. A call whose profile has gone
  // ends with NOT_FOUND.
  void Refresh();

  // Ends all calls with UNAVAILABLE; those that come later end at once.
  void Close();

 private:
  class Stream;

  void Forget(Stream& stream);

  const IsActive is_active_;
  std::mutex mutex_;
  std::set<std::shared_ptr<Stream>> open_;
  bool is_closed_ = false;
};

}  // namespace loadcurve::keda
