#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/external_metrics/metric_forwarder.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "cmd/allocation.h"
#include "cmd/command.h"
#include "cmd/duration_option.h"
#include "cmd/interrupt.h"
#include "cmd/keda_endpoint.h"
#include "cmd/listen_address.h"
#include "cmd/log_arguments.h"
#include "cmd/prometheus_arguments.h"
#include "cmd/reload_signal.h"
#include "cmd/serve_cluster.h"
#include "cmd/serve_files.h"
#include "cmd/serve_loop.h"
#include "cmd/service_log.h"

namespace loadcurve {
namespace {

struct ServeFlags {
  std::vector<std::string> profiles;
  bool in_cluster = false;
  std::string kubeconfig;
  std::string context;
  LogArguments logs;
  PrometheusArguments prometheus;
  std::string listen;
  std::string keda;
  std::string keda_client_ca;
  std::string keys = "loadcurve-keys";
  http::CertificateFiles::Paths certificate;
  std::string store;
  std::string forward;
  std::string forward_ca;
  std::string interval = "15s";
  std::string history = "15d";
  double hpa_tolerance = 0.1;
};

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
  LC_TRY(settings.interval, PositiveDurationOf("--interval", flags.interval));
  LC_TRY(settings.loop.workload.history, PositiveDurationOf("--history", flags.history));
  settings.loop.hpa_tolerance = Ratio(flags.hpa_tolerance);
  LC_TRY_VOID(SetAddress("--listen", flags.listen, settings.server));
  if (flags.keda.empty()) return settings;
  settings.keda.emplace().client_ca_file = flags.keda_client_ca;
  LC_TRY_VOID(SetAddress("--keda", flags.keda, settings.keda->server));
  return settings;
}

std::optional<http::CertificateFiles::Paths> GivenIn(const ServeFlags& flags) {
  if (flags.certificate.certificate.empty()) return std::nullopt;
  return flags.certificate;
}

Result<void> RunServe(ServeFlags flags) {
  ReturnLargeBlocks();
  ReloadRequests();
  const std::stop_token stop = InterruptToken();
  LogToStderr();
  const SystemClock clock;
  LC_TRY(const PrometheusAddress prometheus, flags.prometheus.ToAddress());
  const bool is_cluster = flags.in_cluster || !flags.kubeconfig.empty();
  if (is_cluster && flags.listen.empty()) flags.listen = ":8443";
  if (!is_cluster && flags.listen.empty()) flags.listen = "127.0.0.1:8443";
  LC_TRY(ServeSettings settings, SettingsOf(flags));
  if (!is_cluster) {
    LC_TRY(logs::LogOptions logs, flags.logs.ToOptions(std::chrono::minutes(1), true, true));
    return ServeFiles({.profiles = flags.profiles,
                       .logs = std::move(logs),
                       .prometheus = prometheus,
                       .store = flags.store,
                       .keys = flags.keys,
                       .server = settings.server,
                       .keda = settings.keda,
                       .interval = settings.interval,
                       .loop = settings.loop},
                      clock, stop);
  }
  settings.loop.is_direct = IsDirect;
  if (!flags.forward.empty())
    LC_TRY_VOID(external_metrics::MetricForwarder::CheckUrl(flags.forward));
  return ServeInCluster({.kubeconfig = flags.kubeconfig,
                         .context = flags.context,
                         .server = settings.server,
                         .keda = settings.keda,
                         .prometheus = prometheus,
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
  flags->prometheus.AddTo(*command);
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
  CLI::Option* const store =
      command
          ->add_option("--store", flags->store,
                       "Outside a cluster: keep the history in this SQLite file, and begin with "
                       "what it holds (default: in memory only)")
          ->option_text("FILE");
  store->excludes(in_cluster)->excludes(kubeconfig);
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
      "SIGHUP reads the profiles again, SIGTERM and Ctrl-C end it.\n"
      "--store keeps each window once, when it is final: five minutes after its end, or when a "
      "longer\n"
      "one was whole. After a restart what the source still has is read again and counted once.\n\n"
      "Examples:\n"
      "  loadcurve serve --profiles profile.yaml --log /var/log/nginx/access.log --store "
      "history.db\n"
      "  loadcurve serve --profiles profiles/ --prometheus http://localhost:9090\n"
      "  loadcurve serve --in-cluster --prometheus http://prometheus.monitoring:9090");
  command->callback([flags, &chosen] { chosen = [flags] { return RunServe(*flags); }; });
}

}  // namespace loadcurve
