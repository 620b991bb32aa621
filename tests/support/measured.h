#pragma once

#include <utility>
#include <variant>

#include "metrics/metric_source.h"

namespace loadcurve {

// What a source that counts requests reads.
[[nodiscard]] inline Result<MeasuredRequests> CountedBy(MetricSource& source, TimePoint since,
                                                        TimePoint until) {
  auto read = source.Read(since, until);
  if (!read) return tl::unexpected<Error>(read.error());
  return std::get<MeasuredRequests>(*std::move(read));
}

[[nodiscard]] inline Result<MeasuredRequests> CountedBy(MetricSource&& source, TimePoint since,
                                                        TimePoint until) {
  return CountedBy(source, since, until);
}

// What a source that tells the load itself reads.
[[nodiscard]] inline Result<ToldLoad> ToldBy(MetricSource& source, TimePoint since,
                                             TimePoint until) {
  auto read = source.Read(since, until);
  if (!read) return tl::unexpected<Error>(read.error());
  return std::get<ToldLoad>(*std::move(read));
}

}  // namespace loadcurve
