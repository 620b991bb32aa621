#pragma once

#include <string>

#include "adapters/kube/label_selector.h"
#include "base/result.h"
#include "base/units.h"

namespace loadcurve::external_metrics {

using kube::Labels;
using kube::LabelSelector;

// What an HPA asks for.
struct MetricQuery {
  std::string namespace_name;
  std::string metric;  // "loadcurve-replicas"
  LabelSelector selector{};
};

// What it gets.
struct MetricItem {
  Labels labels;
  double value = 0;       // finite, >= 0
  TimePoint measured_at;  // the end of the window
  Duration window{0};     // over which it was measured; 0: at one moment
};

// SEAM. Published metrics. Thread-safe.
class MetricReader {
 public:
  virtual ~MetricReader() = default;

  // The one item meant, from memory, within microseconds. One, since an HPA would add several
  // up. Errors, each with its cause and remedy, since the message is what a person reads in the
  // HPA's events:
  //   kNotFound          no such metric, or nothing that matches
  //   kInvalidArgument   the selector matches several
  //   kInsufficientData  it is known but was never measured, or is too old, and by how much
  //   kUnavailable       this replica cannot tell now
  [[nodiscard]] virtual Result<MetricItem> Read(const MetricQuery& query) const = 0;
};

}  // namespace loadcurve::external_metrics
