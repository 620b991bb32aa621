#pragma once

#include <string>

#include "adapters/series/series_file.h"
#include "base/result.h"
#include "cmd/command_line.h"
#include "cmd/weights_option.h"

namespace loadcurve {

// The load of a workload out of a history store, as `forecast` reads it.
class ForecastStore {
 public:
  // Adds --store, --workload, --weights and --reference.
  void AddTo(CLI::App& command);

  bool IsGiven() const { return !path_.empty(); }

  // All that is known of the workload in windows of `step`: idle ones are zero, others missing.
  // kNotFound where the store holds nothing of it, or nothing at that step.
  [[nodiscard]] Result<series::NamedSeries> Read(Duration step);

 private:
  std::string path_;
  std::string workload_;
  WeightsOption weights_;
  CLI::Option* named_ = nullptr;  // --workload, whose name may be empty
};

}  // namespace loadcurve
