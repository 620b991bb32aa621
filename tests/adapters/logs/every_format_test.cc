// A log of each format, read as a user would: told by itself, by route and workload.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "adapters/logs/log_reader.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve::logs {
namespace {

struct Sample {
  std::string format;
  std::string log;
  std::string duration_source;
  // "workload | route | class": seconds held.
  std::map<std::string, double> held;
};

std::string AlbLine(const std::string& target, const std::string& times,
                    const std::string& statuses) {
  return "h2 2026-10-10T13:55:36.500000Z app/shop/50dc 192.0.2.7:2817 " + target + " " + times +
         " " + statuses +
         R"( 34 366 "GET https://shop.example:443/cart/42?x=1 HTTP/2.0" "curl/8" A TLSv1.2 )"
         R"(arn:aws:elasticloadbalancing:r:1:targetgroup/checkout/73 "Root" "shop.example" "-" 1 )"
         "2026-10-10T13:55:30.000000Z \"forward\" \"-\" \"-\"\n";
}

std::vector<Sample> Samples() {
  return {
      {"envoy",
       R"([2026-10-10T13:55:36.000Z] "GET /cart/42 HTTP/1.1" 200 - via_upstream - "-" 0 135 500 )"
       R"(250 "-" "curl/8" "8496" "shop:80" "10.0.0.1:80" )"
       "outbound|80||shop.ns.svc.cluster.local - - - - default\n"
       R"([2026-10-10T13:55:36.000Z] "- - -" 0 - - - "-" 13 21 8000 - "-" "-" "-" "-" )"
       "\"10.0.0.9:3306\" outbound|3306||db.ns.svc.cluster.local - - - - -\n",
       "X-ENVOY-UPSTREAM-SERVICE-TIME, else DURATION",
       {{"shop.ns | GET /cart/{id} | served", 0.25}, {"db.ns | other | long-lived", 8}}},
      {"alb",
       AlbLine("10.0.0.1:80", "0.001 0.250 0.001", "200 200") +
           AlbLine("10.0.0.1:80", "0.001 -1 -1", "504 -") + AlbLine("-", "-1 -1 -1", "301 -"),
       "target_processing_time, else time - request_creation_time",
       {{"checkout | GET /cart/{id} | served", 0.25}, {"checkout | GET /cart/{id} | error", 6.5}}},
      {"elb",
       R"(2026-10-10T13:55:36.000000Z elb 192.0.2.7:2817 10.0.0.1:80 0.001 0.250 0.001 200 200 0 )"
       "29 \"GET http://shop.example:80/cart HTTP/1.1\" \"curl\" - -\n",
       "backend_processing_time",
       {{"10.0.0.1:80 | GET /cart | served", 0.25}}},
      {"json",
       R"({"start_time":"2026-10-10T13:55:36Z","duration":500,"upstream_service_time":"250",)"
       R"("method":"POST","path":"/shop.Cart/Add","response_code":200,"grpc_status":"OK",)"
       "\"upstream_cluster\":\"outbound|80||cart.ns.svc.cluster.local\"}\n"
       R"({"start_time":"2026-10-10T13:55:36Z","duration":2,"method":"POST",)"
       R"("path":"/shop.Cart/Add","response_code":200,"grpc_status":"Unavailable",)"
       "\"upstream_cluster\":\"outbound|80||cart.ns.svc.cluster.local\"}\n",
       "upstream_service_time or upstream_response_time, else duration, request_time, latency or "
       "kin",
       {{"cart.ns | POST /shop.Cart/Add | served", 0.25},
        {"cart.ns | POST /shop.Cart/Add | error", 0.002}}},
      {"csv",
       "start_ms,duration_us,operation,pod\n1791640536000,250000,shop/Get 42,cart-0\n",
       "duration_us",
       {{"cart-0 | shop/Get 42 | served", 0.25}}},
  };
}

LogOptions ByRouteAndWorkload(std::string path) {
  LogOptions options;
  options.paths = {std::move(path)};
  options.classifier.by_route = true;
  options.classifier.by_workload = true;
  return options;
}

std::map<std::string, double> HeldBySeries(const RequestCounts& counts) {
  std::map<std::string, double> held;
  counts.ForEach([&](const RequestCounts::Entry& entry) {
    const SeriesKey& key = counts.series()[entry.series];
    held[key.workload + " | " + key.route + " | " + std::string(Name(key.request_class))] +=
        static_cast<double>(entry.cell.duration_us) * 1e-6;
  });
  return held;
}

class EveryFormat : public testing::TestWithParam<Sample> {};

TEST_P(EveryFormat, IsToldByItself) {
  const ScratchFolder folder;
  const auto reading = ReadLogs(ByRouteAndWorkload(folder.Write("log", GetParam().log)));
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_EQ(reading->format, GetParam().format);
  EXPECT_EQ(reading->duration_source, GetParam().duration_source);
  EXPECT_EQ(reading->lines.bad, 0U);
  EXPECT_EQ(HeldBySeries(reading->counts), GetParam().held);
}

INSTANTIATE_TEST_SUITE_P(Formats, EveryFormat, testing::ValuesIn(Samples()),
                         [](const auto& sample) { return sample.param.format; });

TEST(EveryFormat, MayHaveItsFieldsNamed) {
  const ScratchFolder folder;
  LogOptions options = ByRouteAndWorkload(
      folder.Write("log", "{\"t\":100,\"spent\":{\"ms\":250},\"op\":\"get\",\"on\":\"cart\"}\n"));
  options.formats.fields =
      FieldMap::Parse("end=t:s,duration=spent.ms:ms,route=op,workload=on").value();
  const auto reading = ReadLogs(options);
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_EQ(reading->duration_source, "spent.ms");
  EXPECT_EQ(HeldBySeries(reading->counts),
            (std::map<std::string, double>{{"cart | get | served", 0.25}}));
}

TEST(EveryFormat, NamesAColumnThatIsNotThere) {
  const ScratchFolder folder;
  LogOptions options = ByRouteAndWorkload(folder.Write("log", "t,ms\n100,250\n"));
  options.formats.fields = FieldMap::Parse("end=t:s,duration=spent:ms").value();
  const auto reading = ReadLogs(options);
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(reading.error().message.find("names the column 'spent'; the CSV has t, ms"),
            std::string::npos)
      << reading.error().message;
}

}  // namespace
}  // namespace loadcurve::logs
