#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "cmd/command_line.h"
#include "cmd/prometheus_arguments.h"
#include "cmd/series_arguments.h"
#include "metrics/load_series.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

// The past that is simulated, and of whom.
struct SimulatedLoad {
  std::string name;  // of the file, the store or the Prometheus
  LoadSeries series;
  std::optional<ScalingProfile> profile;  // with a capacity
};

// Where `simulate` reads the load: a series, a history store, or a Prometheus. It outlives the
// parsing.
class SimulateLoad {
 public:
  // Adds --series and what goes with it, --history, --prometheus and what goes with it, --span,
  // --profile and --workload.
  void AddTo(CLI::App& command);

  // kInvalidArgument: none or several of the three, a store or Prometheus without a profile, a
  // profile without a capacity; else as reading fails. `now` is where the span ends for a
  // Prometheus.
  [[nodiscard]] Result<SimulatedLoad> Read(TimePoint now) const;

 private:
  [[nodiscard]] Result<std::optional<ScalingProfile>> Profile() const;
  [[nodiscard]] Result<LoadSeries> FromHistory(const ScalingProfile& profile) const;
  [[nodiscard]] Result<LoadSeries> FromPrometheus(const ScalingProfile& profile,
                                                  TimePoint now) const;

  SeriesArguments series_;
  std::string history_;
  PrometheusArguments prometheus_;
  std::string span_ = "14d";
  std::string profile_;
  std::string workload_;
};

}  // namespace loadcurve
