#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/external_metrics/metric_forwarder.h"
#include "adapters/external_metrics/published_status.h"
#include "adapters/http/curl_transport.h"
#include "adapters/profile_codec/profile_codec.h"
#include "adapters/telemetry/telemetry.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "cmd/allocation.h"
#include "cmd/command.h"
#include "cmd/interrupt.h"
#include "cmd/keda_endpoint.h"
#include "cmd/local_keys.h"
#include "cmd/log_arguments.h"
#include "cmd/reload_signal.h"
#include "cmd/serve_cluster.h"
#include "cmd/serve_loop.h"
#include "cmd/serving_api.h"
#include "cmd/source_factory.h"
#include "scaler/assumed_replicas.h"

namespace loadcurve {
namespace {

struct ServeFlags {
  std::vector<std::string> profiles;
  bool in_cluster = false;
  std::string kubeconfig;
  std::string context;
  LogArguments logs;
  PrometheusAddress prometheus;
  std::vector<std::string> prometheus_headers;
  std::string listen;
  std::string keda;
  std::string keda_client_ca;
  std::string keys = "loadcurve-keys";
  http::CertificateFiles::Paths certificate;
  std::string forward;
  std::string forward_ca;
  std::string interval = "15s";
  std::string history = "15d";
  double hpa_tolerance = 0.1;
};

// "127.0.0.1:8443", "[::1]:8443", ":8443".
Result<void> SetAddress(const std::string& flag, const std::string& listen,
                        http::ServerOptions& server) {
  const std::size_t colon = listen.rfind(':');
  std::uint32_t port = 0;
  const std::string digits = colon == std::string::npos ? "" : listen.substr(colon + 1);
  for (const char c : digits) {
    port = c < '0' || c > '9' || port > 65535 ? 65536
                                              : port * 10 + static_cast<std::uint32_t>(c - '0');
  }
  if (digits.empty() || port > 65535)
    return Fail(ErrorCode::kInvalidArgument,
                flag + " is '" + listen + "'; expected ADDRESS:PORT, as 127.0.0.1:8443");
  server.address = listen.substr(0, colon);
  if (server.address.starts_with('[') && server.address.ends_with(']'))
    server.address = server.address.substr(1, server.address.size() - 2);
  if (server.address.empty()) server.address = "::";
  server.port = static_cast<std::uint16_t>(port);
  return {};
}

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

Result<Duration> DurationOf(const std::string& flag, const std::string& text) {
  auto duration = ParseDuration(text);
  if (!duration) return Within(flag, duration.error());
  if (*duration <= Duration(0))
    return Fail(ErrorCode::kInvalidArgument, flag + " is '" + text + "'; expected more than 0");
  return duration;
}

Result<void> SetHeaders(const std::vector<std::string>& texts, http::Headers& headers) {
  for (const std::string& text : texts) {
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos || colon == 0)
      return Fail(ErrorCode::kInvalidArgument,
                  "--prometheus-header is '" + text + "'; expected NAME: VALUE");
    const std::size_t value = text.find_first_not_of(' ', colon + 1);
    headers.emplace_back(text.substr(0, colon),
                         value == std::string::npos ? "" : text.substr(value));
  }
  return {};
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

// Where a profile asks for it by annotation, counts are set here and not by an HPA.
bool IsDirect(const ScalingProfile& profile) {
  const auto& annotations = profile.fields().metadata.annotations;
  const auto found = annotations.find("loadcurve.dev/mode");
  return found != annotations.end() && found->second == "direct";
}

// What both ways of serving share.
struct ServeSettings {
  Duration interval{0};
  ServeLoop::Options loop{};
  http::ServerOptions server{};
  std::optional<KedaEndpoint> keda{};
};

Result<ServeSettings> SettingsOf(const ServeFlags& flags) {
  ServeSettings settings;
  LC_TRY(settings.interval, DurationOf("--interval", flags.interval));
  LC_TRY(settings.loop.workload.history, DurationOf("--history", flags.history));
  settings.loop.hpa_tolerance = Ratio(flags.hpa_tolerance);
  LC_TRY_VOID(SetAddress("--listen", flags.listen, settings.server));
  if (flags.keda.empty()) return settings;
  settings.keda.emplace().client_ca_file = flags.keda_client_ca;
  LC_TRY_VOID(SetAddress("--keda", flags.keda, settings.keda->server));
  return settings;
}

// Outside a cluster: profiles are files, counts are assumed to be what was asked for.
Result<void> ServeFromFiles(const ServeFlags& flags, const ServeSettings& settings,
                            const Clock& clock, const std::stop_token& stop) {
  ServingApi::Options api_options;
  api_options.server = settings.server;
  LC_TRY(const auto profiles, ReadAll(flags.profiles));

  http::CurlTransport transport(TransportOptionsOf(flags.prometheus), clock);
  LC_TRY(const logs::LogOptions logs, flags.logs.ToOptions(std::chrono::minutes(1), true, true));
  SourceFactory sources(transport, flags.prometheus, logs, settings.loop.workload.history);
  AssumedReplicas target;
  external_metrics::MetricBoard metrics(external_metrics::PublishedMetrics(), clock);
  ServeLoop loop(clock, target, sources, metrics, settings.loop);
  const auto errors = loop.Use(profiles);
  if (!errors.empty()) return tl::unexpected<Error>(errors.front());

  LC_TRY(const LocalKeys keys, OpenLocalKeys(flags.keys, clock.Now()));
  api_options.certificate = keys.serving.leaf;
  api_options.authentication.client_ca_pem = http::CaBundle(keys.serving);
  telemetry::Telemetry telemetry(LOADCURVE_VERSION,
                                 {.workloads = [&] { return loop.decisions().All(); }});
  api_options.metrics_page = [&] { return telemetry.Page(); };
  telemetry.NoteStep(loop.Step());
  LC_TRY(const auto api, ServingApi::Start(std::move(api_options), metrics, clock));
  std::unique_ptr<keda::ScalerServer> keda;
  if (settings.keda) {
    LC_TRY(keda, StartKeda(*settings.keda, keys.serving.leaf, metrics));
    spdlog::info("serving KEDA on port {}", keda->port());
  }
  PrintHowToRead(keys, fmt::format("https://127.0.0.1:{}", api->port()), profiles.front());

  std::uint64_t reloads = ReloadRequests();
  while (!stop.stop_requested()) {
    clock.SleepUntil(clock.MonotonicNow() + settings.interval, stop);
    if (stop.stop_requested()) break;
    if (const std::uint64_t asked = ReloadRequests(); asked != reloads) {
      reloads = asked;
      const auto read = ReadAll(flags.profiles);
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

std::optional<http::CertificateFiles::Paths> GivenIn(const ServeFlags& flags) {
  if (flags.certificate.certificate.empty()) return std::nullopt;
  return flags.certificate;
}

Result<void> RunServe(ServeFlags flags) {
  ReturnLargeBlocks();
  ReloadRequests();
  const std::stop_token stop = InterruptToken();
  spdlog::set_default_logger(spdlog::stderr_color_mt("loadcurve"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%SZ %l %v", spdlog::pattern_time_type::utc);
  const SystemClock clock;
  LC_TRY_VOID(SetHeaders(flags.prometheus_headers, flags.prometheus.headers));
  const bool is_cluster = flags.in_cluster || !flags.kubeconfig.empty();
  if (is_cluster && flags.listen.empty()) flags.listen = ":8443";
  if (!is_cluster && flags.listen.empty()) flags.listen = "127.0.0.1:8443";
  LC_TRY(ServeSettings settings, SettingsOf(flags));
  if (!is_cluster) {
    settings.loop.is_direct = [](const ScalingProfile&) { return true; };
    return ServeFromFiles(flags, settings, clock, stop);
  }
  settings.loop.is_direct = IsDirect;
  if (!flags.forward.empty())
    LC_TRY_VOID(external_metrics::MetricForwarder::CheckUrl(flags.forward));
  return ServeInCluster({.kubeconfig = flags.kubeconfig,
                         .context = flags.context,
                         .server = settings.server,
                         .keda = settings.keda,
                         .prometheus = flags.prometheus,
                         .certificate = GivenIn(flags),
                         .forward = flags.forward,
                         .forward_ca = flags.forward_ca,
                         .interval = settings.interval,
                         .loop = settings.loop},
                        clock, stop);
}

void AddGivenCertificateTo(CLI::App& command, http::CertificateFiles::Paths& paths,
                           const std::vector<CLI::Option*>& excluded) {
  CLI::Option* const certificate =
      command
          .add_option("--tls-certificate", paths.certificate,
                      "In a cluster: served with in place of a self-made one, PEM, as cert-manager "
                      "gives it; read again as it changes")
          ->option_text("FILE");
  CLI::Option* const key =
      command.add_option("--tls-key", paths.key, "Of that certificate, PEM")->option_text("FILE");
  CLI::Option* const authorities =
      command
          .add_option(
              "--tls-ca", paths.authorities,
              "Authorities that vouch for it, PEM; the APIService's caBundle is to have them")
          ->option_text("FILE");
  certificate->needs(key)->needs(authorities);
  key->needs(certificate);
  authorities->needs(certificate);
  for (CLI::Option* const other : excluded) certificate->excludes(other);
}

}  // namespace

void AddServeCommand(CLI::App& app, Run& chosen) {
  const auto flags = std::make_shared<ServeFlags>();
  CLI::App* command = app.add_subcommand(
      "serve", "Measure, forecast and decide all the time, and serve it as external metrics");
  CLI::Option* const profiles =
      command
          ->add_option("--profiles", flags->profiles,
                       "Outside a cluster: ScalingProfiles in files, or folders of *.yaml")
          ->option_text("PATH...");
  CLI::Option* const in_cluster =
      command->add_flag("--in-cluster", flags->in_cluster,
                        "In a pod: profiles are ScalingProfile objects, callers are known as "
                        "kube-apiserver knows them");
  CLI::Option* const kubeconfig =
      command
          ->add_option("--kubeconfig", flags->kubeconfig, "The same from outside, by a kubeconfig")
          ->option_text("FILE");
  command->add_option("--context", flags->context, "Of the kubeconfig (default: its current one)")
      ->needs(kubeconfig)
      ->option_text("NAME");
  profiles->excludes(in_cluster)->excludes(kubeconfig);
  in_cluster->excludes(kubeconfig);
  flags->logs.AddFollowedTo(*command);
  command
      ->add_option("--prometheus", flags->prometheus.url,
                   "The Prometheus, or what speaks its query API, that holds the load")
      ->option_text("URL");
  command
      ->add_option("--prometheus-token-file", flags->prometheus.bearer_token_file,
                   "Sent to it as a bearer token; read again for each query")
      ->option_text("FILE");
  CLI::Option* const user =
      command
          ->add_option("--prometheus-user", flags->prometheus.user,
                       "For basic authentication, with --prometheus-password-file")
          ->option_text("NAME");
  CLI::Option* const password =
      command
          ->add_option("--prometheus-password-file", flags->prometheus.password_file,
                       "Read once, at the start")
          ->option_text("FILE");
  user->needs(password);
  password->needs(user);
  command
      ->add_option("--prometheus-header", flags->prometheus_headers,
                   "Sent with each query, as 'X-Scope-OrgID: shop'")
      ->option_text("NAME:VALUE");
  command
      ->add_option("--prometheus-ca", flags->prometheus.ca_file,
                   "Authorities that vouch for it, PEM (default: the system's)")
      ->option_text("FILE");
  CLI::Option* const prometheus_certificate =
      command
          ->add_option("--prometheus-certificate", flags->prometheus.certificate_file,
                       "Shown to it (mTLS), PEM, with --prometheus-key; read again as it changes")
          ->option_text("FILE");
  prometheus_certificate->needs(
      command
          ->add_option("--prometheus-key", flags->prometheus.key_file, "Of that certificate, PEM")
          ->needs(prometheus_certificate)
          ->option_text("FILE"));
  command
      ->add_option("--listen", flags->listen,
                   "Where to serve, always by TLS (default 127.0.0.1:8443, in a cluster :8443)")
      ->option_text("ADDRESS:PORT");
  CLI::Option* const keda =
      command
          ->add_option("--keda", flags->keda,
                       "Where to answer KEDA as its external scaler, by gRPC with TLS (default: "
                       "nowhere)")
          ->option_text("ADDRESS:PORT");
  command
      ->add_option("--keda-client-ca", flags->keda_client_ca,
                   "Authorities of the certificate that KEDA must show, PEM (default: none asked)")
      ->needs(keda)
      ->option_text("FILE");
  CLI::Option* const keys =
      command
          ->add_option("--keys", flags->keys,
                       "Outside a cluster: folder of the certificates, made where it is absent "
                       "(default loadcurve-keys)")
          ->option_text("FOLDER");
  AddGivenCertificateTo(*command, flags->certificate, {profiles, keys});
  CLI::Option* const forward =
      command
          ->add_option("--forward", flags->forward,
                       "In a cluster: the server that is asked for metrics not named loadcurve-*, "
                       "as KEDA's")
          ->option_text("URL");
  command
      ->add_option("--forward-ca", flags->forward_ca,
                   "Authorities that vouch for it, PEM (default: the system's)")
      ->needs(forward)
      ->option_text("FILE");
  forward->excludes(profiles);
  command->add_option("--interval", flags->interval, "Time between two steps (default 15s)")
      ->option_text("DURATION");
  command
      ->add_option("--history", flags->history,
                   "How much load is read at first, kept, and learnt from (default 15d)")
      ->option_text("DURATION");
  command
      ->add_option("--hpa-tolerance", flags->hpa_tolerance,
                   "Of the HPAs that read loadcurve-replicas (default 0.1)")
      ->check(CLI::Range(0.0, 0.9))
      ->option_text("0..0.9");
  command->footer(
      "Reads the profiles, follows the logs or asks the Prometheus that they name, decides every\n"
      "--interval, and serves loadcurve-replicas, loadcurve-load, loadcurve-load-forecast,\n"
      "loadcurve-load-per-replica, loadcurve-utilization and loadcurve-qps as\n"
      "external.metrics.k8s.io. Who reads must show a certificate; one is made in --keys.\n"
      "SIGHUP reads the profiles again, SIGTERM and Ctrl-C end it.\n\n"
      "Examples:\n"
      "  loadcurve serve --profiles profile.yaml --log /var/log/nginx/access.log\n"
      "  loadcurve serve --profiles profiles/ --prometheus http://localhost:9090\n"
      "  loadcurve serve --in-cluster --prometheus http://prometheus.monitoring:9090");
  command->callback([flags, &chosen] { chosen = [flags] { return RunServe(*flags); }; });
}

}  // namespace loadcurve
