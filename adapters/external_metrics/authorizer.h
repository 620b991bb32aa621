#pragma once

#include <optional>
#include <string>

#include "adapters/external_metrics/caller.h"
#include "adapters/external_metrics/expiring_cache.h"
#include "adapters/external_metrics/review_client.h"
#include "adapters/external_metrics/single_flight.h"
#include "adapters/kube/label_selector.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve::external_metrics {

using kube::LabelSelector;

// What a caller wants: a metric of a namespace, or a path that is none.
struct AccessQuestion {
  std::string verb = "get";  // "list" for a metric, as kube-apiserver has it
  std::string path{};        // "/version"; "" where a metric is meant
  std::string namespace_name{};
  std::string metric{};
  LabelSelector selector{};
};

struct Access {
  bool is_allowed = false;
  std::string reason{};  // why not, where someone said

  bool operator==(const Access&) const = default;
};

// An HPA comes every 15 s: four times a minute it finds its answer here, so kube-apiserver is
// asked once a minute. A right taken away lasts that long; one given counts after seconds.
struct AccessCaching {
  Duration allowed = std::chrono::seconds(60);
  Duration denied = std::chrono::seconds(5);
  std::size_t capacity = 8192;
};

// Who may do what: system:masters everything, everyone the three health paths, all others by
// SubjectAccessReview (authorization.k8s.io/v1). A metric is first asked for without the
// selector: who may read all may read some, and one answer then serves all profiles of a
// namespace; only a refusal is asked for again with it. Thread-safe.
class Authorizer {
 public:
  // `reviews` null: nobody but system:masters. Both outlive it.
  Authorizer(const ReviewClient* reviews, const Clock& clock, const AccessCaching& caching = {});

  // The answer where it is known; else nothing.
  std::optional<Access> DecideAtOnce(const Caller& caller, const AccessQuestion& question);

  // The same, asking and waiting. An error means that nobody could tell, so no access.
  [[nodiscard]] Result<Access> Decide(const Caller& caller, const AccessQuestion& question);

 private:
  enum class Scope { kAll, kSelected };

  std::optional<Access> Known(const Caller& caller, const AccessQuestion& question, Scope scope);
  [[nodiscard]] Result<Access> Review(const Caller& caller, const AccessQuestion& question,
                                      Scope scope);

  const ReviewClient* reviews_;
  const Clock& clock_;
  const AccessCaching caching_;
  ExpiringCache<Access> known_;
  SingleFlight<Access> flights_;
};

}  // namespace loadcurve::external_metrics
