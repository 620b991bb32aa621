#include "adapters/replay/request_export.h"

#include <gtest/gtest.h>

#include "adapters/replay/request_input.h"
#include "base/time_text.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve::replay {
namespace {

RequestSet Requests() {
  RequestSet set;
  set.routes = {"GET /item/{id}", "POST /pay"};
  set.requests = {{.method = "GET", .path = "/item/4711?page=2"},
                  {.method = "POST",
                   .path = "/pay",
                   .headers = {{"Authorization", "Bearer x"}, {"Content-Type", "text/plain"}},
                   .body = "a \"quoted\" body",
                   .route = 1}};
  set.began = ParseTime("2026-10-10T13:55:36Z").value();
  set.arrivals = {{Duration(0), 0}, {std::chrono::milliseconds(250), 1}, {Duration(1'000'000), 0}};
  return set;
}

std::string Exported(const Pseudonyms* pseudonyms, ExportCounts& counts) {
  std::string text;
  const auto exported =
      ExportRequests(Requests(), pseudonyms, [&](std::string_view line) -> Result<void> {
        text += line;
        return {};
      });
  EXPECT_TRUE(exported);
  if (exported) counts = *exported;
  return text;
}

TEST(RequestExport, WritesALineForEachArrival) {
  ExportCounts counts;
  EXPECT_EQ(Exported(nullptr, counts),
            R"({"time":"2026-10-10T13:55:36Z","method":"GET","path":"/item/4711?page=2"})"
            "\n"
            R"({"time":"2026-10-10T13:55:36.25Z","method":"POST","path":"/pay","headers":)"
            R"({"Authorization":"Bearer x","Content-Type":"text/plain"},)"
            R"("body":"a \"quoted\" body"})"
            "\n"
            R"({"time":"2026-10-10T13:55:37Z","method":"GET","path":"/item/4711?page=2"})"
            "\n");
  EXPECT_EQ(counts.requests, 3U);
}

TEST(RequestExport, IsReadAsTheSetThatItWas) {
  ExportCounts counts;
  ScratchFolder folder;
  logs::LogOptions options;
  options.paths = {folder.Write("a.requests.jsonl", Exported(nullptr, counts))};
  const auto read = ReadRequests(options, {.allowed_methods = {"POST"}});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->routes, Requests().routes);
  EXPECT_EQ(read->requests, Requests().requests);
  EXPECT_EQ(read->arrivals, Requests().arrivals);
  EXPECT_EQ(read->began, Requests().began);
}

TEST(RequestExport, HandsOnNoIdentifierNoBodyAndNoSecretHeader) {
  ExportCounts counts;
  const Pseudonyms pseudonyms("key of the tests");
  const std::string text = Exported(&pseudonyms, counts);
  EXPECT_EQ(text.find("4711"), std::string::npos);
  EXPECT_EQ(text.find("Bearer"), std::string::npos);
  EXPECT_EQ(text.find("quoted"), std::string::npos);
  EXPECT_NE(text.find(R"("headers":{"Content-Type":"text/plain"})"), std::string::npos);
  EXPECT_EQ(counts.headers_dropped, 1U);
  EXPECT_EQ(counts.bodies_dropped, 1U);
}

TEST(RequestExport, EndsAtAnErrorOfTheWriter) {
  int lines = 0;
  const auto exported = ExportRequests(Requests(), nullptr, [&](std::string_view) {
    ++lines;
    return Result<void>(Fail(ErrorCode::kUnavailable, "the disk is full"));
  });
  ASSERT_FALSE(exported);
  EXPECT_EQ(exported.error().message, "the disk is full");
  EXPECT_EQ(lines, 1);
}

}  // namespace
}  // namespace loadcurve::replay
