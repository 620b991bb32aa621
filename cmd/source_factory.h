#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/http/curl_transport.h"
#include "adapters/http/http_transport.h"
#include "adapters/logs/log_metric_source.h"
#include "adapters/logs/log_options.h"
#include "adapters/prometheus/query_client.h"
#include "adapters/prometheus/shared_query.h"
#include "base/result.h"
#include "metrics/cpu_source.h"
#include "metrics/metric_source.h"
#include "metrics/pod_use_source.h"
#include "metrics/usage_source.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

// Where a Prometheus is, and how it is asked.
struct PrometheusAddress {
  std::string url;  // "http://prometheus:9090"; empty: none
  std::string bearer_token_file{};
  std::string user{};  // with a password file: basic authentication
  std::string password_file{};
  http::Headers headers{};
  // PEM; read again with each new connection.
  std::string ca_file{};           // authorities that vouch for it; empty: the system's
  std::string certificate_file{};  // that we show it, with its key; empty: none
  std::string key_file{};
};

// For the transport that SourceFactory is given.
http::CurlOptions TransportOptionsOf(const PrometheusAddress& address);

// Asks it, with its credentials. `transport` outlives the client. Errors are those of
// QueryClient::Make and of reading the password.
[[nodiscard]] Result<prometheus::QueryClient> QueryClientFor(
    http::HttpTransport& transport, const PrometheusAddress& address,
    Duration timeout = std::chrono::seconds(30));

// Makes the source that a profile names. Logs are followed once for all profiles of a step.
class SourceFactory {
 public:
  // `transport` outlives it and the sources. `logs`: what is followed, none where it has no
  // paths; its step is each profile's own.
  SourceFactory(http::HttpTransport& transport, PrometheusAddress prometheus, logs::LogOptions logs,
                Duration history);

  // kInvalidArgument where the profile asks for what was not given: --log, --prometheus.
  // The source must not outlive the factory.
  [[nodiscard]] Result<std::unique_ptr<MetricSource>> For(const ScalingProfile& profile);

  // The CPU of a profile that is calibrated, or whose capacity is watched, online; null of any
  // other.
  [[nodiscard]] Result<std::unique_ptr<CpuSource>> CpuFor(const ScalingProfile& profile) const;

  // The CPU of a profile that is read from a Prometheus.
  [[nodiscard]] Result<std::unique_ptr<CpuSource>> AnyCpuFor(const ScalingProfile& profile) const;

  // What the containers of a profile use that is read from a Prometheus.
  [[nodiscard]] Result<std::unique_ptr<UsageSource>> AnyUsageFor(
      const ScalingProfile& profile) const;

  // What the containers of a profile use that asks for advice on what they ask for; null of any
  // other.
  [[nodiscard]] Result<std::unique_ptr<UsageSource>> UsageFor(const ScalingProfile& profile) const;

  // The same of a profile that states what memory a replica has; null of any other.
  [[nodiscard]] Result<std::unique_ptr<UsageSource>> MemoryFor(const ScalingProfile& profile) const;

  // What single pods do, of a profile that asks to learn how fast instances are; null of any other.
  // kInvalidArgument where the pods do not count their requests themselves.
  [[nodiscard]] Result<std::unique_ptr<PodUseSource>> PodUsesFor(
      const ScalingProfile& profile) const;

 private:
  [[nodiscard]] Result<std::unique_ptr<MetricSource>> FromLogs(const ScalingProfile& profile);
  [[nodiscard]] Result<std::unique_ptr<MetricSource>> FromPrometheus(const ScalingProfile& profile);

  http::HttpTransport& transport_;
  const PrometheusAddress prometheus_;
  const logs::LogOptions logs_;
  const Duration history_;
  std::map<Duration, std::unique_ptr<logs::FollowedLogs>> followed_;  // by step
  std::shared_ptr<prometheus::SharedQueries> queries_;                // made when first needed
};

}  // namespace loadcurve
