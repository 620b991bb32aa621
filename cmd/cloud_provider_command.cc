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
#include "adapters/profile_codec/capacity_codec.h"
#include "adapters/store/sqlite_order_journal.h"
#include "base/clock.h"
#include "cmd/autoscaler_endpoint.h"
#include "cmd/command.h"
#include "cmd/listen_address.h"
#include "cmd/node_provider.h"
#include "cmd/service_log.h"

namespace loadcurve {
namespace {

struct CloudProviderFlags {
  std::string pools;
  std::string journal = "loadcurve-orders.db";
  std::string client_ca;
  AutoscalerEndpoint endpoint{.listen = "127.0.0.1:9445"};
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

// The one profile of the file, with its pools and who sells them.
Result<capacity::CapacityProfile> ProfileIn(const std::string& file) {
  LC_TRY(const auto profiles, profile_codec::ReadCapacityProfiles(file));
  if (profiles.size() != 1)
    return Fail(ErrorCode::kInvalidArgument,
                file + ": there are " + std::to_string(profiles.size()) +
                    " CapacityProfiles; expected one, of whose pools nodes are bought");
  // Who has a provider has pools.
  const auto& provider = profiles.front().fields().provider;
  if (!provider)
    return Fail(ErrorCode::kInvalidArgument,
                file + ": spec.provider is absent; expected who sells nodes: simulated or aws");
  // Nodes would be known by the names of Machines, and not by Node.spec.providerID.
  if (provider->cluster_api)
    return Fail(ErrorCode::kInvalidArgument,
                file +
                    ": spec.provider is clusterApi; expected aws or simulated, since Cluster "
                    "Autoscaler knows Cluster API itself");
  if (provider->bridgx)
    return Fail(ErrorCode::kInvalidArgument,
                file +
                    ": spec.provider is bridgx; expected aws or simulated, since instances of "
                    "several clouds are not known by Node.spec.providerID alone");
  if (provider->simulated && !provider->simulated->ca_file.empty()) {
    const auto authorities = files::ReadWholeFile(provider->simulated->ca_file);
    if (!authorities) return Within(file + ": spec.provider.simulated.caFile", authorities.error());
  }
  return profiles.front();
}

// Who sells stays as it was: a pool that it does not know yet waits for a restart.
void KeepUp(const CloudProviderFlags& flags, autoscaler_grpc::CloudProviderServer& server) {
  const auto again = ProfileIn(flags.pools);
  if (!again) return spdlog::error("pools stay as they were: {}", again.error().message);
  spdlog::info("{} pools read again", again->fields().pools.size());
  server.UsePools(again->fields().pools);
}

Result<void> RunCloudProvider(const CloudProviderFlags& flags) {
  ServiceSignals signals;
  LogToStderr();
  const SystemClock clock;
  http::ServerOptions listening;
  LC_TRY_VOID(SetAddress("--listen", flags.endpoint.listen, listening));
  LC_TRY(const auto profile, ProfileIn(flags.pools));
  LC_TRY(const ShownKeys shown, KeysOf(flags.endpoint, clock));
  LC_TRY(std::string client_ca, ClientAuthorities(flags, shown));
  LC_TRY(const auto journal, store::SqliteOrderJournal::Open(flags.journal));
  const NodeProvider seller = ProviderOf(profile, clock);
  const auto started = std::chrono::floor<std::chrono::seconds>(clock.Now()).time_since_epoch();
  LC_TRY(const auto server,
         autoscaler_grpc::CloudProviderServer::Start(
             {.address = listening.address,
              .port = listening.port,
              .certificate = shown.pair,
              .client_ca_pem = std::move(client_ca),
              .scheme = profile.fields().provider->aws ? "aws" : "simulated"},
             capacity::NodeGroups(profile.fields().pools, std::to_string(started.count())),
             {*journal, *seller.provider, clock, seller.orders},
             [log = TurnLog()](const auto& report) mutable { log(report); }));
  PrintHowToUse(shown, listening.address, server->port());
  signals.WaitForEnd(clock, [&] { KeepUp(flags, *server); });
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
    "aws:///eu-central-1a/i-0abc; that of a simulated cloud begins with simulated.\n"
    "It speaks the dialects of 1.33, 1.34 and 1.35. docs/capacity.md has the whole set-up.\n\n"
    "Examples:\n"
    "  loadcurve cloud-provider --pools capacity.yaml --journal orders.db\n\n"
    "capacity.yaml:\n"
    "  apiVersion: loadcurve.dev/v1alpha1\n"
    "  kind: CapacityProfile\n"
    "  metadata: {name: fleet}\n"
    "  spec:\n"
    "    provider:            # or simulated: {url: https://127.0.0.1:9100, caFile: ca.crt}\n"
    "      aws: {region: eu-west-1, cluster: shop, launchTemplate: lt-0abc,\n"
    "            subnets: {eu-west-1a: subnet-0a}}\n"
    "    pools:\n"
    "      - {name: m5-a, zone: eu-west-1a, type: m5.large, price: 0.096, most: 40,\n"
    "         allocatable: {cpu: 1930m, memory: 7Gi, pods: 29}}";

}  // namespace

void AddCloudProviderCommand(CLI::App& app, Run& chosen) {
  const auto flags = std::make_shared<CloudProviderFlags>();
  CLI::App* command = app.add_subcommand(
      "cloud-provider",
      "Sell Cluster Autoscaler its nodes: pools as node groups, never bought twice");
  command
      ->add_option("--pools", flags->pools,
                   "A CapacityProfile: spec.pools are the node groups, spec.provider sells them; - "
                   "is stdin")
      ->required()
      ->option_text("FILE");
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
