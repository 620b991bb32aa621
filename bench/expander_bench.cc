// How long Cluster Autoscaler waits for the expander when it asks about 500 node groups at once:
// over gRPC with TLS on loopback, from the call to the answer in hand, the writing of the question
// included. It gives up after 5 s.

#include <benchmark/benchmark.h>

#include <string>

#include "tests/adapters/autoscaler_grpc/expander_questions.h"
#include "tests/support/test_certificates.h"

namespace loadcurve::autoscaler_grpc {
namespace {

// Pods for each option, and the dialect.
void AnswerFiveHundredOptions(benchmark::State& state) {
  const ManyOptions many(static_cast<int>(state.range(0)), static_cast<Dialect>(state.range(1)));
  const auto authority = TestAuthority("expander");
  const auto server =
      ExpanderServer::Start({.certificate = TestServer(authority), .pools = many.pools}).value();
  const auto client = AutoscalerClient(*server, authority);
  for (auto _ : state) {
    grpc::ClientContext context;
    grpcplugin::BestOptionsResponse response;
    const auto status = client->BestOptions(&context, many.request, &response);
    if (!status.ok() || response.options_size() != 1 ||
        response.options(0).nodegroupid() != "group-0")
      state.SkipWithError(("not the cheapest group: " + status.error_message()).c_str());
  }
  state.counters["request_mb"] = static_cast<double>(many.request.ByteSizeLong()) / 1e6;
}
BENCHMARK(AnswerFiveHundredOptions)
    ->ArgNames({"pods", "dialect"})
    ->Args({1, static_cast<int>(Dialect::kBytes)})
    ->Args({10, static_cast<int>(Dialect::kBytes)})
    ->Args({10, static_cast<int>(Dialect::kInline)})
    ->Args({10, static_cast<int>(Dialect::kBoth)})
    ->Args({100, static_cast<int>(Dialect::kBytes)})
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace loadcurve::autoscaler_grpc
