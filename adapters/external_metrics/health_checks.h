#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/external_metrics/request_target.h"
#include "adapters/http/request_handler.h"
#include "base/result.h"

namespace loadcurve::external_metrics {

// One thing that must be well. `check` answers from memory, from any thread.
struct HealthCheck {
  // A check of life that fails gets the process restarted: only for what a restart cures.
  enum class Matters { kForLife, kForReadiness };

  std::string name;  // "profiles-synced"
  Matters matters = Matters::kForReadiness;
  std::function<Result<void>()> check;
};

// /livez, /readyz and /healthz, as Kubernetes' own servers answer them: "ok", or with ?verbose
// a line a check; ?exclude=NAME leaves one out; /readyz/NAME is one alone. Why a check fails is
// not told here, where anonymous callers read it. Thread-safe.
class HealthChecks {
 public:
  explicit HealthChecks(std::vector<HealthCheck> checks);

  // From now on not ready, and for ever: the first step of going away.
  void BeginDrain() { is_draining_ = true; }

  static bool IsHealthPath(const RequestTarget& target);

  // 200, 500 where a check fails, 404 where there is none of that name.
  http::ServerResponse Answer(const RequestTarget& target) const;

  // What fails for readiness, with reasons, for logs; "" where all is well.
  std::string WhyNotReady() const;

 private:
  std::vector<HealthCheck> checks_;
  std::atomic<bool> is_draining_{false};
};

}  // namespace loadcurve::external_metrics
