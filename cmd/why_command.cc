#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "adapters/http/curl_transport.h"
#include "adapters/kube/kube_client.h"
#include "adapters/kube/profile_object.h"
#include "adapters/kube/scaling_evidence.h"
#include "adapters/store/sqlite_history_store.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "cmd/command.h"
#include "cmd/kube_connection.h"
#include "cmd/why_past.h"
#include "cmd/why_report.h"

namespace loadcurve {
namespace {

struct WhyFlags {
  std::string workload;
  std::string kubeconfig;
  std::string context;
  std::string namespace_name;
  std::string at;
  std::string store;
  std::string output = "text";
};

Result<kube::KubeConfig> ConfigOf(const WhyFlags& flags) {
  std::string path = flags.kubeconfig;
  if (path.empty()) {
    LC_TRY(path, kube::DefaultKubeConfigPath());
  }
  const auto config = kube::ReadKubeConfig(path, flags.context);
  if (config || config.error().code != ErrorCode::kNotFound) return config;
  return Fail(ErrorCode::kInvalidArgument,
              path +
                  ": there is no such kubeconfig; 'why' asks a cluster, expected --kubeconfig, "
                  "KUBECONFIG or ~/.kube/config");
}

Result<TimePoint> TimeOf(const WhyFlags& flags) {
  const auto at = ParseTime(flags.at);
  if (!at) return Within("--at", at.error());
  return *at;
}

// `store` is null where none was given.
Result<std::optional<PastEvidence>> PastFor(const WhyFlags& flags, HistoryStore* store,
                                            const kube::ScalingEvidence& evidence) {
  if (flags.at.empty()) return std::optional<PastEvidence>();
  LC_TRY(const TimePoint at, TimeOf(flags));
  if (at > evidence.at)
    return Fail(ErrorCode::kInvalidArgument,
                "--at is '" + flags.at + "', which is to come; expected a time of the past");
  PastEvidence past = PastOf(evidence, at);
  if (store == nullptr) {
    past.unknown.emplace_back("the load: no --store with the history of it was given");
  } else if (evidence.profile.is_null()) {
    past.unknown.emplace_back("the load: no ScalingProfile says how it is weighed");
  } else {
    LC_TRY(const ScalingProfile profile, kube::ProfileFrom(evidence.profile));
    LC_TRY_VOID(AddStoredLoad(*store, flags.store, profile, past));
  }
  return std::optional(std::move(past));
}

Result<void> RunWhy(const WhyFlags& flags) {
  const SystemClock clock;
  LC_TRY(const auto ignored, kube::ParseWorkload(flags.workload, ""));
  if (!flags.at.empty()) LC_TRY_VOID(TimeOf(flags));
  std::unique_ptr<HistoryStore> store;
  if (!flags.store.empty()) {
    LC_TRY(store, store::SqliteHistoryStore::Open(flags.store, false));
  }
  LC_TRY(const kube::KubeConfig config, ConfigOf(flags));
  http::CurlTransport transport(TransportOptionsOf(config), clock);
  kube::KubeClient client(transport, config, clock);
  kube::ApiDiscovery discovery(client, clock);
  LC_TRY(const auto question,
         kube::ParseWorkload(flags.workload, flags.namespace_name.empty() ? config.namespace_name
                                                                          : flags.namespace_name));
  LC_TRY(const auto evidence, kube::ReadEvidence(client, discovery, clock, question));
  LC_TRY(const auto past, PastFor(flags, store.get(), evidence));
  if (flags.output == "json") {
    fmt::print(
        "{}\n",
        WhyJson(evidence, past).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    fmt::print("{}", WhyText(evidence, past));
  }
  return {};
}

}  // namespace

void AddWhyCommand(CLI::App& app, Run& chosen) {
  const auto flags = std::make_shared<WhyFlags>();
  CLI::App* command =
      app.add_subcommand("why", "Say why a workload of a cluster has the replicas it has");
  command->add_option("workload", flags->workload, "web, deployment/web or profile/NAME")
      ->required()
      ->option_text("WORKLOAD");
  command
      ->add_option("--kubeconfig", flags->kubeconfig,
                   "How to reach the cluster (default KUBECONFIG, else ~/.kube/config)")
      ->option_text("FILE");
  command->add_option("--context", flags->context, "Of the kubeconfig (default: its current one)")
      ->option_text("NAME");
  command
      ->add_option("-n,--namespace", flags->namespace_name,
                   "Where the workload is (default: that of the context)")
      ->option_text("NAME");
  CLI::Option* const at =
      command->add_option("--at", flags->at, "What is still known of that time, instead of now")
          ->option_text("TIME");
  command->add_option("--store", flags->store, "The history, for the load at that time")
      ->needs(at)
      ->option_text("FILE");
  command->add_option("-o,--output", flags->output, "How to print: text (default) or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->option_text("text|json");
  command->footer(
      "One page: what was measured, forecast, decided and published, what the HPA made of it and\n"
      "what became of the pods, the most likely cause first. It only reads, with your own "
      "rights.\n\n"
      "Examples:\n"
      "  loadcurve why deployment/web -n shop\n"
      "  loadcurve why web --at 2026-10-10T13:55:00Z --store history.db");
  command->callback([flags, &chosen] { chosen = [flags] { return RunWhy(*flags); }; });
}

}  // namespace loadcurve
