#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/run_program.h"

namespace loadcurve {
namespace {

// Reads what it prints until it serves, and only then ends it.
TEST(ServeStop, DrainsOnSigtermAndSaysSo) {
  constexpr auto kProfile = R"(apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata: {name: web}
spec:
  load:
    weights: {kind: occupancy, referenceSeconds: 0.1}
    perReplica: {metricsqps: 50, weightsVersion: occupancy-100ms}
  bounds: {minReplicas: 2, maxReplicas: 4}
)";
  const ProgramRun run = RunBeside({{"profile.yaml", kProfile}}, R"sh(
touch access.log
mkfifo out
"$LOADCURVE" serve --profiles profile.yaml --log access.log --listen 127.0.0.1:0 \
  --keda 127.0.0.1:0 > out &
served=$!
exec 3< out
read -r first <&3
kill -TERM $served
code=0; wait $served || code=$?
echo "$first, then $code"
)sh");
  EXPECT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.out, testing::ContainsRegex("^Serving the external metrics API.*, then 0\n$"));
  EXPECT_THAT(run.error, testing::HasSubstr("serving KEDA on port"));
  EXPECT_THAT(run.error, testing::HasSubstr("info stopping"));
}

}  // namespace
}  // namespace loadcurve
