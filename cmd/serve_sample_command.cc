#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>

#include "adapters/sample_service/sample_server.h"
#include "adapters/sample_service/service_child.h"
#include "base/clock.h"
#include "cmd/command.h"
#include "cmd/interrupt.h"

namespace loadcurve {
namespace {

struct ServeSampleFlags {
  sample::ServerOptions server;
  pid_t parent = 0;
};

Result<void> ServeSample(const ServeSampleFlags& flags) {
  const std::stop_token stop = InterruptToken();
  if (flags.parent != 0) LC_TRY_VOID(sample::EndWithParent(flags.parent));
  return sample::Serve(flags.server, SystemClock(), stop, [](std::uint16_t port) {
    fmt::print("listening {}\n", port);
    std::fflush(stdout);
  });
}

}  // namespace

void AddServeSampleCommand(CLI::App& app, Run& chosen) {
  const auto flags = std::make_shared<ServeSampleFlags>();
  CLI::App* command = app.add_subcommand(
      "serve-sample",
      "Serve the sample service of 'loadcurve demo' on a loopback port, until Ctrl-C.");
  command->group("");
  command->add_option("--access-log", flags->server.access_log, "Where the access log goes")
      ->required()
      ->option_text("FILE");
  command->add_option("--seed", flags->server.seed, "Seed of the sizes of work")->option_text("N");
  command->add_option("--workers", flags->server.workers, "Threads that burn CPU (default 16)")
      ->check(CLI::Range(1, 1024))
      ->option_text("N");
  command->add_option("--parent", flags->parent, "End as soon as the parent, of this pid, ends")
      ->option_text("PID");
  command->footer(
      "Example:\n"
      "  loadcurve serve-sample --access-log access.log\n"
      "    prints \"listening PORT\"; routes /cheap /medium /expensive /slow");
  command->callback([flags, &chosen] { chosen = [flags] { return ServeSample(*flags); }; });
}

}  // namespace loadcurve
