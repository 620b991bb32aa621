#include "adapters/replay/request_input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scratch_folder.h"

namespace loadcurve::replay {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

class ReadRequestsTest : public testing::Test {
 protected:
  Result<RequestSet> Read(std::string_view name, std::string_view content,
                          RequestSelection selection = {}) const {
    logs::LogOptions options;
    options.paths = {folder_.Write(name, content)};
    return ReadRequests(options, selection);
  }

  ScratchFolder folder_;
};

std::string Line(std::string_view second, std::string_view request, std::string_view duration) {
  return "10.0.0.9 - - [10/Oct/2026:13:55:" + std::string(second) + " +0000] \"" +
         std::string(request) + " HTTP/1.1\" 200 12 \"-\" \"agent\" " + std::string(duration) +
         "\n";
}

TEST_F(ReadRequestsTest, TakesPathsWithTheirQueriesAndSpreadsWholeSeconds) {
  // Two end within second 1, so at 1.0 and 1.5 s; one in second 3. Begun 0.1 s before.
  const RequestSet set =
      Read("a.log", Line("01", "GET /item/7?page=2", "0.100") + Line("01", "GET /item/8", "0.100") +
                        Line("03", "GET /cart", "0.100"))
          .value();
  ASSERT_EQ(set.requests.size(), 3U);
  EXPECT_EQ(set.requests[0].path, "/item/7?page=2");
  EXPECT_EQ(set.routes, (std::vector<std::string>{"GET /item/{id}", "GET /cart"}));
  EXPECT_EQ(set.arrivals,
            (std::vector<RecordedArrival>{
                {milliseconds(0), 0}, {milliseconds(500), 1}, {milliseconds(2000), 2}}));
  EXPECT_EQ(set.warnings.size(), 1U);
}

TEST_F(ReadRequestsTest, LeavesOutWhatChangesSomethingUnlessItIsAllowed) {
  const std::string log =
      Line("01", "GET /a", "0.1") + Line("02", "POST /a", "0.1") + Line("03", "DELETE /a", "0.1");
  const RequestSet safe = Read("a.log", log).value();
  EXPECT_EQ(safe.arrivals.size(), 1U);
  EXPECT_EQ(safe.left_out.at("method POST is not allowed"), 1U);
  EXPECT_EQ(safe.left_out.at("method DELETE is not allowed"), 1U);
  EXPECT_EQ(Read("a.log", log, {.allowed_methods = {"POST"}})->arrivals.size(), 2U);
}

TEST_F(ReadRequestsTest, StopsAtTheMostThatIsWanted) {
  const RequestSet set =
      Read("a.log", Line("01", "GET /a", "0.1") + Line("02", "GET /b", "0.1"), {.most_requests = 1})
          .value();
  EXPECT_EQ(set.requests.size(), 1U);
  EXPECT_EQ(set.left_out.at("beyond --max-requests"), 1U);
}

TEST_F(ReadRequestsTest, ReadsRequestFiles) {
  const RequestSet set =
      Read("a.requests.jsonl",
           R"({"time":"2026-10-10T13:55:36Z","method":"GET","path":"/a"})"
           "\n"
           R"({"time":"2026-10-10T13:55:36.25Z","method":"POST","path":"/b",)"
           R"("headers":{"Content-Type":"text/plain","Host":"prod"},"body":"hi"})",
           {.allowed_methods = {"POST"}})
          .value();
  ASSERT_EQ(set.requests.size(), 2U);
  EXPECT_EQ(set.arrivals[1].at, milliseconds(250));
  EXPECT_EQ(set.requests[1].body, "hi");
  EXPECT_EQ(set.requests[1].headers, (http::Headers{{"Content-Type", "text/plain"}}));
}

TEST_F(ReadRequestsTest, NamesTheLineOfABrokenRequestFile) {
  const auto read = Read("a.requests.jsonl", "{\"time\":\"2026-10-10\",\"methode\":\"GET\"}\n");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(read.error().message, HasSubstr("a.requests.jsonl:1: the field 'methode'"));
}

TEST_F(ReadRequestsTest, RefusesWhatIsNestedWithoutEnd) {
  const std::string deep(100'000, '[');
  for (const char* name : {"a.har", "a.requests.jsonl"}) {
    const auto read = Read(name, R"({"method": )" + deep);
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().message, HasSubstr("levels within one another"));
  }
  // Within a text a bracket is a letter, behind a quoted quote too.
  const auto read =
      Read("b.requests.jsonl", R"({"time": "2026-10-10T13:55:01Z", "method": "GET", "path": "/a", )"
                               R"("headers": {"X": "\")" +
                                   deep + "\"}}\n");
  EXPECT_TRUE(read) << read.error().message;
}

TEST_F(ReadRequestsTest, NeverLetsALineBreakIntoARequest) {
  const auto read =
      Read("a.requests.jsonl",
           R"({"time":"2026-10-10","method":"GET","path":"/a","headers":{"X":"1\r\nY: 2"}})"
           "\n"
           R"({"time":"2026-10-10","method":"GET","path":"/a HTTP/1.1\r\nX: y"})");
  ASSERT_FALSE(read.has_value());
  EXPECT_THAT(read.error().message, HasSubstr("1 unreadable header"));
  EXPECT_THAT(read.error().message, HasSubstr("1 unreadable path"));
}

TEST_F(ReadRequestsTest, ReadsHar) {
  const RequestSet set =
      Read("a.har",
           R"({"log":{"entries":[{"startedDateTime":"2026-10-10T13:55:36.5Z","request":)"
           R"({"method":"GET","url":"https://shop.example/item/7?q=1","headers":)"
           R"([{"name":":authority","value":"shop.example"},{"name":"X-A","value":"b"}]}}]}})")
          .value();
  ASSERT_EQ(set.requests.size(), 1U);
  EXPECT_EQ(set.requests[0].path, "/item/7?q=1");
  EXPECT_EQ(set.requests[0].headers, (http::Headers{{"X-A", "b"}}));
}

constexpr const char* kMapping = R"(variables:
  id: {from: 7, to: 7}
requests:
  - match: '^POST /cart/([0-9]+)'
    path: /cart/${1}/items
    headers: {Content-Type: application/json}
    body: '{"item": ${id}}'
)";

TEST_F(ReadRequestsTest, MakesOfRequestsWhatAMappingSays) {
  const auto mapping =
      std::make_shared<RequestMapping>(RequestMapping::Parse(kMapping, "m.yaml").value());
  const RequestSet set =
      Read("a.log", Line("01", "POST /cart/42?x=1", "0.1") + Line("02", "GET /a", "0.1"),
           {.allowed_methods = {"POST"}, .mapping = mapping})
          .value();
  ASSERT_EQ(set.requests.size(), 2U);
  EXPECT_EQ(set.requests[0].path, "/cart/42/items");
  EXPECT_EQ(set.requests[0].body, R"({"item": 7})");
  EXPECT_EQ(set.requests[0].headers, (http::Headers{{"Content-Type", "application/json"}}));
  EXPECT_EQ(set.requests[1].path, "/a");
}

TEST(RequestMapping, NamesTheLinesOfItsFaults) {
  const auto parsed = RequestMapping::Parse(
      "requests:\n  - match: '^GET'\n    path: /${nowhere}\n  - match: '('\n", "m.yaml");
  ASSERT_FALSE(parsed.has_value());
  EXPECT_THAT(parsed.error().message, HasSubstr("m.yaml:3: requests[0].path"));
  EXPECT_THAT(parsed.error().message, HasSubstr("m.yaml:4: requests[1].match"));
}

}  // namespace
}  // namespace loadcurve::replay
