// `loadcurve replay --export` as a program of its own: what it writes, and that it replays.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kLog =
    R"(192.0.2.9 - joe [10/Oct/2026:13:55:01 +0000] "GET /users/4711/orders?from=joe%40shop.com HTTP/1.1" 200 1 "-" "a" 0.001
192.0.2.9 - joe [10/Oct/2026:13:55:02 +0000] "GET /cheap?session=dQw4w9WgXcQ7dQw4w9WgXcQ7 HTTP/1.1" 200 1 "-" "a" 0.001
192.0.2.9 - joe [10/Oct/2026:13:55:04 +0000] "GET /carts/6f1c2a34-99aa-4c1b-8f00-0123456789ab HTTP/1.1" 200 1 "-" "a" 0.001
192.0.2.9 - joe [10/Oct/2026:13:55:05 +0000] "GET /users/4711/orders?page=2 HTTP/1.1" 200 1 "-" "a" 0.001
192.0.2.9 - joe [10/Oct/2026:13:55:06 +0000] "POST /users/8150/orders HTTP/1.1" 200 1 "-" "a" 0.001
)";

class ReplayExport : public testing::Test {
 protected:
  ProgramRun Export(const std::string& name, std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {"replay", folder_.Write("access.log", kLog), "--export",
                                      folder_.Path(name)};
    words.insert(words.end(), more.begin(), more.end());
    return RunLoadcurve(words);
  }

  // The requests of a file, one a line.
  static std::vector<json> Lines(const std::string& text) {
    std::vector<json> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(json::parse(line));
    return lines;
  }

  ScratchFolder folder_;
};

TEST_F(ReplayExport, HandsOnNobodyOfTheLog) {
  const std::string key = folder_.Write("key", "the key of the tests");
  const ProgramRun run =
      Export("a.requests.jsonl", {"--allow-method", "POST", "--pseudonym-key", key, "-o", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const json told = json::parse(run.out);
  EXPECT_EQ(told["requests"], 5);
  EXPECT_EQ(told["routes"], 4);
  EXPECT_EQ(told["identifiers"], "pseudonyms");

  const std::string text = folder_.Read("a.requests.jsonl");
  for (const char* secret :
       {"4711", "8150", "joe", "shop", "dQw4w9", "6f1c2a34", "0123456789ab", "192.0.2.9"})
    EXPECT_THAT(text, Not(HasSubstr(secret)));
  const std::vector<json> lines = Lines(text);
  ASSERT_EQ(lines.size(), 5U);
  // The same user at both times; the page is nobody's.
  const std::string first = lines[0]["path"];
  const std::string second = lines[3]["path"];
  EXPECT_EQ(first.substr(0, first.find('?')), second.substr(0, second.find('?')));
  EXPECT_THAT(second, HasSubstr("?page=2"));
  EXPECT_EQ(lines[0]["time"], "2026-10-10T13:55:00.999Z");  // it ended at :01, after 1 ms
  EXPECT_EQ(lines[4]["method"], "POST");
}

TEST_F(ReplayExport, TellsInWordsWhatIsInTheFileAndWhatIsNot) {
  const ProgramRun run = Export("a.requests.jsonl");
  ASSERT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.out, HasSubstr("4 requests of 3 routes written to "));
  EXPECT_THAT(run.out, HasSubstr("a random key, now forgotten"));
  EXPECT_THAT(run.out, HasSubstr("requests not exported: 1 method POST is not allowed"));
}

TEST_F(ReplayExport, ReplaysAsTheLogDoes) {
  ASSERT_EQ(Export("a.requests.jsonl").exit_code, 0);
  // Exported again with nothing to hide it is the same to the byte.
  const ProgramRun again =
      RunLoadcurve({"replay", folder_.Path("a.requests.jsonl"), "--keep-identifiers", "--export",
                    folder_.Path("b.requests.jsonl")});
  ASSERT_EQ(again.exit_code, 0) << again.error;
  EXPECT_EQ(folder_.Read("a.requests.jsonl"), folder_.Read("b.requests.jsonl"));

  const ProgramRun played = RunShell(
      "exec 3< <(exec \"$LOADCURVE\" serve-sample --access-log " + folder_.Path("sample.log") +
      "); service=$!; trap 'kill $service' EXIT\n"
      "read -r word port <&3; \"$LOADCURVE\" replay " +
      folder_.Path("a.requests.jsonl") +
      " --target http://127.0.0.1:$port --arrivals recorded --speed-up 20 -o json");
  ASSERT_EQ(played.exit_code, 0) << played.error;
  const json report = json::parse(played.out);
  EXPECT_EQ(report["total"]["answered"], 4);
  EXPECT_EQ(report["routes"].size(), 3U);
}

TEST_F(ReplayExport, MakesTheSamePseudonymsOfTheSameKey) {
  const std::string key = folder_.Write("key", "0123456789abcdef\n");
  ASSERT_EQ(Export("a.requests.jsonl", {"--pseudonym-key", key}).exit_code, 0);
  ASSERT_EQ(Export("b.requests.jsonl", {"--pseudonym-key", key}).exit_code, 0);
  ASSERT_EQ(Export("c.requests.jsonl").exit_code, 0);
  EXPECT_EQ(folder_.Read("a.requests.jsonl"), folder_.Read("b.requests.jsonl"));
  EXPECT_NE(folder_.Read("a.requests.jsonl"), folder_.Read("c.requests.jsonl"));
}

TEST_F(ReplayExport, RefusesWhatWouldNotBeReadAgainAndWhatSendsNothing) {
  const ProgramRun name = Export("a.jsonl");
  EXPECT_EQ(name.exit_code, 2);
  EXPECT_THAT(name.error, HasSubstr(".requests.jsonl"));
  const ProgramRun key =
      Export("a.requests.jsonl", {"--pseudonym-key", folder_.Write("key", "short")});
  EXPECT_EQ(key.exit_code, 2);
  EXPECT_THAT(key.error, HasSubstr("it holds 5 bytes; expected 16 or more"));
  EXPECT_EQ(Export("a.requests.jsonl", {"--pseudonym-key", folder_.Path("absent")}).exit_code, 2);
  for (const auto& [option, value] :
       {std::pair("--target", "http://127.0.0.1:1"), std::pair("--rate", "9")}) {
    const ProgramRun run = Export("a.requests.jsonl", {option, value});
    EXPECT_EQ(run.exit_code, 2) << option;
    EXPECT_THAT(run.error, HasSubstr(option));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("a.requests.jsonl")));

  const ProgramRun neither = RunLoadcurve({"replay", folder_.Write("access.log", kLog)});
  EXPECT_EQ(neither.exit_code, 2);
  EXPECT_THAT(neither.error, HasSubstr("--target is missing"));
  const ProgramRun alone = RunLoadcurve({"replay", folder_.Write("access.log", kLog), "--target",
                                         "http://127.0.0.1:1", "--keep-identifiers"});
  EXPECT_EQ(alone.exit_code, 2);
  EXPECT_THAT(alone.error, HasSubstr("--export"));
}

TEST_F(ReplayExport, SaysWhichLineOfTheLogIsBroken) {
  const ProgramRun run =
      RunLoadcurve({"replay", folder_.Write("broken.requests.jsonl", "{\"time\":1}\n"), "--export",
                    folder_.Path("a.requests.jsonl")});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("broken.requests.jsonl:1"));
}

TEST_F(ReplayExport, SaysWhyTheFileCannotBeWritten) {
  const ProgramRun folder = Export("no/such/folder/a.requests.jsonl");
  EXPECT_EQ(folder.exit_code, 2);
  EXPECT_THAT(folder.error, HasSubstr("no/such/folder"));
  std::filesystem::create_symlink("/dev/full", folder_.Path("full.requests.jsonl"));
  const ProgramRun full = Export("full.requests.jsonl");
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_THAT(full.error, HasSubstr("full.requests.jsonl"));
}

}  // namespace
}  // namespace loadcurve
