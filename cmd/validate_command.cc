#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

#include "adapters/files/whole_file.h"
#include "adapters/profile_codec/profile_codec.h"
#include "cmd/command.h"

namespace loadcurve {
namespace {

std::vector<std::string> ProblemsOf(const std::string& file) {
  const auto text = files::ReadWholeFile(file);
  if (!text) return {text.error().message};
  return profile_codec::FindProblems(*text, file);
}

std::string Counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

Result<void> RunValidate(const std::vector<std::string>& files) {
  std::size_t problems = 0;
  std::size_t broken = 0;
  for (const std::string& file : files) {
    const auto found = ProblemsOf(file);
    for (const std::string& problem : found) fmt::print(stderr, "{}\n", problem);
    problems += found.size();
    if (!found.empty()) ++broken;
  }
  if (problems > 0)
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} in {} of {}", Counted(problems, "problem", "problems"), broken,
                            Counted(files.size(), "file", "files")));
  fmt::print("{} valid\n", Counted(files.size(), "file is", "files are"));
  return {};
}

}  // namespace

void AddValidateCommand(CLI::App& app, Run& chosen) {
  const auto files = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app.add_subcommand(
      "validate",
      "Check ScalingProfiles and CapacityProfiles without a cluster: every problem, by line");
  command->add_option("files", *files, "YAML with profiles of either kind; - is stdin")
      ->required()
      ->option_text("FILE...");
  command->footer(
      "Tells every problem of every file as FILE:LINE: FIELD is VALUE; expected ..., on stderr,\n"
      "and ends with 2 where there is one.\n\n"
      "Example:\n"
      "  loadcurve validate profiles/*.yaml capacity.yaml");
  command->callback([files, &chosen] { chosen = [files] { return RunValidate(*files); }; });
}

}  // namespace loadcurve
