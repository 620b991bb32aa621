#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/external_metrics/caller.h"
#include "adapters/external_metrics/expiring_cache.h"
#include "adapters/external_metrics/review_client.h"
#include "adapters/external_metrics/single_flight.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve::external_metrics {

// Whose bearer token it is, by TokenReview (authentication.k8s.io/v1). Answers, yes or no, are
// kept for 10 s under the token's hash. Thread-safe.
class TokenReviewer {
 public:
  TokenReviewer(const ReviewClient& reviews, const Clock& clock);

  // The same as Review, where that is known already; else nothing.
  std::optional<Result<Caller>> Known(std::string_view token);

  // kPermissionDenied for a token that is no good; kUnavailable where nobody could tell, which is
  // not kept.
  [[nodiscard]] Result<Caller> Review(std::string_view token);

 private:
  // Nothing: a token that is no good.
  using Verdict = std::optional<Caller>;

  [[nodiscard]] Result<Verdict> Ask(std::string_view token) const;

  const ReviewClient& reviews_;
  const Clock& clock_;
  ExpiringCache<Verdict> verdicts_{8192};
  SingleFlight<Verdict> flights_;
};

}  // namespace loadcurve::external_metrics
