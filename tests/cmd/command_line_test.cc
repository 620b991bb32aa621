// What every subcommand owes to who calls it: help with an example, exit codes, messages
// on stderr, an honest end when the reader goes away.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/run_program.h"

namespace loadcurve {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

// The names listed under "Subcommands:" in the help.
std::vector<std::string> AllSubcommands() {
  const std::string help = RunLoadcurve({"--help"}).out;
  std::vector<std::string> names;
  std::istringstream lines(help.substr(std::min(help.size(), help.find("\nSubcommands:\n"))));
  for (std::string line; std::getline(lines, line);) {
    if (line.size() > 2 && line.starts_with("  ") && line[2] != ' ')
      names.push_back(line.substr(2, line.find(' ', 2) - 2));
  }
  return names;
}

TEST(CommandLine, ListsItsSubcommands) {
  EXPECT_THAT(AllSubcommands(), Contains("completion"));
}

TEST(CommandLine, ExplainsEverySubcommandWithAnExample) {
  for (const std::string& name : AllSubcommands()) {
    const ProgramRun help = RunLoadcurve({name, "--help"});
    EXPECT_EQ(help.exit_code, 0) << name;
    EXPECT_THAT(help.out, HasSubstr("Example")) << name;
    EXPECT_THAT(help.out, HasSubstr("loadcurve " + name)) << name;
    EXPECT_THAT(help.error, IsEmpty()) << name;
  }
}

TEST(CommandLine, SaysItsVersion) {
  const ProgramRun run = RunLoadcurve({"--version"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.out, MatchesRegex("loadcurve [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(CommandLine, NamesTheFirstArgumentThatNobodyTook) {
  const ProgramRun run = RunLoadcurve({"simulate", "--series", "x", "--stepp", "5m", "--all"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_EQ(run.error,
            "loadcurve: '--stepp' is no option of 'loadcurve simulate'; 'loadcurve simulate "
            "--help' lists them\n");
}

TEST(CommandLine, EndsWithTwoOnWrongUsageAndSaysSoOnStderrOnly) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {}, {"--no-such-flag"}, {"no-such-command"}, {"completion"}, {"completion", "tcsh"}}) {
    const ProgramRun run = RunLoadcurve(arguments);
    EXPECT_EQ(run.exit_code, 2) << testing::PrintToString(arguments);
    EXPECT_THAT(run.out, IsEmpty()) << testing::PrintToString(arguments);
    EXPECT_THAT(run.error, Not(IsEmpty())) << testing::PrintToString(arguments);
  }
}

TEST(CommandLine, EndsWithTwoOnAnUnknownFlagOfEverySubcommand) {
  for (const std::string& name : AllSubcommands()) {
    const ProgramRun run = RunLoadcurve({name, "--no-such-flag"});
    EXPECT_EQ(run.exit_code, 2) << name;
    EXPECT_THAT(run.out, IsEmpty()) << name;
  }
}

TEST(CommandLine, TakesTheNumberOfThreadsFromTheEnvironment) {
  const ProgramRun one = RunShell("LOADCURVE_THREADS=1 \"$LOADCURVE\" completion bash");
  EXPECT_EQ(one.exit_code, 0) << one.error;
  for (const std::string wrong : {"0", "two", "1x", "-1", "1025"}) {
    const ProgramRun run =
        RunShell("LOADCURVE_THREADS=" + wrong + " \"$LOADCURVE\" completion bash");
    EXPECT_EQ(run.exit_code, 2) << wrong;
    EXPECT_THAT(run.error, HasSubstr("LOADCURVE_THREADS is '" + wrong + "'"));
    EXPECT_THAT(run.out, IsEmpty()) << wrong;
  }
}

TEST(CommandLine, FailsWhenItsOutputCannotBeWritten) {
  const ProgramRun run = RunShell("\"$LOADCURVE\" completion bash > /dev/full");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.error, HasSubstr("output could not be written"));
}

TEST(CommandLine, FailsWithAMessageWhenItsReaderIsGone) {
  // The reading end of the pipe is closed before loadcurve, which waits for that, starts.
  const ProgramRun run = RunShell(R"(
      set -o pipefail
      { while sh -c 'echo' 2>/dev/null; do :; done; "$LOADCURVE" completion bash; } | true)");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.error, HasSubstr("output could not be written"));
}

TEST(Completion, ForBashOffersSubcommandsAndTheirFlags) {
  const ProgramRun run = RunShell(R"(
      source <("$LOADCURVE" completion bash)
      offer() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _loadcurve; echo "${COMPREPLY[*]}"; }
      offer loadcurve comp
      offer loadcurve --ver
      offer loadcurve completion --he)");
  EXPECT_EQ(run.out, "completion\n--version\n--help\n");
  EXPECT_THAT(run.error, IsEmpty());
}

TEST(Completion, ForEveryShellNamesEverySubcommand) {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const ProgramRun run = RunLoadcurve({"completion", shell});
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_THAT(run.out, StartsWith("# loadcurve completion for " + shell));
    for (const std::string& name : AllSubcommands()) EXPECT_THAT(run.out, HasSubstr(name)) << shell;
  }
}

}  // namespace
}  // namespace loadcurve
