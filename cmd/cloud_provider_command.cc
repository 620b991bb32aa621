#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "adapters/autoscaler_grpc/cloud_provider_server.h"
#include "adapters/files/whole_file.h"
#include "adapters/store/sqlite_order_journal.h"
#include "base/clock.h"
#include "cmd/autoscaler_endpoint.h"
#include "cmd/cloud_source.h"
#include "cmd/command.h"
#include "cmd/interrupt.h"
#include "cmd/listen_address.h"
#include "cmd/reload_signal.h"
#include "cmd/service_log.h"

namespace loadcurve {

void AddCloudProviderCommand(CLI::App& app, Run& chosen);

namespace {

constexpr Duration kGlance = std::chrono::milliseconds(200);

struct CloudProviderFlags {
  std::string pools;
  std::string journal = "loadcurve-orders.db";
  std::string client_ca;
  AutoscalerEndpoint endpoint{.listen = "127.0.0.1:9445"};
  CloudFlags cloud;
};

// What turns find is told when it changes.
class TurnLog {
 public:
  void operator()(const capacity::OrderReport& report) {
    for (const auto& order : report.settled) {
      const auto missing = order.order.nodes - static_cast<std::int64_t>(order.node_ids.size());
      spdlog::info("{} no. {}: {} of {} nodes{}{}", order.order.pool, order.number,
                   order.node_ids.size(), order.order.nodes, missing > 0 ? ", " : "",
                   missing > 0 ? order.why_missing : "");
    }
    if (report.adopted > 0) spdlog::info("{} nodes were there without an order", report.adopted);
    if (report.retired > 0) spdlog::info("{} nodes given back", report.retired);
    std::set<std::string> faults;
    for (const Error& fault : report.faults) {
      faults.insert(fault.message);
      if (!faults_.contains(fault.message)) spdlog::warn("{}", fault.message);
    }
    faults_ = std::move(faults);
    if (report.is_held && !std::exchange(was_held_, report.is_held))
      spdlog::info("nothing is bought until it is known what is there");
    was_held_ = report.is_held;
  }

 private:
  std::set<std::string> faults_;
  bool was_held_ = false;
};

void PrintHowToUse(const ShownKeys& shown, const std::string& address, std::uint16_t port) {
  const auto or_else = [](const std::string& file, const char* other) {
    return file.empty() ? std::string(other) : file;
  };
  fmt::print(
      "Serving Cluster Autoscaler's external cloud provider on {}:{}\n\n"
      "  cluster-autoscaler --cloud-provider=externalgrpc --cloud-config=cloud-config.yaml\n\n"
      "cloud-config.yaml:\n"
      "  address: HOST:{}\n  cacert: {}\n  cert: {}\n  key: {}\n  grpc_timeout: 20s\n\n"
      "Ctrl-C ends it; kill -HUP {} reads the pools again.\n",
      address, port, port, or_else(shown.authority_file, "AUTHORITIES.pem"),
      or_else(shown.client_certificate_file, "CLIENT.pem"),
      or_else(shown.client_key_file, "CLIENT-KEY.pem"), ::getpid());
  std::fflush(stdout);
}

Result<std::string> ClientAuthorities(const CloudProviderFlags& flags, const ShownKeys& shown) {
  const std::string& file = flags.client_ca.empty() ? shown.authority_file : flags.client_ca;
  if (file.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "--tls-certificate is given without --client-ca; expected the authorities of who "
                "may buy nodes");
  return files::ReadWholeFile(file);
}

// A pool that was told of after the start is one that EC2 must be told of too.
void KeepUp(const CloudProviderFlags& flags, autoscaler_grpc::CloudProviderServer& server) {
  auto again = PoolsOfProfiles(flags.pools);
  if (!again) return spdlog::error("pools stay as they were: {}", again.error().message);
  spdlog::info("{} pools read again", again->size());
  server.UsePools(*std::move(again));
}

Result<void> RunCloudProvider(const CloudProviderFlags& flags) {
  std::uint64_t reloads = ReloadRequests();
  const std::stop_token stop = InterruptToken();
  LogToStderr();
  const SystemClock clock;
  http::ServerOptions listening;
  LC_TRY_VOID(SetAddress("--listen", flags.endpoint.listen, listening));
  LC_TRY(auto pools, PoolsOfProfiles(flags.pools));
  LC_TRY(const CloudSource cloud, OpenCloud(flags.cloud, pools, clock));
  LC_TRY(const ShownKeys shown, KeysOf(flags.endpoint, clock));
  LC_TRY(std::string client_ca, ClientAuthorities(flags, shown));
  LC_TRY(const auto journal, store::SqliteOrderJournal::Open(flags.journal));
  const auto started = std::chrono::floor<std::chrono::seconds>(clock.Now()).time_since_epoch();
  LC_TRY(const auto server,
         autoscaler_grpc::CloudProviderServer::Start(
             {.address = listening.address,
              .port = listening.port,
              .certificate = shown.pair,
              .client_ca_pem = std::move(client_ca),
              .scheme = cloud.scheme},
             capacity::NodeGroups(std::move(pools), std::to_string(started.count())),
             {*journal, *cloud.provider, clock, {.patience = cloud.patience}},
             [log = TurnLog()](const auto& report) mutable { log(report); }));
  PrintHowToUse(shown, listening.address, server->port());
  while (!stop.stop_requested()) {
    clock.SleepUntil(clock.MonotonicNow() + kGlance, stop);
    const std::uint64_t asked = ReloadRequests();
    if (std::exchange(reloads, asked) != asked) KeepUp(flags, *server);
  }
  spdlog::info("stopping");
  server->Drain();
  return {};
}

constexpr const char* kFooter =
    "Cluster Autoscaler decides when nodes are needed and where pods fit; this sells it the\n"
    "nodes: --cloud-provider=externalgrpc. Each pool is a node group of its name, with 0 to\n"
    "'most' nodes. An order is written into the journal before it is sent, so that nothing is\n"
    "bought twice, whatever dies; keep that file. A group keeps its size: what spot takes is\n"
    "bought again. What a pool cannot give is told with the next Refresh as out of resources,\n"
    "and Cluster Autoscaler turns to another group at once.\n"
    "Who calls must show a certificate. Node.spec.providerID must be SCHEME:///ZONE/ID, as\n"
    "aws:///eu-central-1a/i-0abc; the scheme of --simulated is simulated.\n"
    "It speaks the dialects of 1.33, 1.34 and 1.35. docs/capacity.md has the whole set-up.\n\n"
    "Examples:\n"
    "  loadcurve cloud-provider --pools capacity.yaml --ec2 ec2.yaml --journal orders.db\n"
    "  loadcurve cloud-provider --pools capacity.yaml --simulated https://127.0.0.1:9100 \\\n"
    "    --simulated-ca loadcurve-keys/ca-bundle.crt\n\n"
    "ec2.yaml:\n"
    "  region: eu-central-1\n"
    "  cluster: shop                # the tag loadcurve.dev/cluster of its nodes\n"
    "  pools:\n"
    "    - {name: m5-a, launchTemplate: lt-0abc, version: \"3\", subnet: subnet-1}";

}  // namespace

void AddCloudProviderCommand(CLI::App& app, Run& chosen) {
  const auto flags = std::make_shared<CloudProviderFlags>();
  CLI::App* command = app.add_subcommand(
      "cloud-provider",
      "Sell Cluster Autoscaler its nodes: pools as node groups, never bought twice");
  command
      ->add_option("--pools", flags->pools,
                   "CapacityProfiles, whose spec.pools are the node groups; - is stdin")
      ->required()
      ->option_text("FILE");
  AddCloudOptions(*command, flags->cloud);
  command
      ->add_option("--journal", flags->journal,
                   "Where orders are written before they are sent, SQLite on a local disk "
                   "(default loadcurve-orders.db)")
      ->option_text("FILE");
  AddEndpointOptions(*command, flags->endpoint);
  command
      ->add_option("--client-ca", flags->client_ca,
                   "Authorities of who may call, PEM (default: that of --keys)")
      ->option_text("FILE");
  command->footer(kFooter);
  command->callback([flags, &chosen] { chosen = [flags] { return RunCloudProvider(*flags); }; });
}

}  // namespace loadcurve
