// A line costs no allocation once a parser has seen a few.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "adapters/logs/formats.h"
#include "adapters/logs/request_classifier.h"

namespace {

std::atomic<std::size_t> allocations = 0;

void* Allocate(std::size_t size) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}

void* AllocateOrThrow(std::size_t size) {
  if (void* memory = Allocate(size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

// All of a kind, since memory must be given back where it came from.
void* operator new(std::size_t size) {
  return AllocateOrThrow(size);
}
void* operator new[](std::size_t size) {
  return AllocateOrThrow(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return Allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return Allocate(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace loadcurve::logs {
namespace {

struct Sample {
  std::string format;
  std::string first_line;
  std::vector<std::string> lines;
};

std::vector<Sample> Samples() {
  return {
      {"envoy",
       "",
       {R"([2026-10-10T13:55:36.310Z] "GET /a/42 HTTP/1.1" 200 - via_upstream - "-" 0 135 5 4 "-" )"
        R"("curl/8" "84961386" "httpbin:8000" "10.44.1.27:80" )"
        R"(outbound|8000||httpbin.foo.svc.cluster.local 10.44.1.23:37652 - - - default)"}},
      {"alb",
       "",
       {R"(https 2026-10-10T13:55:36.500000Z app/shop/50dc 192.0.2.7:2817 10.0.0.1:80 0.086 0.048 )"
        R"(0.037 200 200 34 366 "GET https://shop.example:443/cart/42?x=1 HTTP/2.0" "curl/8" A B )"
        R"(arn:aws:elasticloadbalancing:r:1:targetgroup/checkout/73 "Root" "shop.example" "-" 1 )"
        R"(2026-10-10T13:55:30.000000Z "forward" "-" "-")"}},
      {"elb",
       "",
       {R"(2026-10-10T13:55:36.000000Z shop-elb 192.0.2.7:2817 10.0.0.1:80 0.000073 0.001048 )"
        R"(0.000057 200 200 0 29 "GET http://shop.example:80/cart HTTP/1.1" "curl" - -)"}},
      {"json",
       "",
       {R"({"time":"2026-10-10T13:55:36Z","duration_ms":5,"path":"/a\/b/7","service":"shop"})",
        R"({"ts":1791640536.25,"request":{"proto":"HTTP/2.0","method":"GET","uri":"/cart"},)"
        R"("duration":0.001926,"status":500,"nested":{"a":[1,2,{"b":"c"}]}})"}},
      {"csv",
       "time,duration_ms,path,method,service",
       {R"(2026-10-10T13:55:36Z,12,"/a,b ""c""",GET,"x ""y""")",
        "2026-10-10T13:55:36Z,12,/users/42,GET,shop"}},
      {"nginx",
       "",
       {R"(192.0.2.7 - - [10/Oct/2026:13:55:36 +0200] "GET /cart/42?x=1 HTTP/1.1" 200 612 "-" )"
        R"("Mozilla/5.0" 0.123)"}},
      {"apache",
       "",
       {R"(192.0.2.7 - - [10/Oct/2026:13:55:36 +0200] "GET /cart/42?x=1 HTTP/1.1" 200 612 "-" )"
        R"("Mozilla/5.0" 12345)"}},
  };
}

class Allocations : public testing::TestWithParam<Sample> {};

TEST_P(Allocations, AreNoneForALine) {
  RequestCounts counts =
      RequestCounts::Make(DurationBounds::Default(), std::chrono::seconds(60)).value();
  SeriesFinder finder(counts);
  RequestClassifier classifier =
      RequestClassifier::Make({.by_route = true, .by_workload = true}).value();
  FormatOptions options;
  options.wanted = classifier.wanted();
  options.first_line = GetParam().first_line;
  const auto parser = FormatByName(GetParam().format, options).value();
  std::size_t before = 0;
  for (int round = 0; round < 10; ++round) {
    if (round == 3) before = allocations;
    for (const std::string& line : GetParam().lines) {
      LoggedRequest request;
      ASSERT_EQ(parser->Parse(line, request), BadLine::kNone) << line;
      counts.Record(finder.Of(classifier.Classify(request)), request.time, request.duration);
    }
  }
  EXPECT_GT(before, 0U) << "the first lines must be seen to allocate";
  EXPECT_EQ(allocations - before, 0U);
}

INSTANTIATE_TEST_SUITE_P(Formats, Allocations, testing::ValuesIn(Samples()),
                         [](const auto& sample) { return sample.param.format; });

}  // namespace
}  // namespace loadcurve::logs
