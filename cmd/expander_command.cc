#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "adapters/autoscaler_grpc/expander_server.h"
#include "base/clock.h"
#include "cmd/autoscaler_endpoint.h"
#include "cmd/command.h"
#include "cmd/kube_connection.h"
#include "cmd/learnt_option.h"
#include "cmd/listen_address.h"
#include "cmd/priced_pools.h"
#include "cmd/service_log.h"

namespace loadcurve {
namespace {

// As often as a status is written.
constexpr Duration kLearntEvery = std::chrono::minutes(10);

struct ExpanderFlags {
  PricedPools pools;
  LearntOption learnt;
  ClusterChoice cluster;
  AutoscalerEndpoint endpoint{.listen = "127.0.0.1:9444"};
};

void LogAnswer(const autoscaler_grpc::ExpanderAnswer& answer) {
  if (!answer.has_opinion) {
    spdlog::info("{} options, none with a known price: all are kept", answer.judgements.size());
    return;
  }
  if (answer.kept.empty())
    spdlog::warn("no scale-up: all {} options are of closed pools", answer.judgements.size());
  for (const auto& judgement : answer.judgements) {
    const bool is_kept = !answer.kept.empty() && answer.kept.front() == judgement.group;
    spdlog::info("{} {}: {}", is_kept ? "chosen" : "passed over", judgement.group, judgement.why);
  }
}

void PrintHowToUse(const ShownKeys& shown, const std::string& address, std::uint16_t port) {
  fmt::print(
      "Serving Cluster Autoscaler's expander on {}:{}\n\n"
      "  cluster-autoscaler --expander=grpc,least-waste --grpc-expander-url=HOST:{} \\\n"
      "    --grpc-expander-cert={}\n\n"
      "Ctrl-C ends it; kill -HUP {} reads the pools again.\n",
      address, port, port, shown.authority_file.empty() ? "AUTHORITIES.pem" : shown.authority_file,
      ::getpid());
  std::fflush(stdout);
}

void TellOfRisk(const std::string& line) {
  spdlog::info("{}", line);
}

void ReadAgain(const ExpanderFlags& flags, StatedPools& stated) {
  auto again = flags.pools.Read();
  if (!again) return spdlog::error("pools stay as they were: {}", again.error().message);
  spdlog::info("{} pools read again", again->pools.size());
  stated = *std::move(again);
}

Result<void> RunExpander(ExpanderFlags& flags) {
  ServiceSignals signals;
  LogToStderr();
  const SystemClock clock;
  http::ServerOptions listening;
  LC_TRY_VOID(SetAddress("--listen", flags.endpoint.listen, listening));
  if (flags.cluster.is_made() && !flags.learnt.is_asked())
    return Fail(ErrorCode::kInvalidArgument,
                "a cluster is named and nothing is asked of it; expected --learnt too");
  LC_TRY(StatedPools stated, flags.pools.Read());
  LC_TRY_VOID(flags.learnt.Connect(flags.cluster, clock));
  LC_TRY(const ShownKeys shown, KeysOf(flags.endpoint, clock));
  auto pools = flags.learnt.Believed(stated, TellOfRisk);
  LC_TRY(const auto server, autoscaler_grpc::ExpanderServer::Start({.address = listening.address,
                                                                    .port = listening.port,
                                                                    .certificate = shown.pair,
                                                                    .pools = std::move(pools),
                                                                    .on_answer = LogAnswer}));
  PrintHowToUse(shown, listening.address, server->port());
  const auto use = [&] { server->UsePools(flags.learnt.Believed(stated, TellOfRisk)); };
  const auto reload = [&] {
    ReadAgain(flags, stated);
    use();
  };
  std::optional<ServiceSignals::Chore> chore;
  if (flags.learnt.is_asked()) chore = {.every = kLearntEvery, .act = use};
  signals.WaitForEnd(clock, reload, chore);
  server->Drain();
  return {};
}

}  // namespace

void AddExpanderCommand(CLI::App& app, Run& chosen) {
  const auto flags = std::make_shared<ExpanderFlags>();
  CLI::App* command = app.add_subcommand(
      "expander", "Choose node groups for Cluster Autoscaler, by money for load and risk");
  flags->pools.AddTo(*command);
  flags->learnt.AddTo(*command);
  flags->cluster.AddTo(*command);
  AddEndpointOptions(*command, flags->endpoint);
  command->footer(
      "Cluster Autoscaler asks it which node group to grow when pods wait: --expander=grpc. A "
      "pool\n"
      "is known by the node group's name, else by instance type, zone, contract and labels of its\n"
      "nodes. Chosen is what costs least for what the pods carry: price of the nodes, with the "
      "risk\n"
      "of losing them, by the pods that fit and the speed of the pool.\n"
      "Options without a known price are kept only where no other has one. A pool with most: 0\n"
      "is closed; where only such are offered the answer is empty, and nothing grows. Who cannot\n"
      "reach it, or gets an error, goes on without it.\n"
      "It speaks the dialects of 1.33, 1.34 and 1.35. Cluster Autoscaler shows no certificate, so\n"
      "let a NetworkPolicy say who may ask. docs/capacity.md has the whole set-up.\n\n"
      "Examples:\n"
      "  loadcurve expander --pools capacity.yaml\n"
      "  loadcurve expander --pools capacity.yaml --trace spot-b=eu-1b.json\n"
      "  loadcurve expander --pools capacity.yaml --learnt fleet\n"
      "  loadcurve expander --pools capacity.yaml --listen :9444 --tls-certificate tls.crt "
      "--tls-key tls.key");
  command->callback([flags, &chosen] { chosen = [flags] { return RunExpander(*flags); }; });
}

}  // namespace loadcurve
