#include "adapters/logs/field_map.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace loadcurve::logs {
namespace {

struct FieldName {
  std::string_view name;
  Field field;
};

// The names that --fields takes.
constexpr std::array kFieldNames = {FieldName{"start", Field::kStart},
                                    FieldName{"end", Field::kEnd},
                                    FieldName{"duration", Field::kDuration},
                                    FieldName{"status", Field::kStatus},
                                    FieldName{"grpc_status", Field::kGrpcStatus},
                                    FieldName{"route", Field::kRoute},
                                    FieldName{"path", Field::kTarget},
                                    FieldName{"method", Field::kMethod},
                                    FieldName{"bytes", Field::kBytes},
                                    FieldName{"workload", Field::kWorkload}};

struct UnitName {
  std::string_view name;
  TimeUnit unit;
};

constexpr std::array kUnitNames = {
    UnitName{"s", TimeUnit::kSeconds}, UnitName{"ms", TimeUnit::kMilliseconds},
    UnitName{"us", TimeUnit::kMicroseconds}, UnitName{"ns", TimeUnit::kNanoseconds},
    UnitName{"rfc3339", TimeUnit::kText}};

constexpr std::array kUnitEndings = {
    UnitName{"_s", TimeUnit::kSeconds},
    UnitName{"_sec", TimeUnit::kSeconds},
    UnitName{"_seconds", TimeUnit::kSeconds},
    UnitName{"_ms", TimeUnit::kMilliseconds},
    UnitName{"Ms", TimeUnit::kMilliseconds},
    UnitName{"_millis", TimeUnit::kMilliseconds},
    UnitName{"_milliseconds", TimeUnit::kMilliseconds},
    UnitName{"_us", TimeUnit::kMicroseconds},
    UnitName{"_micros", TimeUnit::kMicroseconds},
    UnitName{"_microseconds", TimeUnit::kMicroseconds},
    UnitName{"_ns", TimeUnit::kNanoseconds},
    UnitName{"_nanos", TimeUnit::kNanoseconds},
    UnitName{"_nanoseconds", TimeUnit::kNanoseconds},
};

struct KnownName {
  Field field;
  std::string_view column;
  TimeUnit unit = TimeUnit::kUnknown;
};

// In order of rank within a field. A name that stands for a time or a duration is known
// with every unit ending as well, before it without one.
constexpr std::array kKnownNames = {
    KnownName{Field::kStart, "start_time"},
    KnownName{Field::kStart, "start"},
    KnownName{Field::kStart, "started_at"},
    KnownName{Field::kStart, "StartUTC"},

    KnownName{Field::kEnd, "end_time"},
    KnownName{Field::kEnd, "end"},
    KnownName{Field::kEnd, "msec", TimeUnit::kSeconds},
    KnownName{Field::kEnd, "time_iso8601"},
    KnownName{Field::kEnd, "time"},
    KnownName{Field::kEnd, "timestamp"},
    KnownName{Field::kEnd, "@timestamp"},
    KnownName{Field::kEnd, "ts"},
    KnownName{Field::kEnd, "datetime"},
    KnownName{Field::kEnd, "time_local"},

    KnownName{Field::kServiceTime, "upstream_service_time", TimeUnit::kMilliseconds},
    KnownName{Field::kServiceTime, "x-envoy-upstream-service-time", TimeUnit::kMilliseconds},
    KnownName{Field::kServiceTime, "x_envoy_upstream_service_time", TimeUnit::kMilliseconds},
    KnownName{Field::kServiceTime, "upstream_response_time", TimeUnit::kSeconds},
    KnownName{Field::kServiceTime, "service_time", TimeUnit::kMilliseconds},
    KnownName{Field::kServiceTime, "OriginDuration", TimeUnit::kNanoseconds},

    KnownName{Field::kDuration, "latency_human"},
    KnownName{Field::kDuration, "httpRequest.latency"},
    KnownName{Field::kDuration, "duration", TimeUnit::kMilliseconds},
    KnownName{Field::kDuration, "request_time", TimeUnit::kSeconds},
    KnownName{Field::kDuration, "request_duration", TimeUnit::kMilliseconds},
    KnownName{Field::kDuration, "latency", TimeUnit::kMilliseconds},
    KnownName{Field::kDuration, "elapsed", TimeUnit::kMilliseconds},
    KnownName{Field::kDuration, "response_time", TimeUnit::kMilliseconds},
    KnownName{Field::kDuration, "responseTime", TimeUnit::kMilliseconds},
    KnownName{Field::kDuration, "response-time", TimeUnit::kMilliseconds},
    KnownName{Field::kDuration, "processing_time", TimeUnit::kMilliseconds},
    KnownName{Field::kDuration, "time_taken", TimeUnit::kMilliseconds},
    KnownName{Field::kDuration, "took", TimeUnit::kMilliseconds},
    KnownName{Field::kDuration, "event.duration", TimeUnit::kNanoseconds},
    KnownName{Field::kDuration, "Duration", TimeUnit::kNanoseconds},

    KnownName{Field::kStatus, "status"},
    KnownName{Field::kStatus, "response_code"},
    KnownName{Field::kStatus, "status_code"},
    KnownName{Field::kStatus, "statusCode"},
    KnownName{Field::kStatus, "http_status"},
    KnownName{Field::kStatus, "DownstreamStatus"},
    KnownName{Field::kStatus, "res.statusCode"},
    KnownName{Field::kStatus, "response.status"},
    KnownName{Field::kStatus, "httpRequest.status"},
    KnownName{Field::kStatus, "http.response.status_code"},
    KnownName{Field::kStatus, "code"},

    KnownName{Field::kBytes, "body_bytes_sent"},
    KnownName{Field::kBytes, "bytes_sent"},
    KnownName{Field::kBytes, "response_bytes"},
    KnownName{Field::kBytes, "response_size"},
    KnownName{Field::kBytes, "bytes_out"},
    KnownName{Field::kBytes, "size"},
    KnownName{Field::kBytes, "responseSize"},
    KnownName{Field::kBytes, "httpRequest.responseSize"},
    KnownName{Field::kBytes, "http.response.body.bytes"},
    KnownName{Field::kBytes, "DownstreamContentSize"},

    KnownName{Field::kGrpcStatus, "grpc_status"},
    KnownName{Field::kGrpcStatus, "grpc_status_number"},
    KnownName{Field::kGrpcStatus, "grpc-status"},
    KnownName{Field::kGrpcStatus, "grpc_code"},
    KnownName{Field::kGrpcStatus, "grpc.code"},

    KnownName{Field::kRoute, "route"},
    KnownName{Field::kRoute, "operation"},
    KnownName{Field::kRoute, "endpoint"},

    KnownName{Field::kMethod, "method"},
    KnownName{Field::kMethod, "request_method"},
    KnownName{Field::kMethod, "req.method"},
    KnownName{Field::kMethod, "request.method"},
    KnownName{Field::kMethod, "httpRequest.requestMethod"},
    KnownName{Field::kMethod, "http.request.method"},
    KnownName{Field::kMethod, "RequestMethod"},

    KnownName{Field::kTarget, "path"},
    KnownName{Field::kTarget, "uri"},
    KnownName{Field::kTarget, "url"},
    KnownName{Field::kTarget, "request_uri"},
    KnownName{Field::kTarget, "request_path"},
    KnownName{Field::kTarget, "req.url"},
    KnownName{Field::kTarget, "request.uri"},
    KnownName{Field::kTarget, "httpRequest.requestUrl"},
    KnownName{Field::kTarget, "url.path"},
    KnownName{Field::kTarget, "RequestPath"},

    KnownName{Field::kRequestLine, "request"},

    KnownName{Field::kWorkload, "upstream_cluster"},
    KnownName{Field::kWorkload, "workload"},
    KnownName{Field::kWorkload, "service"},
    KnownName{Field::kWorkload, "service_name"},
    KnownName{Field::kWorkload, "ServiceName"},
    KnownName{Field::kWorkload, "pod"},
    KnownName{Field::kWorkload, "app"},

    KnownName{Field::kUpstream, "upstream_addr"},
    KnownName{Field::kUpstream, "upstream_host"},

    KnownName{Field::kHost, "host"},
    KnownName{Field::kHost, "authority"},
    KnownName{Field::kHost, "http_host"},
    KnownName{Field::kHost, "server_name"},
    KnownName{Field::kHost, "request.host"},
    KnownName{Field::kHost, "RequestHost"},

    // Caddy's access log, the only known one with this key.
    KnownName{Field::kSecondsMark, "request.proto"},
};

bool IsInstant(Field field) {
  return field == Field::kStart || field == Field::kEnd;
}
bool IsSpan(Field field) {
  return field == Field::kDuration || field == Field::kServiceTime;
}

std::optional<TimeUnit> UnitByEnding(std::string_view column) {
  for (const UnitName& ending : kUnitEndings) {
    if (column.size() > ending.name.size() && column.ends_with(ending.name)) return ending.unit;
  }
  return std::nullopt;
}

// kUnknown where the name says nothing.
TimeUnit UnitOfColumn(Field field, std::string_view column) {
  if (const std::optional<TimeUnit> unit = UnitByEnding(column)) return *unit;
  for (const KnownName& known : kKnownNames) {
    if (known.column == column && IsInstant(known.field) == IsInstant(field)) return known.unit;
  }
  return TimeUnit::kUnknown;
}

template <class Names>
std::string Listed(const Names& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + std::string(name.name);
  return text;
}

tl::unexpected<Error> Wrong(std::string_view text, const std::string& why) {
  return Fail(ErrorCode::kInvalidArgument, "--fields '" + std::string(text) + "': " + why);
}

// Reads "duration=duration_us:us".
Result<FieldSource> ParseSource(std::string_view item, std::string_view text) {
  const std::string quoted = "'" + std::string(item) + "'";
  const std::size_t equals = item.find('=');
  if (equals == std::string_view::npos)
    return Wrong(text, quoted + " has no '='; expected field=column or field=column:unit");
  const std::string_view name = item.substr(0, equals);
  const auto* known = std::find_if(kFieldNames.begin(), kFieldNames.end(),
                                   [&](const FieldName& field) { return field.name == name; });
  if (known == kFieldNames.end())
    return Wrong(
        text, "'" + std::string(name) + "' is not a field; expected one of " + Listed(kFieldNames));
  FieldSource source{known->field, std::string(item.substr(equals + 1)), TimeUnit::kUnknown, 0};
  if (const std::size_t colon = source.column.rfind(':'); colon != std::string::npos) {
    const std::string unit_name = source.column.substr(colon + 1);
    const auto* unit =
        std::find_if(kUnitNames.begin(), kUnitNames.end(),
                     [&](const UnitName& known_unit) { return known_unit.name == unit_name; });
    if (unit == kUnitNames.end())
      return Wrong(text, "'" + unit_name + "' in " + quoted + " is not a unit; expected one of " +
                             Listed(kUnitNames));
    source.unit = unit->unit;
    source.column.resize(colon);
  } else {
    source.unit = UnitOfColumn(source.field, source.column);
  }
  if (source.column.empty()) return Wrong(text, quoted + " names no column");
  if (IsSpan(source.field) && (source.unit == TimeUnit::kUnknown || source.unit == TimeUnit::kText))
    return Wrong(text, quoted + " does not say the unit; expected duration=" + source.column +
                           ":ms, or s, us, ns");
  return source;
}

}  // namespace

Result<FieldMap> FieldMap::Parse(std::string_view text) {
  FieldMap map;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(item.size() + 1, rest.size()));
    LC_TRY(FieldSource source, ParseSource(item, text));
    if (map.Has(source.field))
      return Wrong(text, "'" + std::string(item.substr(0, item.find('='))) + "' is named twice");
    map.sources_.push_back(std::move(source));
  }
  if (!map.Has(Field::kStart) && !map.Has(Field::kEnd))
    return Wrong(text, "no time is named; expected start=COLUMN or end=COLUMN");
  if (!map.CanPlaceRequests())
    return Wrong(text, "no duration is named; expected duration=COLUMN:UNIT, or start= and end=");
  return map;
}

const FieldMap& FieldMap::WellKnown() {
  static const FieldMap kMap = [] {
    FieldMap map;
    int rank = 0;
    for (const KnownName& known : kKnownNames) {
      if (IsInstant(known.field) || IsSpan(known.field)) {
        for (const UnitName& ending : kUnitEndings)
          map.sources_.push_back({known.field, std::string(known.column) + std::string(ending.name),
                                  ending.unit, rank});
      }
      map.sources_.push_back({known.field, std::string(known.column), known.unit, rank + 1});
      rank += 2;
    }
    return map;
  }();
  return kMap;
}

bool FieldMap::Has(Field field) const {
  return std::any_of(sources_.begin(), sources_.end(),
                     [&](const FieldSource& source) { return source.field == field; });
}

bool FieldMap::CanPlaceRequests() const {
  const bool has_both_ends = Has(Field::kStart) && Has(Field::kEnd);
  const bool has_time = Has(Field::kStart) || Has(Field::kEnd);
  return has_both_ends || (has_time && (Has(Field::kDuration) || Has(Field::kServiceTime)));
}

std::string FieldMap::DurationColumns() const {
  std::vector<const FieldSource*> spans;
  for (const FieldSource& source : sources_) {
    if (IsSpan(source.field)) spans.push_back(&source);
  }
  std::sort(spans.begin(), spans.end(), [](const FieldSource* a, const FieldSource* b) {
    return std::pair(a->field != Field::kServiceTime, a->rank) <
           std::pair(b->field != Field::kServiceTime, b->rank);
  });
  std::string columns;
  for (const FieldSource* span : spans)
    columns += (columns.empty() ? "" : ", else ") + span->column;
  return columns.empty() ? "end - start" : columns;
}

}  // namespace loadcurve::logs
