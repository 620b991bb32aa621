#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/logs/field_text.h"
#include "base/result.h"

namespace loadcurve::logs {

// What a column of a CSV or a key of a JSON line may tell about a request.
enum class Field : std::uint8_t {
  kStart,
  kEnd,
  kDuration,     // of the whole request
  kServiceTime,  // how long the service behind a proxy held it
  kStatus,
  kGrpcStatus,
  kRoute,  // an operation name, taken as it stands
  kMethod,
  kTarget,       // a path or URL, made into a route
  kRequestLine,  // "GET /path HTTP/1.1"
  kWorkload,
  kUpstream,
  kHost,
  kBytes,        // of the answer
  kSecondsMark,  // its presence says that "duration" is in seconds
};
constexpr std::size_t kFieldCount = 15;

struct FieldSource {
  Field field = Field::kStart;
  std::string column;  // a column of a CSV; a key of JSON, nested ones joined by dots
  TimeUnit unit = TimeUnit::kUnknown;
  int rank = 0;  // where several columns tell the same, the lowest is taken
};

// Which column tells what.
class FieldMap {
 public:
  // Reads "start=start_ms:ms,duration=duration_us:us,route=operation,workload=pod": fields
  // start, end, duration, status, grpc_status, bytes, route, path, method, workload; units s, ms,
  // us, ns and rfc3339. Without a unit the ending of the column's name (_ms, _us ...) says it, or
  // what is documented for a well-known name; for times the value itself does. A duration of
  // which nothing says the unit, an unknown field or unit, a field named twice, no time, or
  // no duration and not both start and end, are kInvalidArgument.
  [[nodiscard]] static Result<FieldMap> Parse(std::string_view text);

  // The names that loggers and proxies are known to use, see docs/log-fields.md.
  static const FieldMap& WellKnown();

  std::span<const FieldSource> sources() const { return sources_; }

  bool Has(Field field) const;

  // True where the columns tell when a request was and how long it took.
  bool CanPlaceRequests() const;

  // The sources whose column `is_kept`.
  template <class Predicate>
  FieldMap Where(Predicate is_kept) const {
    FieldMap kept;
    for (const FieldSource& source : sources_) {
      if (is_kept(source)) kept.sources_.push_back(source);
    }
    return kept;
  }

  // "upstream_service_time, else duration": the columns of durations, best first.
  std::string DurationColumns() const;

 private:
  std::vector<FieldSource> sources_;
};

}  // namespace loadcurve::logs
