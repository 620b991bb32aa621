#include "adapters/logs/workload_name.h"

namespace loadcurve::logs {
namespace {

std::string_view Present(std::string_view text) {
  return text == "-" ? std::string_view() : text;
}

}  // namespace

std::optional<WorkloadSource> WorkloadSourceOf(std::string_view word) {
  if (word == "host") return WorkloadSource::kHost;
  if (word == "upstream") return WorkloadSource::kUpstream;
  if (word == "cluster") return WorkloadSource::kCluster;
  return std::nullopt;
}

std::string_view ServiceOfCluster(std::string_view cluster) {
  cluster = Present(cluster);
  if (const std::size_t bar = cluster.rfind('|'); bar != std::string_view::npos)
    cluster.remove_prefix(bar + 1);
  return cluster.substr(0, cluster.find(".svc."));
}

std::string_view LastUpstream(std::string_view upstreams) {
  const std::size_t before = upstreams.find_last_of(", ");
  return before == std::string_view::npos ? upstreams : upstreams.substr(before + 1);
}

std::string_view WithoutPort(std::string_view host) {
  host = Present(host);
  const std::size_t colon = host.rfind(':');
  const bool is_port = colon != std::string_view::npos &&
                       host.find_first_not_of("0123456789", colon + 1) == std::string_view::npos &&
                       (host.find(':') == colon || (colon > 0 && host[colon - 1] == ']'));
  return is_port ? host.substr(0, colon) : host;
}

std::string_view WorkloadOf(const WorkloadHints& hints, WorkloadSource source) {
  const std::string_view service = ServiceOfCluster(hints.cluster);
  const std::string_view upstream = Present(hints.upstream);
  const std::string_view host = WithoutPort(hints.host);
  switch (source) {
    case WorkloadSource::kHost:
      return host;
    case WorkloadSource::kUpstream:
      return upstream;
    case WorkloadSource::kCluster:
      return service;
    case WorkloadSource::kBestKnown:
      break;
  }
  if (!service.empty()) return service;
  const bool is_inbound = hints.cluster.starts_with("inbound|");
  if (is_inbound && !host.empty()) return host;
  return upstream.empty() ? host : upstream;
}

}  // namespace loadcurve::logs
