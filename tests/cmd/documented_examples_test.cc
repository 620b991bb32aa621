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
  const ProgramRun run = RunBeside({}, "loadcurve() { \"$LOADCURVE\" \"$@\"; }\n" + commands);
  EXPECT_EQ(run.exit_code, 0) << run.error;
  // time,requests,qps,concurrency,metricsqps,errors
  EXPECT_THAT(run.out,
              testing::ContainsRegex("\n2026-10-10T13:55:36Z,10000,2000,[0-9.]+,2060,0\n"));
}

// The blocks of a language in a document, in order.
std::vector<std::string> BlocksOf(const std::string& document, const std::string& language) {
  const std::string fence = "```" + language + "\n";
  std::vector<std::string> blocks;
  for (std::size_t at = document.find(fence); at != std::string::npos;
       at = document.find(fence, at + 1)) {
    const std::size_t begin = at + fence.size();
    blocks.push_back(document.substr(begin, document.find("```", begin) - begin));
  }
  return blocks;
}

TEST(Queues, ExamplesAreValidAndBecomeAnHpa) {
  const std::vector<std::string> examples = BlocksOf(Document("docs/queues.md"), "yaml");
  ASSERT_EQ(examples.size(), 3U);
  for (const std::string& example : examples) {
    const ProgramRun validated = RunLoadcurve({"validate", "-"}, example);
    EXPECT_EQ(validated.exit_code, 0) << validated.error;
    const ProgramRun hpa = RunLoadcurve({"hpa", "-"}, example);
    EXPECT_THAT(hpa.out, HasSubstr("loadcurve-replicas"));
    const ProgramRun keda = RunLoadcurve({"keda", "-"}, example);
    EXPECT_THAT(keda.out, HasSubstr("scalingprofile:"));
    // The busy CPU of consumers would hold the count up.
    const bool is_queue = example.find("queue:") != std::string::npos;
    EXPECT_EQ(hpa.out.find("\"cpu\"") == std::string::npos, is_queue);
    EXPECT_EQ(keda.out.find("\"cpu\"") == std::string::npos, is_queue);
  }
}

TEST(Queues, ExampleByHandGives7Consumers) {
  const std::string profile = BlocksOf(Document("docs/queues.md"), "yaml").front();
  const ProgramRun run = RunBeside(
      {{"p.yaml", profile}, {"load.csv", "time,value\n2026-10-10T13:55:00Z,220\n"}},
      "\"$LOADCURVE\" decide --profile p.yaml --series load.csv --step 1m --current 2 -o json");
  EXPECT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.out, HasSubstr("\"desired\": 7"));
}

TEST(Mock, ExampleOfAPlanIsOne) {
  const std::vector<std::string> examples = BlocksOf(Document("docs/mock.md"), "yaml");
  ASSERT_EQ(examples.size(), 1U);
  const ProgramRun check = RunLoadcurve({"mock", "--plan", "-", "--check"}, examples.front());
  EXPECT_EQ(check.exit_code, 0) << check.error;
  EXPECT_EQ(check.out, "2 routes, 1 pools, 2 faults\n");
}

TEST(Documents, LinkToFilesThatExist) {
  namespace fs = std::filesystem;
  static const std::regex kLink(R"(\]\(([^)#:]+)(#[^)]*)?\))");
  for (const std::string name :
       {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "deploy/README.md", "docs/architecture.md",
        "docs/concepts.md", "docs/configuration.md", "docs/forecasting.md", "docs/log-fields.md",
        "docs/log-formats.md", "docs/mock.md", "docs/prometheus.md", "docs/queues.md",
        "docs/replay.md"}) {
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
