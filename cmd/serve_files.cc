#include "cmd/serve_files.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <utility>

#include "adapters/external_metrics/published_status.h"
#include "adapters/http/curl_transport.h"
#include "adapters/profile_codec/profile_codec.h"
#include "adapters/telemetry/telemetry.h"
#include "cmd/local_keys.h"
#include "cmd/reload_signal.h"
#include "cmd/serve_history.h"
#include "cmd/serving_api.h"
#include "scaler/assumed_replicas.h"

namespace loadcurve {
namespace {

// The profiles of files, and of the *.yaml and *.yml of folders.
Result<std::vector<ScalingProfile>> ReadAll(const std::vector<std::string>& paths) {
  if (paths.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "no profiles are named; expected --profiles PATH, or --in-cluster");
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code failed;
    if (!std::filesystem::is_directory(path, failed)) {
      files.push_back(path);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(path, failed)) {
      const auto extension = entry.path().extension();
      if (extension == ".yaml" || extension == ".yml") files.push_back(entry.path().string());
    }
    if (failed) return Fail(ErrorCode::kInvalidArgument, path + ": " + failed.message());
  }
  std::sort(files.begin(), files.end());
  std::vector<ScalingProfile> profiles;
  std::map<ProfileKey, std::string> file_of;
  for (const std::string& file : files) {
    LC_TRY(auto read, profile_codec::ReadProfiles(file));
    for (ScalingProfile& profile : read) {
      const ProfileName& name = profile.fields().metadata;
      const auto [known, is_new] = file_of.try_emplace({name.namespace_name, name.name}, file);
      if (!is_new)
        return Fail(ErrorCode::kInvalidArgument, file + ": metadata.name is '" + name.name +
                                                     "', as in " + known->second +
                                                     "; expected another");
      profiles.push_back(std::move(profile));
    }
  }
  if (profiles.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "--profiles: there is no *.yaml or *.yml; expected ScalingProfiles, as "
                "'loadcurve calibrate --out' writes them");
  return profiles;
}

// Which commands read what is served, for people to try.
void PrintHowToRead(const LocalKeys& keys, const std::string& url, const ScalingProfile& profile) {
  const ProfileName& name = profile.fields().metadata;
  const std::string path = fmt::format(
      "/apis/external.metrics.k8s.io/v1beta1/namespaces/{}/{}?labelSelector=scalingprofile%3D{}",
      name.namespace_name.empty() ? "default" : name.namespace_name,
      external_metrics::kReplicasMetric, name.name);
  fmt::print(
      "Serving the external metrics API on {0}\n\n"
      "  curl --cacert {1} --cert {2} --key {3} \\\n    '{0}{4}'\n"
      "  kubectl --kubeconfig /dev/null --server {0} --certificate-authority {1} \\\n"
      "    --client-certificate {2} --client-key {3} \\\n    get --raw '{4}'\n\n"
      "Ctrl-C ends it; kill -HUP {5} reads the profiles again.\n",
      url, keys.ca_file, keys.certificate_file, keys.key_file, path, ::getpid());
  std::fflush(stdout);
}

}  // namespace

Result<void> ServeFiles(const ServeFilesOptions& options, const Clock& clock,
                        const std::stop_token& stop) {
  std::uint64_t reloads = ReloadRequests();
  ServingApi::Options api_options;
  api_options.server = options.server;
  LC_TRY(const auto profiles, ReadAll(options.profiles));

  http::CurlTransport transport(TransportOptionsOf(options.prometheus), clock);
  ServeLoop::Options loop_options = options.loop;
  loop_options.is_direct = [](const ScalingProfile&) { return true; };
  SourceFactory sources(transport, options.prometheus, options.logs, loop_options.workload.history);
  std::unique_ptr<ServeHistory> history;
  if (!options.store.empty()) {
    LC_TRY(history, ServeHistory::Open(options.store, loop_options.workload.history, clock));
    loop_options.history = history.get();
  }
  AssumedReplicas target;
  external_metrics::MetricBoard metrics(external_metrics::PublishedMetrics(), clock);
  ServeLoop loop(clock, target, sources, metrics, loop_options);
  const auto errors = loop.Use(profiles);
  if (!errors.empty()) return tl::unexpected<Error>(errors.front());

  LC_TRY(const LocalKeys keys, OpenLocalKeys(options.keys, clock.Now()));
  api_options.certificate = keys.serving.leaf;
  api_options.authentication.client_ca_pem = http::CaBundle(keys.serving);
  telemetry::Telemetry telemetry(LOADCURVE_VERSION,
                                 {.workloads = [&] { return loop.decisions().All(); }});
  api_options.metrics_page = [&] { return telemetry.Page(); };
  telemetry.NoteStep(loop.Step());
  LC_TRY(const auto api, ServingApi::Start(std::move(api_options), metrics, clock));
  std::unique_ptr<keda::ScalerServer> keda;
  if (options.keda) {
    LC_TRY(keda, StartKeda(*options.keda, keys.serving.leaf, metrics));
    spdlog::info("serving KEDA on port {}", keda->port());
  }
  PrintHowToRead(keys, fmt::format("https://127.0.0.1:{}", api->port()), profiles.front());

  while (!stop.stop_requested()) {
    clock.SleepUntil(clock.MonotonicNow() + options.interval, stop);
    if (stop.stop_requested()) break;
    if (const std::uint64_t asked = ReloadRequests(); asked != reloads) {
      reloads = asked;
      const auto read = ReadAll(options.profiles);
      if (!read) spdlog::error("profiles stay as they were: {}", read.error().message);
      if (read) {
        for (const Error& error : loop.Use(*read)) spdlog::error(error.message);
        spdlog::info("{} profiles read again", read->size());
      }
    }
    telemetry.NoteStep(loop.Step());
    if (keda) keda->Refresh();
  }
  spdlog::info("stopping");
  if (keda) keda->Drain();
  api->Drain(Duration(0), clock);
  return {};
}

}  // namespace loadcurve
