#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/prometheus/query_client.h"
#include "adapters/prometheus/whole_windows.h"
#include "base/result.h"
#include "base/units.h"
#include "metrics/load_series.h"

namespace loadcurve::prometheus {

// Values of a PromQL expression over whole windows: that at the end of a window, t, stands for
// [t - step, t), so the expression should look back as far, `rate(x[1m])` for a step of 1m.
struct ExpressionValues {
  WholeWindows windows;
  std::vector<double> values;  // one a window, >= 0; NaN where there is none
  // False where the answer came with warnings: values may hold a part of the sum only.
  bool is_whole = true;
  // Names the expression and the latest of its values that are below zero, infinite or NaN, and
  // are missing for that.
  std::optional<Error> fault{};
};

// kInvalidArgument: the expression yields several series (sum them), or no whole window is
// asked for. kNotFound: it yields nothing at all.
[[nodiscard]] Result<ExpressionValues> ValuesOf(const QueryClient& client,
                                                std::string_view expression, Duration step,
                                                TimePoint since, TimePoint until);

// The same as a series in the unit that `weights_version` names, faults passed over. All of an
// answer with warnings is missing.
[[nodiscard]] Result<LoadSeries> SeriesOf(const QueryClient& client, std::string_view expression,
                                          std::string weights_version, Duration step,
                                          TimePoint since, TimePoint until);

}  // namespace loadcurve::prometheus
