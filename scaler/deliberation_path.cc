// The stage that looks further than one start-up, and what a decision tells of itself.

#include <algorithm>
#include <cmath>

#include "base/time_text.h"
#include "scaler/deliberation.h"
#include "scaler/reason_words.h"

namespace loadcurve {
namespace {

constexpr double kMedian = 0.5;
// A need moves around its median course: a count that shall stay has room for so much.
constexpr double kRoom = 1.08;
// What is known of the course of an hour is not believed beyond these.
constexpr double kLeastCourse = 0.5;
constexpr double kMostCourse = 2;

// Until when the count was higher, before it fell last; as far as that is remembered.
std::optional<TimePoint> HigherUntil(std::span<const PastCount> counts) {
  for (std::size_t i = counts.size(); i-- > 1;)
    if (counts[i].replicas < counts[i - 1].replicas) return counts[i - 1].observed_at;
  return std::nullopt;
}

Replicas CeilingOf(double count) {
  return Replicas(static_cast<std::int64_t>(std::ceil(count * (1 - 1e-9))));
}

}  // namespace

std::vector<PathStretch> Deliberation::Stretches(std::span<const LoadRow> ready_rows) const {
  const LoadOutlook& outlook = *inputs_.outlook;
  const auto last = static_cast<std::size_t>(&ready_rows.back() - outlook.rows.data());
  const double median = LoadAt(UpperLoadOf(ready_rows.back()), kMedian).value();
  std::vector<PathStretch> stretches;
  for (std::size_t i = last; i < outlook.rows.size() && stretches.size() < kMostStretches; ++i) {
    const std::size_t next = i + 1 < outlook.rows.size()
                                 ? outlook.ahead[i + 1]
                                 : 2 * outlook.ahead[i] - outlook.ahead[last];
    const double steps =
        std::max(1.0, static_cast<double>(next) - static_cast<double>(outlook.ahead[i]));
    const double course = std::clamp(LoadAt(UpperLoadOf(outlook.rows[i]), kMedian).value() / median,
                                     kLeastCourse, kMostCourse);
    stretches.push_back({steps, i == last ? 1 : course * kRoom});
  }
  return stretches;
}

void Deliberation::Path() {
  const Duration change = fields_.behavior.change_cost;
  if (change == Duration(0) || desired_ == Replicas(0)) return;
  const TimePoint ready = ReadyAt();
  const auto rows = RowsFor(ready, ready + step_);
  if (rows.empty() || !(LoadAt(UpperLoadOf(rows.back()), kMedian) > MetricsQps(0))) return;
  const auto stretches = Stretches(rows);
  const auto need = static_cast<double>(desired_.value());
  const double steps = Seconds(change) / Seconds(inputs_.outlook->step);
  const PathStart path =
      CheapestPath(static_cast<double>(inputs_.current.value()) / need, stretches, steps);
  const auto higher_until = HigherUntil(inputs_.past_counts);
  if (!path.stays && desired_ < inputs_.current && higher_until &&
      inputs_.now < *higher_until + kBetweenShrinks) {
    Move(DecisionStage::kPath, inputs_.current, [&] {
      return "the count was higher until " + ToRfc3339(*higher_until) +
             ", and what is needed may fall on: it shrinks again " + ToString(kBetweenShrinks) +
             " later, by all of it";
    });
    return;
  }
  const Replicas count = path.stays ? inputs_.current : CeilingOf(path.count * need);
  if (count <= desired_) return;
  Move(DecisionStage::kPath, count, [&] {
    const double saved = (path.other_cost - path.cost) * need * Seconds(inputs_.outlook->step) / 60;
    const std::string cost =
        "a change costs as much as " + ToString(change) + " of " + CountWords(desired_);
    if (path.stays)
      return cost + ", and staying at " + CountWords(count) + " costs " + Short(saved) +
             " replica-minutes less than changing now, by what is needed within the hour";
    return cost + ", and " + CountWords(count) + " are enough for " +
           std::to_string(path.stretches) + " of the " + std::to_string(stretches.size()) +
           " stretches of the next hour";
  });
}

void Deliberation::Explain() {
  DecisionBasis& basis = decision_.basis;
  basis.per_replica = aim_.per_replica;
  basis.shortage_cost = aim_.shortage_cost;
  if (latest_) {
    basis.latest = latest_->load;
    const auto current = static_cast<double>(inputs_.current.value());
    const double needed = latest_->load / aim_.per_replica;
    const bool is_kept = current > 0 && std::abs(needed / current - 1) <= 0.1;
    basis.hpa = is_kept ? inputs_.current
                        : Replicas(static_cast<std::int64_t>(std::ceil(std::min(needed, 1e6))));
  }
  const TimePoint ready = ReadyAt();
  const MetricsQps carried = aim_.per_replica * static_cast<double>(desired_.value());
  for (const LoadRow& row : RowsFor(ready, ready + step_)) {
    basis.median = LoadAt(UpperLoadOf(row), 0.5);
    basis.tail_replicas = TailReplicas(row, aim_.per_replica);
    basis.short_chance =
        std::max(basis.short_chance.value_or(0), ChanceBeyond(UpperLoadOf(row), carried));
  }
  std::optional<double> price;
  if (fields_.budget) price = fields_.budget->replica_hour;
  if (fields_.objective.prices) price = fields_.objective.prices->replica_hour;
  if (!price) return;
  basis.cost_per_hour = *price * static_cast<double>(desired_.value());
  if (basis.hpa) basis.hpa_cost_per_hour = *price * static_cast<double>(basis.hpa->value());
}

}  // namespace loadcurve
