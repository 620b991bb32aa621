#include "scaler/twin/moments.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "scaler/twin/replica_queue.h"
#include "scaler/twin/response_times.h"

namespace loadcurve::twin {
namespace {

constexpr double kRoundingError = 1e-9;
// A queue is followed in parts of so many mean service times; a moment in no more than these.
constexpr double kPart = 2;
constexpr double kMostParts = 50;
constexpr std::size_t kMostCohorts = 8;

// What is ready, read forwards.
class ReadyPath {
 public:
  explicit ReadyPath(std::span<const ReadyChange> path) : path_(path) {}

  // The fewest in [from, until); `from` never goes back.
  double Fewest(TimePoint from, TimePoint until) {
    while (at_ + 1 < path_.size() && path_[at_ + 1].at <= from) ++at_;
    Replicas fewest = path_[at_].ready;
    for (std::size_t i = at_ + 1; i < path_.size() && path_[i].at < until; ++i)
      fewest = std::min(fewest, path_[i].ready);
    return static_cast<double>(std::max(fewest, Replicas(1)).value());
  }

 private:
  std::span<const ReadyChange> path_;
  std::size_t at_ = 0;
};

// Replicas that became ready together, whose queues are alike.
struct Cohort {
  double replicas = 0;
  ReplicaQueue queue;
};

class Requests {
 public:
  explicit Requests(const Service& service) : service_(service) {}

  // `load` in replicas arrives during `moment` at `ready` ones.
  void Arrive(double load, double ready, Duration moment) {
    const double rho = service_.planned_utilization.value() * load / ready;
    Become(ready, rho);
    for (Cohort& cohort : cohorts_)
      Pass(cohort, rho, {load * cohort.replicas / ready, Seconds(moment)});
    Unite(rho);
  }

  LatencyQuantiles Quantiles() const {
    const double unit_ms = 1000 * Seconds(service_.mean_time);
    return {unit_ms * times_.Quantile(0.5), unit_ms * times_.Quantile(0.95),
            unit_ms * times_.Quantile(0.99)};
  }

 private:
  struct Share {
    double weight;
    double seconds;
  };

  // Those that are there first are steady; later ones begin empty. The latest go first.
  void Become(double ready, double rho) {
    double there = 0;
    for (const Cohort& cohort : cohorts_) there += cohort.replicas;
    if (ready > there) cohorts_.push_back({ready - there, ReplicaQueue(there == 0 ? rho : 0)});
    for (double gone = there - ready; gone > 0;) {
      const double some = std::min(gone, cohorts_.back().replicas);
      cohorts_.back().replicas -= some;
      gone -= some;
      if (cohorts_.back().replicas == 0) cohorts_.pop_back();
    }
  }

  void Pass(Cohort& cohort, double rho, const Share& share) {
    const double time = share.seconds / Seconds(service_.mean_time);
    const double parts = std::clamp(std::ceil(time / kPart), 1.0, kMostParts);
    for (double left = parts; left > 0; --left) {
      if (cohort.queue.IsSteadyAt(rho)) {
        Take(cohort.queue, share.weight * left / parts);
        return;
      }
      cohort.queue.Pass(rho, time / parts);
      Take(cohort.queue, share.weight / parts);
    }
  }

  void Take(const ReplicaQueue& queue, double weight) {
    if (weight > 0) times_.Add(weight, queue.mean() + 1, queue.mean() + 1 + queue.variance());
  }

  // Neighbours that have become alike are one; of very many, the latest two.
  void Unite(double rho) {
    for (std::size_t i = cohorts_.size(); i-- > 1;) {
      Cohort& older = cohorts_[i - 1];
      const Cohort& younger = cohorts_[i];
      const bool are_alike = older.queue.IsLike(younger.queue) ||
                             (older.queue.IsSteadyAt(rho) && younger.queue.IsSteadyAt(rho));
      if (!are_alike && cohorts_.size() <= kMostCohorts) continue;
      older.replicas += younger.replicas;
      older.queue.MixIn(younger.queue, younger.replicas / older.replicas);
      cohorts_.erase(cohorts_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  Service service_;
  std::vector<Cohort> cohorts_;  // the oldest first
  ResponseTimes times_;
};

}  // namespace

MomentMeasures MeasureMoments(const Judged& judged, const MomentRates& rates,
                              std::span<const ReadyChange> path, const Service& service) {
  ReadyPath ready_path(path);
  Requests requests(service);
  double moments = 0;
  double short_moments = 0;
  for (std::size_t step = judged.first; step < judged.demand.size(); ++step) {
    if (std::isnan(judged.demand[step])) continue;
    TimePoint from = rates.start + judged.step * static_cast<std::int64_t>(step);
    for (const double rate : rates.rates.subspan(step * rates.per_step, rates.per_step)) {
      const double load = rate * judged.demand[step];
      const double ready = ready_path.Fewest(from, from + rates.moment);
      ++moments;
      short_moments += load > ready + kRoundingError ? 1 : 0;
      requests.Arrive(load, ready, rates.moment);
      from += rates.moment;
    }
  }
  return {moments > 0 ? short_moments / moments : 0, requests.Quantiles()};
}

}  // namespace loadcurve::twin
