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

void RouteTally::Count(const PlannedAnswer& answer, Duration taken) {
  ++outcomes[static_cast<std::size_t>(answer.outcome)];
  if (answer.is_overflow) ++overflows;
  if (answer.outcome == Outcome::kAnswer || answer.outcome == Outcome::kCut)
    ++statuses[answer.status];
  if (answer.outcome == Outcome::kHang) return;
  wished.Record(answer.wait);
  queued.Record(answer.queued);
  given.Record(taken);
  error.Record(taken - answer.wait);
}

RouteTally Total(const AnswerTally& tally) {
  RouteTally total;
  for (const auto& [name, route] : tally) total.Add(route);
  return total;
}

}  // namespace loadcurve::mock
