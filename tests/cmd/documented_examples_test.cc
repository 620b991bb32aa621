// The documents' own commands are run, so that they cannot drift from the binary.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "tests/support/run_program.h"

namespace loadcurve {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string Document(const std::string& name) {
  std::ifstream file(std::string(LOADCURVE_SOURCE_DIR) + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The first block of shell commands in a document.
std::string FirstShellBlock(const std::string& document) {
  const std::size_t begin = document.find("```sh\n");
  if (begin == std::string::npos) return "";
  return document.substr(begin + 6, document.find("```", begin + 6) - begin - 6);
}

TEST(Concepts, ExampleByHandGives2060PerMachine) {
  const std::string commands = FirstShellBlock(Document("docs/concepts.md"));
  ASSERT_THAT(commands, HasSubstr("loadcurve measure"));
  const ProgramRun run = RunShell(
      "set -e; folder=$(mktemp -d); trap 'rm -r \"$folder\"' EXIT; cd \"$folder\"\n"
      "loadcurve() { \"$LOADCURVE\" \"$@\"; }\n" +
      commands);
  EXPECT_EQ(run.exit_code, 0) << run.error;
  // time,requests,qps,concurrency,metricsqps,errors
  EXPECT_THAT(run.out,
              testing::ContainsRegex("\n2026-10-10T13:55:36Z,10000,2000,[0-9.]+,2060,0\n"));
}

TEST(Documents, LinkToFilesThatExist) {
  namespace fs = std::filesystem;
  static const std::regex kLink(R"(\]\(([^)#:]+)(#[^)]*)?\))");
  for (const std::string name :
       {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "deploy/README.md", "docs/architecture.md",
        "docs/concepts.md", "docs/configuration.md", "docs/forecasting.md", "docs/log-fields.md",
        "docs/log-formats.md", "docs/replay.md"}) {
    const std::string document = Document(name);
    EXPECT_THAT(document, Not(IsEmpty())) << name;
    for (auto link = std::sregex_iterator(document.begin(), document.end(), kLink);
         link != std::sregex_iterator(); ++link) {
      const fs::path target =
          fs::path(LOADCURVE_SOURCE_DIR) / fs::path(name).parent_path() / link->str(1);
      EXPECT_TRUE(fs::exists(target)) << name << " links to " << link->str(1);
    }
  }
}

}  // namespace
}  // namespace loadcurve
