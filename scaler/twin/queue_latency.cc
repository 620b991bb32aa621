#include "scaler/twin/queue_latency.h"

#include <algorithm>
#include <cmath>

namespace loadcurve::twin {
namespace {

// The requests of some steps alike: their number, what they wait for first, and the mean of the
// exponential time they take then.
struct Batch {
  double weight = 0;
  double wait_seconds = 0;
  double mean_seconds = 0;
};

// Steps by rho, so that quantiles need not look at each step; steps with a wait stand alone.
class Batches {
 public:
  explicit Batches(double service_seconds) : service_seconds_(service_seconds), by_rho_(kBins) {}

  void Add(double weight, double rho, double wait_seconds) {
    const double mean = service_seconds_ / (1 - rho);
    if (wait_seconds > 0) {
      waiting_.push_back({weight, wait_seconds, mean});
      return;
    }
    const auto bin = static_cast<std::size_t>(rho / kFullest * (kBins - 1));
    Batch& batch = by_rho_[bin];
    batch.mean_seconds += weight * mean;
    batch.weight += weight;
  }

  std::vector<Batch> All() const {
    std::vector<Batch> all = waiting_;
    for (Batch batch : by_rho_) {
      if (!(batch.weight > 0)) continue;
      batch.mean_seconds /= batch.weight;
      all.push_back(batch);
    }
    return all;
  }

 private:
  static constexpr std::size_t kBins = 256;
  double service_seconds_;
  std::vector<Batch> by_rho_;
  std::vector<Batch> waiting_;
};

double ShareSlowerThan(std::span<const Batch> batches, double seconds) {
  double slower = 0;
  double all = 0;
  for (const Batch& batch : batches) {
    all += batch.weight;
    const double left = seconds - batch.wait_seconds;
    slower += batch.weight * (left <= 0 ? 1 : std::exp(-left / batch.mean_seconds));
  }
  return all > 0 ? slower / all : 0;
}

double QuantileMs(std::span<const Batch> batches, double level) {
  double low = 0;
  double high = 1e-3;
  while (ShareSlowerThan(batches, high) > 1 - level) high *= 2;
  for (int i = 0; i < 50; ++i) {
    const double middle = (low + high) / 2;
    (ShareSlowerThan(batches, middle) > 1 - level ? low : high) = middle;
  }
  return 1000 * high;
}

}  // namespace

LatencyQuantiles LatencyOf(const Judged& judged, std::span<const StepRecord> records,
                           const Service& service) {
  Batches batches(Seconds(service.mean_time));
  const double step_seconds = Seconds(judged.step);
  double backlog = 0;  // replica-seconds
  for (std::size_t i = judged.first; i < records.size(); ++i) {
    const double demand = judged.demand[i];
    if (std::isnan(demand)) continue;
    const double ready = std::max(1.0, static_cast<double>(records[i].ready.value()));
    const double rho = service.planned_utilization.value() * demand / ready;
    const double before = backlog;
    backlog = std::max(0.0, backlog + (rho - kFullest) * ready * step_seconds);
    const double wait = (before + backlog) / 2 / ready;
    batches.Add(demand, std::min(rho, kFullest), wait);
  }
  const std::vector<Batch> all = batches.All();
  return {QuantileMs(all, 0.5), QuantileMs(all, 0.95), QuantileMs(all, 0.99)};
}

}  // namespace loadcurve::twin
