#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/load_series.h"

namespace loadcurve {

// A model that has learnt one series. Its parameters stay as they were fitted, until it is fitted
// anew; what it observes moves only its memory of the recent past.
class FittedModel {
 public:
  virtual ~FittedModel() = default;

  // The load of the next step; NaN where it is missing.
  virtual void Observe(double load) = 0;

  // Fits anew to all that was given and observed since, as ForecastModel::Fit would. False where
  // the model does not keep that: then nothing changed.
  virtual bool Refit() { return false; }

  // The middle path of the next `horizon` steps, finite and >= 0. `horizon` is at most
  // the one the model was made for.
  virtual std::vector<double> Predict(std::size_t horizon) const = 0;
};

// A way to learn a series. Models are constant and may be shared between threads.
class ForecastModel {
 public:
  virtual ~ForecastModel() = default;

  // "persistence", "seasonal-naive", ...
  virtual std::string_view name() const = 0;

  // The fewest steps of history that Fit accepts.
  virtual std::size_t least_history() const = 0;

  // kInsufficientData where the history is too short or too sparse for this model; the
  // message says how much it needs.
  [[nodiscard]] virtual Result<std::unique_ptr<FittedModel>> Fit(
      const LoadSeries& history) const = 0;
};

}  // namespace loadcurve
