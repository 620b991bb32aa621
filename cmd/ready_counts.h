#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve {

// How many replicas were ready at which time, as a user tells it.
class ReadyCounts {
 public:
  // A number of 1 or more, that stood all the time; or a CSV file with a header and the columns
  // time,replicas: each count stands until the next row, the last one for as long as the rows
  // are apart in the median. An empty count is not known. kInvalidArgument with file, line and
  // value; kNotFound.
  [[nodiscard]] static Result<ReadyCounts> Read(const std::string& number_or_path);

  // The count that stood throughout; absent where it is not known, or changed.
  std::optional<Replicas> During(TimePoint from, TimePoint to) const;

 private:
  std::optional<Replicas> always_;
  std::map<TimePoint, std::optional<Replicas>> from_;  // until the next, which ends the last
};

}  // namespace loadcurve
