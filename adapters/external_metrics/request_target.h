#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace loadcurve::external_metrics {

// The path and the query of a request, decoded.
class RequestTarget {
 public:
  // In a query '+' is a space (the aggregator encodes so); in a path it is itself. kInvalidArgument
  // where it does not begin with '/' or a '%' is not followed by two hexadecimal digits.
  [[nodiscard]] static Result<RequestTarget> Parse(std::string_view target);

  // As sent, without query and without a slash at its end: "/apis"; "/" for the root.
  const std::string& path() const { return path_; }
  // What stands between its slashes, decoded.
  const std::vector<std::string>& segments() const { return segments_; }

  // The first value of that name; "" where there is none.
  std::string_view Parameter(std::string_view name) const;
  std::vector<std::string_view> Parameters(std::string_view name) const;
  bool Has(std::string_view name) const;
  // "true" or "1".
  bool IsSet(std::string_view name) const;

 private:
  std::string path_;
  std::vector<std::string> segments_;
  std::vector<std::pair<std::string, std::string>> query_;
};

}  // namespace loadcurve::external_metrics
