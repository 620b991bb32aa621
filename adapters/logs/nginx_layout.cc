// The variables are those of the nginx modules ngx_http_log_module, ngx_http_core_module
// and ngx_http_upstream_module, and of the Kubernetes ingress controller.

#include <algorithm>
#include <array>

#include "adapters/logs/text_layout.h"

namespace loadcurve::logs {
namespace {

struct KnownVariable {
  std::string_view name;
  FieldKind kind;
  std::int64_t unit_us;
  int rank;
};

constexpr std::int64_t kSecond = 1'000'000;

// Higher ranks win. Time: the finer. Duration: what the upstream took, before what the
// client took as well. Host: the server block's own name, before what the client sent.
constexpr std::array kKnown = {
    KnownVariable{"time_local", FieldKind::kClfTime, 0, 1},
    KnownVariable{"time_iso8601", FieldKind::kIso8601Time, 0, 1},
    KnownVariable{"msec", FieldKind::kEpochTime, kSecond, 2},
    KnownVariable{"request_time", FieldKind::kDuration, kSecond, 1},
    KnownVariable{"upstream_response_time", FieldKind::kDuration, kSecond, 2},
    KnownVariable{"status", FieldKind::kStatus, 0, 1},
    KnownVariable{"body_bytes_sent", FieldKind::kBytes, 0, 2},
    KnownVariable{"bytes_sent", FieldKind::kBytes, 0, 1},
    KnownVariable{"request", FieldKind::kRequestLine, 0, 1},
    KnownVariable{"request_method", FieldKind::kMethod, 0, 1},
    KnownVariable{"request_uri", FieldKind::kTarget, 0, 2},
    KnownVariable{"uri", FieldKind::kTarget, 0, 1},
    KnownVariable{"proxy_upstream_name", FieldKind::kCluster, 0, 1},
    KnownVariable{"upstream_addr", FieldKind::kUpstream, 0, 1},
    KnownVariable{"server_name", FieldKind::kHost, 0, 3},
    KnownVariable{"host", FieldKind::kHost, 0, 2},
    KnownVariable{"http_host", FieldKind::kHost, 0, 1},
    KnownVariable{"upstream_trailer_grpc_status", FieldKind::kGrpcStatus, 0, 4},
    KnownVariable{"sent_trailer_grpc_status", FieldKind::kGrpcStatus, 0, 3},
    KnownVariable{"upstream_http_grpc_status", FieldKind::kGrpcStatus, 0, 2},
    KnownVariable{"sent_http_grpc_status", FieldKind::kGrpcStatus, 0, 1},
};

// Besides those with a meaning here, variables without spaces and quotes.
constexpr std::array<std::string_view, 25> kPlain = {"time_iso8601",
                                                     "msec",
                                                     "request_time",
                                                     "status",
                                                     "server_name",
                                                     "remote_addr",
                                                     "remote_port",
                                                     "server_addr",
                                                     "server_port",
                                                     "server_protocol",
                                                     "scheme",
                                                     "pipe",
                                                     "connection",
                                                     "body_bytes_sent",
                                                     "bytes_sent",
                                                     "request_id",
                                                     "req_id",
                                                     "request_length",
                                                     "gzip_ratio",
                                                     "connection_requests",
                                                     "hostname",
                                                     "ssl_protocol",
                                                     "ssl_cipher",
                                                     "pid",
                                                     "proxy_upstream_name"};

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

TextField FieldOf(std::string_view name, std::string literal) {
  TextField field;
  field.variable = "$" + std::string(name);
  field.literal = std::move(literal);
  const bool is_of_upstream = name.starts_with("upstream_");
  field.is_list = is_of_upstream;
  field.is_plain = is_of_upstream || std::find(kPlain.begin(), kPlain.end(), name) != kPlain.end();
  for (const KnownVariable& known : kKnown) {
    if (known.name != name) continue;
    field.kind = known.kind;
    field.unit_us = known.unit_us;
    field.rank = known.rank;
  }
  return field;
}

// Takes "name" or "{name}" from behind a '$'; empty where there is none.
std::string_view TakeName(std::string_view& rest) {
  const bool is_braced = rest.starts_with('{');
  if (is_braced) rest.remove_prefix(1);
  const auto end = std::find_if_not(rest.begin(), rest.end(), IsNameCharacter);
  const std::string_view name = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  rest.remove_prefix(name.size());
  if (!is_braced) return name;
  if (!rest.starts_with('}')) return {};
  rest.remove_prefix(1);
  return name;
}

// The words before the format in the configuration: escape=default, json or none.
bool TakeEscapes(std::string_view& format) {
  if (!format.starts_with("escape=")) return false;
  const std::string_view word = format.substr(0, format.find(' '));
  format.remove_prefix(std::min(format.size(), word.size() + 1));
  return word == "escape=json";
}

}  // namespace

Result<TextLayout> NginxLayout(std::string_view log_format) {
  TextLayout layout;
  layout.durations_remedy =
      "add $request_time, and $upstream_response_time behind a proxy, to its log_format: "
      "log_format timed '$remote_addr - $remote_user [$time_local] \"$request\" $status "
      "$body_bytes_sent \"$http_referer\" \"$http_user_agent\" $request_time "
      "$upstream_response_time';";
  std::string_view rest = log_format;
  layout.has_escaped_quotes = TakeEscapes(rest);
  std::string literal;
  while (!rest.empty()) {
    if (rest.front() != '$') {
      literal += rest.front();
      rest.remove_prefix(1);
      continue;
    }
    rest.remove_prefix(1);
    const std::string_view name = TakeName(rest);
    if (name.empty())
      return Fail(ErrorCode::kInvalidArgument,
                  "log_format '" + std::string(log_format) + "': expected a name behind '$'");
    if (literal.empty() && !layout.fields.empty())
      return Fail(ErrorCode::kInvalidArgument,
                  "log_format '" + std::string(log_format) + "': nothing stands between " +
                      layout.fields.back().variable + " and $" + std::string(name) +
                      "; expected a space or another sign");
    layout.fields.push_back(FieldOf(name, std::exchange(literal, {})));
  }
  layout.tail = literal;
  return layout;
}

}  // namespace loadcurve::logs
