#include "scaler/twin/fault_script.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>

namespace loadcurve::twin {
namespace {

using std::chrono::minutes;

constexpr std::size_t kMinutes = 180;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  // Evenly in [0, 1), the same on every machine.
  double Share() { return static_cast<double>(random_() >> 11U) * 0x1.0p-53; }
  double Between(double low, double high) { return low + (high - low) * Share(); }
  std::int64_t Whole(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(Share() * static_cast<double>(high - low + 1));
  }
  bool Chance(double share) { return Share() < share; }

 private:
  std::mt19937_64 random_;
};

std::vector<double> Synthetic(Dice& dice) {
  std::vector<double> loads(kMinutes);
  const double level = dice.Between(3, 60);
  const std::int64_t shape = dice.Whole(0, 5);
  const double slope = dice.Between(-0.6, 1.5);
  const double phase = dice.Between(0, 2 * std::numbers::pi);
  const auto at = static_cast<std::size_t>(dice.Whole(30, 150));
  double walk = 1;
  for (std::size_t i = 0; i < kMinutes; ++i) {
    const double t = static_cast<double>(i) / kMinutes;
    walk = std::clamp(walk * (1 + dice.Between(-0.04, 0.04)), 0.3, 3.0);
    double load = level;
    if (shape == 1) load *= 1 + 0.5 * std::sin(phase + 2 * std::numbers::pi * t / 8);
    if (shape == 2) load *= 1 + slope * t;
    if (shape == 3) load *= walk;
    if (shape == 4 && i >= at) load *= 1 + slope;
    if (shape == 5 && i >= at && i < at + 15) load *= 2.5;
    loads[i] = load * (1 + dice.Between(-0.03, 0.03));
  }
  return loads;
}

std::vector<double> Slice(std::span<const double> real, Dice& dice) {
  const double mean =
      std::accumulate(real.begin(), real.end(), 0.0) / static_cast<double>(real.size());
  const auto first = static_cast<std::size_t>(
      dice.Whole(0, static_cast<std::int64_t>(real.size() - kMinutes) - 1));
  std::vector<double> loads;
  for (const double load : real.subspan(first, kMinutes)) loads.push_back(20 * load / mean);
  return loads;
}

FaultEvent RandomEvent(Dice& dice, bool is_on_the_minute) {
  FaultEvent event;
  event.fault = static_cast<Fault>(dice.Whole(0, static_cast<std::int64_t>(kFaults) - 1));
  event.from = std::chrono::seconds(dice.Whole(25 * 60, 140 * 60));
  event.length = std::chrono::seconds(dice.Whole(30, dice.Chance(0.2) ? 80 * 60 : 20 * 60));
  if (is_on_the_minute) {
    event.from = std::chrono::floor<minutes>(event.from);
    event.length = std::chrono::ceil<minutes>(event.length);
  }
  event.severity = dice.Between(0.3, 1);
  return event;
}

}  // namespace

std::string_view Name(Fault fault) {
  switch (fault) {
    case Fault::kSilence:
      return "silence";
    case Fault::kLate:
      return "late";
    case Fault::kHalfHeard:
      return "half_heard";
    case Fault::kHang:
      return "hang";
    case Fault::kRefusal:
      return "refusal";
    case Fault::kRetryStorm:
      return "retry_storm";
    case Fault::kOutage:
      return "outage";
    case Fault::kOldCount:
      return "old_count";
    case Fault::kRestart:
      return "restart";
  }
  return "unknown";
}

FaultScript RandomScript(std::uint64_t seed, std::span<const double> real) {
  Dice dice(seed);
  FaultScript script{.seed = seed};
  const bool is_real = real.size() > kMinutes && dice.Chance(0.5);
  script.loads = is_real ? Slice(real, dice) : Synthetic(dice);
  // With no window a minute that a fault begins in cannot be told from one of less load.
  const bool has_window = dice.Chance(0.85);
  if (has_window) script.scale_down_window = minutes(dice.Whole(2, 10));
  script.startup = std::chrono::seconds(dice.Whole(0, 180));
  if (dice.Chance(0.3)) script.up_step = Replicas(dice.Whole(1, 10));
  if (dice.Chance(0.3)) script.down_step = Replicas(dice.Whole(1, 10));
  script.min = Replicas(dice.Whole(1, 3));  // pods that are not there count nothing
  script.max = Replicas(dice.Chance(0.2) ? dice.Whole(10, 40) : 400);
  script.has_slots = dice.Chance(0.4);
  script.has_forecast = dice.Chance(0.8);
  script.forecast_bias = dice.Chance(0.3) ? dice.Between(0.5, 1.5) : 1;
  script.has_gauge = dice.Chance(0.6);
  script.is_hpa = dice.Chance(0.5);
  const std::int64_t events = dice.Whole(1, 4);
  for (std::int64_t i = 0; i < events; ++i) script.events.push_back(RandomEvent(dice, !has_window));
  return script;
}

}  // namespace loadcurve::twin
