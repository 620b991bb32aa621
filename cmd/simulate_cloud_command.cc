#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "adapters/cloud/simulated/cloud_service.h"
#include "adapters/http/http_server.h"
#include "adapters/mock/mock_server.h"
#include "base/clock.h"
#include "cmd/command.h"
#include "cmd/duration_option.h"
#include "cmd/interrupt.h"
#include "cmd/local_keys.h"
#include "cmd/output.h"

namespace loadcurve {
namespace {

struct SimulateCloudFlags {
  std::string plan;
  std::string listen = "127.0.0.1:0";
  std::string keys = "loadcurve-keys";
  std::string length;
  double speed = 1;
  bool is_check = false;
  OutputFormat output = OutputFormat::kTable;
};

void PrintReport(const simulated_cloud::LedgerReport& report, OutputFormat output) {
  if (output == OutputFormat::kJson) {
    const nlohmann::json document = {{"bought", report.bought},
                                     {"paid", report.paid},
                                     {"reclaimed", report.reclaimed},
                                     {"calls", report.calls},
                                     {"cost_usd", report.cost_usd}};
    fmt::print("{}\n", document.dump(2));
    return;
  }
  if (output == OutputFormat::kCsv) {
    fmt::print("bought,paid,reclaimed,calls,cost_usd\n{},{},{},{},{}\n", report.bought, report.paid,
               report.reclaimed, report.calls, report.cost_usd);
    return;
  }
  fmt::print(
      "nodes bought     {}\nstill paid for   {}\nreclaimed        {}\ncalls            {}\n"
      "cost, USD        {:.4f}\n",
      report.bought, report.paid, report.reclaimed, report.calls, report.cost_usd);
}

Result<void> Serve(const SimulateCloudFlags& flags, simulated_cloud::CloudPlan plan,
                   std::optional<Duration> length) {
  const std::stop_token interrupt = InterruptToken();
  const SystemClock clock;
  LC_TRY(const mock::Endpoint listen, mock::Endpoint::Parse("--listen", flags.listen));
  LC_TRY(const LocalKeys keys, OpenLocalKeys(flags.keys, clock.Now()));
  simulated_cloud::CloudService service(std::move(plan), flags.speed, clock);
  LC_TRY(const auto server,
         http::HttpServer::Start(
             {.address = listen.address, .port = listen.port, .max_body_bytes = 1024UL * 1024},
             keys.serving.leaf, service, clock));
  // Standard output is for the report.
  fmt::print(stderr, "listening https://{}\ntrust {}\n",
             mock::Endpoint{listen.address, server->port()}.Text(), keys.ca_file);
  const Duration for_ever = std::chrono::hours(24 * 365 * 10);
  clock.SleepUntil(clock.MonotonicNow() + length.value_or(for_ever), interrupt);
  server->Drain(std::chrono::seconds(1));
  PrintReport(service.Report(), flags.output);
  return {};
}

Result<void> SimulateCloud(const SimulateCloudFlags& flags) {
  std::optional<Duration> length;
  if (!flags.length.empty()) {
    LC_TRY(length, PositiveDurationOf("--for", flags.length));
  }
  LC_TRY(simulated_cloud::CloudPlan plan, simulated_cloud::ReadCloudPlan(flags.plan));
  if (flags.is_check) {
    fmt::print("pools: {}, quotas: {}, faults: {}\n", plan.pools.size(), plan.quotas.size(),
               plan.faults.size());
    return {};
  }
  return Serve(flags, std::move(plan), length);
}

constexpr const char* kFooter =
    "It sells nodes as a cloud does: a part of an order where stock runs out, an answer that is\n"
    "lost, 429 when it likes, spot nodes that are taken back. Nothing is real but the answers;\n"
    "its ledger says what was truly bought, so that a buyer can be judged. It serves over TLS\n"
    "with a certificate made in --keys; where it listens and whom to trust is told on standard\n"
    "error, what it sold on standard output when it ends.\n\n"
    "  GET  /v1/offers              pools, prices, boot times\n"
    "  POST /v1/orders              {\"token\": \"t-1\", \"pool\": \"spot-a\", \"nodes\": 10}\n"
    "  GET  /v1/orders/TOKEN        what came of an order; 404 where it never came\n"
    "  POST /v1/retirements         {\"nodes\": [\"node-1\"]}\n"
    "  GET  /v1/nodes               those that are paid for\n"
    "  POST /v1/interruptions       {\"nodes\": [\"node-1\"]}: their notice comes now\n"
    "  GET  /v1/ledger              how many were ever bought, what they cost\n\n"
    "A plan:\n"
    "  seed: 7                      # of what is drawn\n"
    "  tokens: true                 # an order that is sent again is sold once\n"
    "  pools:\n"
    "    - {name: spot-a, region: us-1, zone: us-1a, type: m5.large, family: m5, class: spot,\n"
    "       price: 0.035, cpu: 2, memoryBytes: 8e9, pods: 29, stock: 20, boot: 90s,\n"
    "       trace: us-1a.json, notice: 120s, missedNotice: 0.1}\n"
    "    - {name: on-demand, region: us-1, zone: us-1b, price: 0.096, stock: 1000}\n"
    "  quotas:\n"
    "    - {region: us-1, class: spot, nodes: 30}\n"
    "  faults:                      # kind: throttle, unavailable or lost-reply\n"
    "    - {kind: lost-reply, call: order, share: 0.2}\n"
    "    - {kind: throttle, from: 60s, until: 90s, retryAfter: 5s}\n"
    "    - {kind: unavailable, call: nodes, first: 3}\n\n"
    "A trace is {\"metadata\": {\"gap_seconds\": 195}, \"data\": [1, 1, 0, ...]}, compressed or "
    "not:\n"
    "the share of the stock that there is, step by step.\n\n"
    "Examples:\n"
    "  loadcurve simulate-cloud plan.yaml --listen 127.0.0.1:9100 --speed 60\n"
    "  curl --cacert loadcurve-keys/ca-bundle.crt https://127.0.0.1:9100/v1/offers\n"
    "  loadcurve simulate-cloud plan.yaml --for 10m -o json\n"
    "  loadcurve simulate-cloud plan.yaml --check";

}  // namespace

void AddSimulateCloudCommand(CLI::App& app, Run& chosen) {
  const auto flags = std::make_shared<SimulateCloudFlags>();
  CLI::App* command = app.add_subcommand(
      "simulate-cloud", "Sell nodes that are none, to try who buys them: stock, spot, faults");
  command->add_option("plan", flags->plan, "Pools, quotas and faults (YAML)")
      ->required()
      ->option_text("PLAN");
  command
      ->add_option("--listen", flags->listen,
                   "ADDRESS:PORT to answer on; port 0 is any (default 127.0.0.1:0)")
      ->option_text("HOST:PORT");
  command
      ->add_option("--keys", flags->keys,
                   "Folder of its certificate, made where it is absent (default loadcurve-keys)")
      ->option_text("FOLDER");
  command
      ->add_option("--speed", flags->speed,
                   "Seconds that pass in the cloud in one second (default 1)")
      ->check(CLI::Range(0.001, 100'000.0))
      ->option_text("N");
  command->add_option("--for", flags->length, "End by itself after so long (default: at Ctrl-C)")
      ->option_text("DURATION");
  command->add_flag("--check", flags->is_check, "Only read the plan, and say what is wrong");
  AddOutputOption(*command, flags->output);
  command->footer(kFooter);
  command->callback([flags, &chosen] { chosen = [flags] { return SimulateCloud(*flags); }; });
}

}  // namespace loadcurve
