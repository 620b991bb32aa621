#include "cmd/serve_cluster.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/external_metrics/authentication_config.h"
#include "adapters/external_metrics/metric_board.h"
#include "adapters/external_metrics/published_status.h"
#include "adapters/external_metrics/replica_board.h"
#include "adapters/http/curl_transport.h"
#include "adapters/kube/api_discovery.h"
#include "adapters/kube/capacity_profile_store.h"
#include "adapters/kube/capacity_resource.h"
#include "adapters/kube/cluster_pause.h"
#include "adapters/kube/fenced_transport.h"
#include "adapters/kube/key_store.h"
#include "adapters/kube/kube_client.h"
#include "adapters/kube/kube_config.h"
#include "adapters/kube/kube_scale_target.h"
#include "adapters/kube/kube_watch.h"
#include "adapters/kube/leader_lease.h"
#include "adapters/kube/pod_index.h"
#include "adapters/kube/profile_store.h"
#include "adapters/kube/target_rivals.h"
#include "adapters/telemetry/telemetry.h"
#include "cmd/fault_log.h"
#include "cmd/kube_connection.h"
#include "cmd/node_fleets.h"
#include "cmd/nodes_ahead.h"
#include "cmd/profile_reports.h"
#include "cmd/serving_api.h"
#include "cmd/serving_identity.h"
#include "cmd/token_transport.h"

namespace loadcurve {
namespace {

constexpr std::string_view kService = "loadcurve";
constexpr std::string_view kApiService = "v1beta1.external.metrics.k8s.io";
const kube::ResourceType kConfigMaps{"", "v1", "configmaps"};

// How often things that are watched are looked at.
constexpr Duration kGlance = std::chrono::milliseconds(200);
constexpr std::size_t kLargestForwarded = 1024 * 1024;  // bytes of an answer
constexpr Duration kKeysEvery = std::chrono::minutes(1);

std::string Environment(const char* name, std::string otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr || *value == '\0' ? std::move(otherwise) : std::string(value);
}

std::string HostName() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "loadcurve";
  return name.data();
}

Result<kube::KubeConfig> ConfigOf(const ServeClusterOptions& options) {
  if (!options.kubeconfig.empty()) return kube::ReadKubeConfig(options.kubeconfig, options.context);
  return kube::ReadInClusterConfig(kube::InClusterPlacesOfEnvironment());
}

// Repeats what the API server does not answer yet, ever more slowly, until it works or the
// stop; an error that waiting cannot cure is returned.
template <class T>
Result<T> Persistently(const std::string& what, const Clock& clock, const std::stop_token& stop,
                       const std::function<Result<T>()>& attempt) {
  Duration wait = std::chrono::milliseconds(250);
  while (true) {
    Result<T> result = attempt();
    if (result || !IsRetryable(result.error().code)) return result;
    if (stop.stop_requested()) return Fail(ErrorCode::kCancelled, what + ": asked to stop");
    spdlog::warn("{}: {}; trying again", what, result.error().message);
    clock.SleepUntil(clock.MonotonicNow() + wait, stop);
    wait = std::min<Duration>(wait * 2, std::chrono::seconds(10));
  }
}

Result<external_metrics::AuthenticationConfig> AuthenticationOf(const nlohmann::json& object) {
  std::map<std::string, std::string> entries;
  if (const auto data = object.find("data"); data != object.end() && data->is_object()) {
    for (const auto& [name, value] : data->items())
      if (value.is_string()) entries[name] = value.get<std::string>();
  }
  return external_metrics::ParseAuthenticationConfig(entries);
}

std::string HostIn(const std::string& namespace_name) {
  return std::string(kService) + "." + namespace_name + ".svc";
}

// Self-made keys. Their authority is announced where nobody gave us a certificate.
kube::KeyStore KeysIn(const ServeClusterOptions& options, kube::KubeClient& client,
                      const std::string& namespace_name) {
  return {client, namespace_name, "loadcurve-serving",
          options.certificate ? "" : std::string(kApiService),
          http::PolicyFor(kService, namespace_name)};
}

std::optional<http::CertificateFiles> GivenIn(const ServeClusterOptions& options,
                                              const std::string& namespace_name) {
  if (!options.certificate) return std::nullopt;
  return http::CertificateFiles(*options.certificate, HostIn(namespace_name));
}

TimePoint EndOf(const http::CertificatePair& pair) {
  const auto facts = http::FactsOf(pair.certificate_pem);
  return facts ? facts->not_after : TimePoint();
}

std::optional<Error> Joined(const std::vector<Error>& errors) {
  if (errors.empty()) return std::nullopt;
  Error all = errors.front();
  for (std::size_t i = 1; i < errors.size(); ++i) all.message += "; " + errors[i].message;
  return all;
}

// Everything that runs beside the loop, for as long as it lives.
class Companions {
 public:
  explicit Companions(std::stop_token stop) : stop_(std::move(stop)) {}

  void Run(std::function<void(const std::stop_token&)> work) {
    threads_.emplace_back([this, work = std::move(work)] { work(stop_); });
  }

 private:
  std::stop_token stop_;
  std::vector<std::jthread> threads_;
};

class ClusterServer {
 public:
  ClusterServer(const ServeClusterOptions& options, const Clock& clock, const std::stop_token& stop,
                const kube::KubeConfig& config, http::CurlOptions transport)
      : options_(options),
        clock_(clock),
        stop_(stop),
        namespace_(Environment("POD_NAMESPACE", config.namespace_name)),
        identity_(Environment("POD_NAME", HostName() + "-" + std::to_string(::getpid()))),
        base_url_(config.server),
        transport_(std::move(transport), clock),
        review_transport_(transport_, config, clock),
        led_transport_(transport_, [this] { return IsLeading(); }),
        led_client_(led_transport_, config, clock),
        forward_transport_({.ca_file = options.forward_ca, .max_body_bytes = kLargestForwarded},
                           clock),
        forward_tokens_(forward_transport_, config, clock),
        prometheus_transport_(TransportOptionsOf(options.prometheus), clock),
        client_(transport_, config, clock),
        identities_(KeysIn(options, client_, namespace_), GivenIn(options, namespace_)),
        profile_watch_(
            client_, {.type = kube::kScalingProfiles},
            [this](const kube::WatchEvent& event) { profiles_.OnEvent(event); }, clock, 1),
        pod_watch_(
            client_, {.type = kube::kPods},
            [this](const kube::WatchEvent& event) {
              pods_.OnEvent(event);
              fleets_.OnPod(event);
            },
            clock, 2),
        trust_watch_(
            client_,
            {.type = kConfigMaps,
             .namespace_name = "kube-system",
             .field_selector = "metadata.name=extension-apiserver-authentication"},
            [this](const kube::WatchEvent& event) { OnTrust(event); }, clock, 3),
        pause_watch_(
            client_, {.type = kube::kNamespaces, .field_selector = "metadata.name=" + namespace_},
            [this](const kube::WatchEvent& event) { pause_.OnEvent(event); }, clock, 4),
        capacity_watch_(
            client_, {.type = kube::kCapacityProfiles},
            [this](const kube::WatchEvent& event) { capacities_.OnEvent(event); }, clock, 5),
        node_watch_(
            client_, {.type = kube::kNodes},
            [this](const kube::WatchEvent& event) { fleets_.OnNode(event); }, clock, 6),
        claim_watch_(
            client_, {.type = kube::kPersistentVolumeClaims},
            [this](const kube::WatchEvent& event) { fleets_.OnClaim(event); }, clock, 7),
        volume_watch_(
            client_, {.type = kube::kPersistentVolumes},
            [this](const kube::WatchEvent& event) { fleets_.OnVolume(event); }, clock, 8),
        discovery_(client_, clock),
        counts_(led_client_, discovery_, &pods_, clock),
        metrics_(external_metrics::PublishedMetrics(), clock),
        reports_(led_client_, discovery_, identity_, metrics_, clock, options.loop.is_direct),
        fleets_(
            led_client_,
            [this] { return lease_ ? lease_->Token() : std::optional<std::int64_t>(); }, clock),
        nodes_(led_client_, discovery_, identity_, fleets_, clock),
        sources_(prometheus_transport_, options.prometheus, {}, options.loop.workload.history) {}

  Result<void> Run() {
    // Another after each start: who died as the leader does not wake up as one.
    const std::string holder =
        identity_ + "_" + std::to_string(clock_.Now().time_since_epoch().count());
    LC_TRY(lease_, kube::LeaderLease::Make(client_, clock_, namespace_, "loadcurve", holder, {},
                                           OwnAddress()));
    board_.emplace(
        metrics_, clock_,
        external_metrics::ReplicaBoard::Options{.instance = holder,
                                                .server_name = HostIn(namespace_),
                                                .interval = options_.interval,
                                                .is_leading = [this] { return IsLeading(); }});
    if (!options_.forward.empty()) forwarder_.emplace(forward_tokens_, options_.forward);
    telemetry_.emplace(LOADCURVE_VERSION, Readings());
    LC_TRY(ServingIdentity identity,
           Persistently<ServingIdentity>("serving keys", clock_, stop_,
                                         [this] { return identities_.Sync(clock_.Now()); }));
    LC_TRY_VOID(board_->UseKeys(identity.keys, identity.authorities_pem));
    LC_TRY_VOID(Start(identity));
    Companions companions(stop_);
    companions.Run([this](const std::stop_token& stop) { profile_watch_.Run(stop); });
    companions.Run([this](const std::stop_token& stop) { pod_watch_.Run(stop); });
    companions.Run([this](const std::stop_token& stop) { trust_watch_.Run(stop); });
    companions.Run([this](const std::stop_token& stop) { pause_watch_.Run(stop); });
    companions.Run([this](const std::stop_token& stop) { capacity_watch_.Run(stop); });
    for (kube::KubeWatch* const watch : {&node_watch_, &claim_watch_, &volume_watch_})
      companions.Run([this, watch](const std::stop_token& stop) { WatchForFleet(*watch, stop); });
    companions.Run([this](const std::stop_token& stop) { lease_->Run(stop); });
    companions.Run([this](const std::stop_token& stop) { Follow(stop); });
    Loop(std::move(identity));
    spdlog::info("stopping");
    if (keda_) keda_->Drain();
    api_->Drain(std::chrono::seconds(2), clock_);
    fleets_.End();
    return {};
  }

 private:
  bool IsLeading() const { return lease_ && lease_->Token().has_value(); }

  // Where other replicas reach this one; they need no name service for it.
  std::string OwnAddress() const {
    std::string address = Environment("POD_IP", options_.server.address);
    if (address == "::" || address == "0.0.0.0" || options_.server.port == 0) return "";
    if (address.find(':') != std::string::npos) address = "[" + address + "]";
    return address + ":" + std::to_string(options_.server.port);
  }

  // Only where a profile buys nodes: to others the right to look at them is not given.
  void WatchForFleet(kube::KubeWatch& watch, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (fleets_.WantsNodes())
        watch.Step(stop);
      else
        clock_.SleepUntil(clock_.MonotonicNow() + kGlance, stop);
    }
  }

  void Follow(const std::stop_token& stop) {
    FaultLog faults;
    while (!stop.stop_requested()) {
      const auto followed = board_->Follow(lease_->holder_address());
      faults.Note("board of the leader", followed ? std::optional<Error>() : followed.error());
      clock_.SleepUntil(clock_.MonotonicNow() + board_->pause(), stop);
    }
  }

  Result<void> Start(const ServingIdentity& identity) {
    ServingApi::Options api;
    api.server = options_.server;
    api.certificate = identity.leaf;
    api.reviews.emplace(ServingApi::Options::Reviews{review_transport_, base_url_});
    LC_TRY(api.authentication, Persistently<external_metrics::AuthenticationConfig>(
                                   "whom to trust", clock_, stop_, [this] { return ReadTrust(); }));
    api.metrics_page = [this] { return telemetry_->Page(); };
    api.peers.emplace(ServingApi::Options::Peers{board_->feed(), board_->is_leading(),
                                                 http::CaBundle(identity.keys)});
    if (forwarder_) api.forwarder = &*forwarder_;
    api.checks.push_back({"board", external_metrics::HealthCheck::Matters::kForReadiness,
                          [this] { return board_->reader().Check(); }});
    api.checks.push_back({"profiles-synced", external_metrics::HealthCheck::Matters::kForReadiness,
                          [this] { return IsSynced(); }});
    LC_TRY(api_, ServingApi::Start(std::move(api), board_->reader(), clock_));
    serving_ = api_.get();
    certificate_ends_ = EndOf(identity.leaf);
    spdlog::info("serving the external metrics API on port {}", api_->port());
    if (!options_.keda) return {};
    LC_TRY(keda_, StartKeda(*options_.keda, identity.leaf, metrics_));
    spdlog::info("serving KEDA on port {}", keda_->port());
    return {};
  }

  std::vector<WorkloadStatus> Workloads() {
    const std::lock_guard lock(loop_guard_);
    return loop_ ? loop_->decisions().All() : std::vector<WorkloadStatus>();
  }

  telemetry::Readings Readings() {
    const auto counts = [this] {
      const ServingApi* const api = serving_;
      return api == nullptr ? http::ServerCounts() : api->counts();
    };
    return {.workloads = [this] { return Workloads(); },
            .requests = [counts] { return counts().requests; },
            .failed_handshakes = [counts] { return counts().failed_handshakes; },
            .is_leading = [this] { return IsLeading(); },
            .certificate_ends = [this] { return certificate_ends_.load(); },
            .watched_bytes = [this] { return WatchedBytes(); }};
  }

  std::vector<std::pair<std::string, std::uint64_t>> WatchedBytes() const {
    return {{"profiles", profile_watch_.bytes_read()},
            {"pods", pod_watch_.bytes_read()},
            {"trust", trust_watch_.bytes_read()},
            {"our namespace", pause_watch_.bytes_read()},
            {"capacity profiles", capacity_watch_.bytes_read()},
            {"nodes", node_watch_.bytes_read()},
            {"claims", claim_watch_.bytes_read()},
            {"volumes", volume_watch_.bytes_read()}};
  }

  // A part of ourselves, by one of a few fixed names: in the log and as a metric.
  void NoteHealth(const std::string& what, const std::optional<Error>& fault) {
    telemetry_->NoteHealth(what, !fault);
    faults_.Note(what, fault);
  }

  Result<external_metrics::AuthenticationConfig> ReadTrust() {
    LC_TRY(const auto object,
           client_.Get({kConfigMaps, "kube-system", "extension-apiserver-authentication", ""}));
    return AuthenticationOf(object);
  }

  void OnTrust(const kube::WatchEvent& event) {
    if (event.kind != kube::WatchEvent::Kind::kChanged || event.object == nullptr) return;
    const auto config = AuthenticationOf(*event.object);
    const auto trusted =
        config ? api_->Trust(*config) : Result<void>(tl::unexpected<Error>(config.error()));
    if (!trusted) spdlog::error("extension-apiserver-authentication: {}", trusted.error().message);
  }

  Result<void> IsSynced() const {
    if (profiles_.is_synced()) return {};
    return Fail(ErrorCode::kUnavailable, "the ScalingProfiles are not known yet");
  }

  void Loop(ServingIdentity identity) {
    Duration step_at = clock_.MonotonicNow();
    Duration keys_at = clock_.MonotonicNow() + kKeysEvery;
    std::uint64_t version = 0;
    while (!stop_.stop_requested()) {
      const Duration now = clock_.MonotonicNow();
      const std::uint64_t latest = profiles_.version() + pause_.version();
      const bool is_due = now >= step_at || !was_leading_ || latest != version;
      if (!IsLeading()) {
        EndLeading();
      } else if (IsReady() && is_due) {
        version = latest;
        Step();
        step_at = now + options_.interval;
      }
      if (now >= keys_at) {
        keys_at = now + kKeysEvery;
        RotateKeys(identity);
      }
      NoteHealth("profiles", profile_watch_.fault());
      NoteHealth("pods", pod_watch_.fault());
      NoteHealth("our namespace", pause_watch_.fault());
      NoteHealth("capacity profiles", CapacityFault());
      NoteHealth("nodes", fleets_.WantsNodes() ? node_watch_.fault() : std::nullopt);
      const auto volume_fault = claim_watch_.fault() ? claim_watch_.fault() : volume_watch_.fault();
      NoteHealth("volumes", fleets_.WantsNodes() ? volume_fault : std::nullopt);
      NoteHealth("leader election", lease_->fault());
      clock_.SleepUntil(now + kGlance, stop_);
    }
  }

  // A cluster without the kind has no such profiles, and that is no fault.
  std::optional<Error> CapacityFault() const {
    const auto fault = capacity_watch_.fault();
    return fault && fault->code == ErrorCode::kNotFound ? std::nullopt : fault;
  }

  // Whether all is paused is waited for; where that cannot be read, nothing is.
  bool IsReady() const {
    return profiles_.is_synced() && pods_.is_synced() &&
           (pause_.is_synced() || pause_watch_.fault());
  }

  void Step() {
    const auto stored = profiles_.All();
    const auto rivals = kube::RivalsOf(stored);
    std::vector<ScalingProfile> profiles;
    for (const auto& profile : stored) {
      if (rivals.contains({profile->namespace_name, profile->name})) continue;
      if (profile->profile) {
        profiles.push_back(*profile->profile);
      } else if (profile->last_good) {
        profiles.push_back(*profile->last_good);
      }
    }
    // Whoever led in between has decided, written and published; what we knew is old.
    const bool is_new = !std::exchange(was_leading_, true);
    if (is_new) BeginLeading();
    faults_.Note("profiles left out", Joined(loop_->Use(profiles, pause_.why())));
    loop_->LiftBrake(pause_.is_brake_lifted());
    if (is_new) loop_->Inherit(metrics_.Items(), clock_.Now());
    RetireAllBut(stored);
    reports_.UseRivals(rivals);
    if (capacities_.is_synced()) nodes_.Prepare(capacities_.All(), stored, *loop_);
    const Duration began = clock_.MonotonicNow();
    telemetry_->NoteStep(loop_->Step());
    if (keda_) keda_->Refresh();
    board_->Publish(began);
    reports_.Write(stored, loop_->decisions(), [this] { return IsLeading(); });
    nodes_.Write(*loop_, [this] { return IsLeading(); });
  }

  void BeginLeading() {
    spdlog::info("leading");
    board_->BeginLeading();
    reports_.Forget();
    nodes_.Forget();
    ServeLoop::Options options = options_.loop;
    options.calibration = [this](const ProfileKey& key) { return CalibrationOf(key); };
    options.capacity = [this](const ProfileKey& key) { return CapacityOf(key); };
    options.speeds = [this](const ProfileKey& key) { return SpeedsOf(key); };
    options.rollout = [this](const ProfileKey& key) { return RolloutOf(key); };
    options.parked = [this](const ProfileKey& key) { return ParkedOf(key); };
    const std::lock_guard lock(loop_guard_);
    loop_.emplace(clock_, counts_, sources_, metrics_, options);
  }

  // As the status keeps it, whoever led when it came.
  CalibrationReport CalibrationOf(const ProfileKey& key) const {
    const auto stored = profiles_.Find(key.namespace_name, key.name);
    if (stored == nullptr || !stored->status.online_calibration) return {};
    return *stored->status.online_calibration;
  }

  CapacityReport CapacityOf(const ProfileKey& key) const {
    const auto stored = profiles_.Find(key.namespace_name, key.name);
    if (stored == nullptr || !stored->status.capacity) return {};
    return *stored->status.capacity;
  }

  SpeedReport SpeedsOf(const ProfileKey& key) const {
    const auto stored = profiles_.Find(key.namespace_name, key.name);
    return stored == nullptr ? SpeedReport() : stored->status.speeds.value_or(SpeedReport());
  }

  std::optional<RolloutState> RolloutOf(const ProfileKey& key) const {
    const auto stored = profiles_.Find(key.namespace_name, key.name);
    return stored == nullptr ? std::nullopt : stored->status.rollout;
  }

  std::optional<ParkedState> ParkedOf(const ProfileKey& key) const {
    const auto stored = profiles_.Find(key.namespace_name, key.name);
    return stored == nullptr ? std::nullopt : stored->status.parked;
  }

  // What was measured is let go with the loop, so that a follower costs no memory for it.
  void EndLeading() {
    if (!std::exchange(was_leading_, false)) return;
    spdlog::info("{} leads now", lease_->holder().empty() ? "nobody" : lease_->holder());
    board_->EndLeading();
    fleets_.Use({});
    const std::lock_guard lock(loop_guard_);
    loop_.reset();
  }

  void RetireAllBut(const kube::ProfileStore::Profiles& stored) {
    std::set<std::pair<std::string, std::string>> names;
    for (const auto& profile : stored) names.emplace(profile->namespace_name, profile->name);
    metrics_.RetireOthers(names);
  }

  Result<void> Use(const ServingIdentity& identity) {
    LC_TRY_VOID(api_->TrustPeers(http::CaBundle(identity.keys)));
    LC_TRY_VOID(board_->UseKeys(identity.keys, identity.authorities_pem));
    return api_->UseCertificate(identity.leaf);
  }

  void RotateKeys(ServingIdentity& identity) {
    const auto next = identities_.Sync(clock_.Now());
    NoteHealth("serving keys", next ? std::optional<Error>() : next.error());
    if (!next || *next == identity) return;
    const auto used = Use(*next);
    NoteHealth("serving certificate", used ? std::optional<Error>() : used.error());
    const auto keda_used = keda_ && used ? keda_->UseCertificate(next->leaf) : Result<void>();
    NoteHealth("certificate for KEDA", keda_used ? std::optional<Error>() : keda_used.error());
    if (!used || !keda_used) return;
    identity = *next;
    certificate_ends_ = EndOf(identity.leaf);
    spdlog::info("serving with another certificate");
  }

  const ServeClusterOptions& options_;
  const Clock& clock_;
  const std::stop_token& stop_;
  const std::string namespace_;
  const std::string identity_;
  const std::string base_url_;
  http::CurlTransport transport_;
  TokenTransport review_transport_;
  kube::FencedTransport led_transport_;
  kube::KubeClient led_client_;
  http::CurlTransport forward_transport_;
  TokenTransport forward_tokens_;
  http::CurlTransport prometheus_transport_;
  kube::KubeClient client_;
  ServingIdentitySource identities_;
  kube::ProfileStore profiles_;
  kube::PodIndex pods_;
  kube::KubeWatch profile_watch_;
  kube::KubeWatch pod_watch_;
  kube::KubeWatch trust_watch_;
  kube::ClusterPause pause_;
  kube::KubeWatch pause_watch_;
  kube::CapacityProfileStore capacities_;
  kube::KubeWatch capacity_watch_;
  kube::KubeWatch node_watch_;
  kube::KubeWatch claim_watch_;
  kube::KubeWatch volume_watch_;
  kube::ApiDiscovery discovery_;
  kube::KubeScaleTarget counts_;
  external_metrics::MetricBoard metrics_;
  ProfileReports reports_;
  NodeFleets fleets_;
  NodesAhead nodes_;
  SourceFactory sources_;
  std::unique_ptr<kube::LeaderLease> lease_;
  std::optional<external_metrics::ReplicaBoard> board_;
  std::optional<external_metrics::MetricForwarder> forwarder_;
  // Held while the loop comes or goes, and where another thread than ours looks into it.
  std::mutex loop_guard_;
  std::optional<ServeLoop> loop_;  // while leading
  std::optional<telemetry::Telemetry> telemetry_;
  std::atomic<TimePoint> certificate_ends_{TimePoint()};
  // Null until it serves, and for good then: what servers may look at.
  std::atomic<const ServingApi*> serving_ = nullptr;
  std::unique_ptr<ServingApi> api_;
  std::unique_ptr<keda::ScalerServer> keda_;
  FaultLog faults_;
  bool was_leading_ = false;
};

}  // namespace

Result<void> ServeInCluster(const ServeClusterOptions& options, const Clock& clock,
                            const std::stop_token& stop) {
  LC_TRY(const kube::KubeConfig config, ConfigOf(options));
  ClusterServer server(options, clock, stop, config, TransportOptionsOf(config));
  return server.Run();
}

}  // namespace loadcurve
