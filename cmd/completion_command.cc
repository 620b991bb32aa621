#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <string>

#include "cmd/command.h"

namespace loadcurve {
namespace {

std::string Join(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

std::vector<std::string> FlagsOf(const CLI::App& command) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  }
  return flags;
}

// One "case" line a subcommand: its flags, and the subcommands below it.
std::string Cases(const CLI::App& app) {
  std::string cases;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    std::vector<std::string> words = FlagsOf(*command);
    for (const std::string& name : CommandNames(*command)) words.push_back(name);
    cases += fmt::format("    {}) words=\"{}\" ;;\n", command->get_name(), Join(words));
  }
  return cases;
}

std::string BashScript(const CLI::App& app) {
  return fmt::format(R"(# loadcurve completion for bash:  source <(loadcurve completion bash)
_loadcurve() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} words
  case ${{COMP_WORDS[1]}} in
{}    *) words="{} --help --version" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -o default -F _loadcurve loadcurve
)",
                     Cases(app), Join(CommandNames(app)));
}

std::string ZshScript(const CLI::App& app) {
  return "# loadcurve completion for zsh:  source <(loadcurve completion zsh)\n"
         "autoload -U +X bashcompinit && bashcompinit\n" +
         BashScript(app);
}

std::string FishScript(const CLI::App& app) {
  std::string script = "# loadcurve completion for fish:  loadcurve completion fish | source\n";
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    script += fmt::format(
        "complete -c loadcurve -n __fish_use_subcommand -a {} -d '{}'\n", command->get_name(),
        command->get_description().substr(0, command->get_description().find('\n')));
    for (const std::string& flag : FlagsOf(*command))
      script += fmt::format("complete -c loadcurve -n '__fish_seen_subcommand_from {}' -l {}\n",
                            command->get_name(), flag.substr(2));
  }
  return script;
}

}  // namespace

void AddCompletionCommand(CLI::App& app, Run& chosen) {
  CLI::App* command = app.add_subcommand("completion", "Print a completion script for your shell");
  command->footer("Example:\n  source <(loadcurve completion bash)");
  auto* shell = command->add_option("shell", "bash, zsh or fish")
                    ->required()
                    ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([&app, &chosen, shell] {
    chosen = [&app, shell]() -> Result<void> {
      const auto name = shell->as<std::string>();
      fmt::print("{}", name == "bash"  ? BashScript(app)
                       : name == "zsh" ? ZshScript(app)
                                       : FishScript(app));
      return {};
    };
  });
}

}  // namespace loadcurve
