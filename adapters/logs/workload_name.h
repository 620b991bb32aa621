#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace loadcurve::logs {

// Which field of a log names the workload.
enum class WorkloadSource : std::uint8_t {
  kBestKnown,  // the format's own order: cluster, then upstream, then host
  kHost,       // the host that the client asked for
  kUpstream,   // the address that answered
  kCluster,    // the proxy's cluster, service or target group
};

// "host", "upstream", "cluster"; nothing for another word.
std::optional<WorkloadSource> WorkloadSourceOf(std::string_view word);

// What a log tells about who served a request; empty or "-" where it does not.
struct WorkloadHints {
  std::string_view cluster;
  std::string_view upstream;
  std::string_view host;
};

// The workload by `source`, empty where the log does not say. kBestKnown takes the first
// that names something: the service of the cluster, the upstream, the host without port.
// For a sidecar's inbound cluster without a service the host goes before the upstream,
// which is the pod itself.
std::string_view WorkloadOf(const WorkloadHints& hints, WorkloadSource source);

// The service of an Envoy cluster: "checkout.shop" of
// "outbound|8080|v1|checkout.shop.svc.cluster.local", the name itself where it has no
// bars, empty for "inbound|8080||". Subsets (v1) are one workload; a naming rule parts them.
std::string_view ServiceOfCluster(std::string_view cluster);

// The last address of a list of retries, "10.0.0.1:80, 10.0.0.2:80 : 10.0.1.1:80", which
// is the one that answered.
std::string_view LastUpstream(std::string_view upstreams);

// "shop.example" of "shop.example:8080", "[::1]" of "[::1]:80".
std::string_view WithoutPort(std::string_view host);

}  // namespace loadcurve::logs
