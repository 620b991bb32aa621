#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>

#include "adapters/files/whole_file.h"
#include "adapters/logs/histogram_file.h"
#include "cmd/command.h"
#include "cmd/load_report.h"

namespace loadcurve {
namespace {

struct MergeOptions {
  std::vector<std::string> paths;
  std::string save;
  LoadReport report;
};

Result<void> RunMerge(MergeOptions& options) {
  LC_TRY_VOID(options.report.Prepare());
  LC_TRY(RequestCounts counts, logs::ReadHistograms(options.paths.front()));
  for (std::size_t i = 1; i < options.paths.size(); ++i) {
    LC_TRY(const RequestCounts part, logs::ReadHistograms(options.paths[i]));
    const auto merged = counts.Merge(part);
    if (!merged) return Within(options.paths[i], merged.error());
  }
  LC_TRY(const std::string text, options.report.Render(counts, {{"files", options.paths.size()}}));
  if (!options.save.empty())
    LC_TRY_VOID(files::WriteFileAtomically(options.save, logs::WriteHistograms(counts)));
  fmt::print("{}", text);
  return {};
}

}  // namespace

void AddMergeCommand(CLI::App& app, Run& chosen) {
  CLI::App* command = app.add_subcommand(
      "merge", "Add up histograms that 'measure --save-histograms' wrote, and measure the sum");
  command->footer(
      "Logs larger than one machine are counted where they lie; the files merge without loss,\n"
      "in any order. Step and bounds must be the same in all.\n\n"
      "Example:\n"
      "  loadcurve measure /logs/shard-3/access.log --save-histograms shard-3.hist\n"
      "  loadcurve merge shard-*.hist -o csv");
  auto options = std::make_shared<MergeOptions>();
  command->add_option("histograms", options->paths, "Files of histograms")
      ->required()
      ->option_text("FILE...");
  command->add_option("--save-histograms", options->save, "Also write the sum to a file")
      ->option_text("FILE");
  options->report.AddOptions(*command);
  command->callback([&chosen, options] { chosen = [options] { return RunMerge(*options); }; });
}

}  // namespace loadcurve
