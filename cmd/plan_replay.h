#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "cmd/command_line.h"
#include "cmd/plan_options.h"
#include "scaler/capacity/replay/spot_market.h"

namespace loadcurve {

// `loadcurve plan --replay TRACE...`: weeks of spot traces under our policy, its rivals and an
// oracle. It outlives the parsing.
class PlanReplay {
 public:
  // Adds --replay and what goes with it.
  void AddTo(CLI::App& command);

  bool is_asked() const { return !traces_.empty(); }

  // Prints what each policy cost and served; kInvalidArgument names the option, or the file and the
  // field.
  [[nodiscard]] Result<void> Run(const PlanOptions& options) const;

 private:
  [[nodiscard]] Result<capacity::SpotTerms> Terms() const;
  [[nodiscard]] Result<std::vector<double>> Prices() const;
  [[nodiscard]] Result<capacity::SpotMarket> Market(const std::string& demand) const;

  std::vector<std::string> traces_;
  std::int64_t nodes_ = 16;
  std::string price_ratio_ = "0.3";
  double price_drift_ = 0;
  std::string boot_ = "180s";
  std::string notice_ = "120s";
  double missed_notice_ = 0.1;
  std::uint64_t seed_ = 1;
  std::string policies_ = "all";
  std::string paths_;
};

}  // namespace loadcurve
