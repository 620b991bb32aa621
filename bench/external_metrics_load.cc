// Reads a metric of a server that runs already as an HPA does through kube-apiserver: over TLS
// keep-alive (HTTP/1.1), with the front proxy's certificate. One line of JSON. RATE in reads a
// second; 0: as fast as answers come.
//
//   external_metrics_load ADDRESS PORT PATH CERTIFICATE KEY CONNECTIONS READS RATE

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "base/check.h"
#include "bench/read_load.h"

namespace loadcurve::bench {
namespace {

std::string TextOf(const char* path) {
  std::ifstream file(path);
  Check(file.good(), "the certificate and its key can be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

void Main(char** arguments) {
  const ClientContext context = MakeClientContext(TextOf(arguments[4]), TextOf(arguments[5]));
  const ReadTarget target{
      .context = context.get(),
      .address = arguments[1],
      .port = static_cast<std::uint16_t>(std::atoi(arguments[2])),
      .requests = {HpaRequest(arguments[3], fmt::format("{}:{}", arguments[1], arguments[2]))}};
  const ReadOutcome outcome = ReadMetrics(target, {.connections = std::atoi(arguments[6]),
                                                   .reads = std::atoi(arguments[7]),
                                                   .rate = std::atof(arguments[8])});
  const auto& all = outcome.latencies_us;
  const auto count = static_cast<double>(all.size());
  const nlohmann::json figures = {{"reads_per_second", count / outcome.seconds},
                                  {"p50_us", all[all.size() / 2]},
                                  {"p99_us", all[all.size() * 99 / 100]},
                                  {"failures", outcome.failures},
                                  {"seconds", outcome.seconds},
                                  {"client_cpu_seconds", outcome.client_cpu_seconds},
                                  {"tls", outcome.tls},
                                  {"first_answer", outcome.first_answer}};
  // An answer may hold bytes that are no text.
  fmt::print("{}\n", figures.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
}

}  // namespace
}  // namespace loadcurve::bench

int main(int count, char** arguments) {
  if (count != 9) {
    fmt::print(stderr,
               "usage: external_metrics_load ADDRESS PORT PATH CERTIFICATE KEY CONNECTIONS READS "
               "RATE\n");
    return 2;
  }
  loadcurve::bench::Main(arguments);
  return 0;
}
