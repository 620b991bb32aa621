#include "adapters/mock/answer_tally.h"

namespace loadcurve::mock {

void RouteTally::Add(const RouteTally& other) {
  requests += other.requests;
  for (const auto& [status, count] : other.statuses) statuses[status] += count;
  for (std::size_t i = 0; i < outcomes.size(); ++i) outcomes[i] += other.outcomes[i];
  overflows += other.overflows;
  left += other.left;
  body_bytes += other.body_bytes;
  wished.Merge(other.wished);
  queued.Merge(other.queued);
  given.Merge(other.given);
  error.Merge(other.error);
}

RouteTally Total(const AnswerTally& tally) {
  RouteTally total;
  for (const auto& [name, route] : tally) total.Add(route);
  return total;
}

}  // namespace loadcurve::mock
