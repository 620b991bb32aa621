#pragma once

#include <string>
#include <string_view>

#include "adapters/prometheus/query_client.h"
#include "base/result.h"
#include "base/units.h"
#include "metrics/load_series.h"

namespace loadcurve::prometheus {

// Values of a PromQL expression over whole windows of `step` within [since, until): that at
// the end of a window, t, stands for [t - step, t), so the expression should look back as
// far, `rate(x[1m])` for a step of 1m.
//
// Load in the unit that `weights_version` names: of an expression that is weighed already, or
// of a plain rate. Values that are absent, NaN, infinite or below zero are missing, and so is
// all of an answer with warnings, which may hold a part of the sum only.
//
// kInvalidArgument: the expression yields several series (sum them), or no whole window is
// asked for. kNotFound: it yields nothing at all.
[[nodiscard]] Result<LoadSeries> SeriesOf(const QueryClient& client, std::string_view expression,
                                          std::string weights_version, Duration step,
                                          TimePoint since, TimePoint until);

// Names the scale of an expression's values: "promql-1a2b3c4d"; equal texts, equal names. A
// load by one expression never meets a load by another.
std::string ExpressionVersion(std::string_view expression);

}  // namespace loadcurve::prometheus
