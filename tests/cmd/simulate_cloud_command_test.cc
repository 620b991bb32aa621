#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kPlan = R"(pools:
  - {name: spot-a, class: spot, price: 0.036, stock: 3}
faults:
  - {kind: lost-reply, call: order, first: 1}
)";

TEST(SimulateCloudCommand, ChecksAPlanAndSaysWhatIsWrong) {
  const ScratchFolder folder;
  const ProgramRun good =
      RunLoadcurve({"simulate-cloud", folder.Write("plan.yaml", kPlan), "--check"});
  EXPECT_EQ(good.exit_code, 0) << good.error;
  EXPECT_EQ(good.out, "pools: 1, quotas: 0, faults: 1\n");
  const ProgramRun bad = RunLoadcurve(
      {"simulate-cloud", folder.Write("bad.yaml", "pools:\n  - {name: a, price: 0, stock: 1}\n"),
       "--check"});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.error, HasSubstr("bad.yaml:2: pools[0].price is '0'"));
  EXPECT_THAT(bad.error, HasSubstr("above 0"));
}

// An order whose answer is lost was sold all the same, and is sold once.
TEST(SimulateCloudCommand, SellsOverHttpsAndReportsWhatWasTrulyBought) {
  const ScratchFolder folder;
  folder.Write("plan.yaml", kPlan);
  const ProgramRun run = RunShell("cd " + folder.Path(".") + R"sh(
set -e
mkfifo err
"$LOADCURVE" simulate-cloud plan.yaml -o json > report 2> err &
cloud=$!
exec 3< err
read -r _ url <&3
read -r _ ca <&3
ask() { curl --silent --cacert "$ca" --write-out ' %{http_code}\n' "$url$1" "${@:2}" | tail -n 1; }
ask /v1/orders -d '{"token": "t", "pool": "spot-a", "nodes": 5}'
ask /v1/orders -d '{"token": "t", "pool": "spot-a", "nodes": 5}'
ask /v1/orders/t
ask /v1/orders/u
ask /v1/orders -d '{"token": "t", "pool": "spot-a", "nodes": -5}'
ask /v1/retirements -d '{"nodes": ["node-1"]}'
kill -TERM $cloud
wait $cloud && echo "ended 0"
cat report
)sh");
  ASSERT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.out, StartsWith(" 504\n 200\n 200\n 404\n 400\n 200\nended 0\n"));
  const json report = json::parse(run.out.substr(run.out.find('{')));
  EXPECT_EQ(report["bought"], 3);
  EXPECT_EQ(report["paid"], 2);
  EXPECT_EQ(report["calls"], 4);
}

}  // namespace
}  // namespace loadcurve
