#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/capacity_profile_text.h"
#include "tests/support/run_program.h"

namespace loadcurve {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

// A file of one pool and who sells it, and what is done with it.
ProgramRun WithPools(const std::string& provider, const std::string& commands) {
  const std::string profile = CapacityProfileText("  provider: " + provider + R"(
  pools:
    - {name: a, zone: eu-1a, type: m5.large, region: eu-1, price: 0.2, boot: 90s,
       allocatable: {cpu: 4, memory: 16Gi}}
)");
  return RunBeside({{"capacity.yaml", profile}}, commands);
}

constexpr auto kNobody = "{simulated: {url: \"https://127.0.0.1:1\"}}";

// Reads what it prints until it serves, and only then ends it.
TEST(CloudProviderCommand, ServesUntilItIsAskedToStopAndSaysHowToBeAsked) {
  const ProgramRun run = WithPools(kNobody, R"sh(
mkfifo out
"$LOADCURVE" cloud-provider --pools capacity.yaml --listen 127.0.0.1:0 > out &
served=$!
exec 3< out
for word in first empty flags empty file address authority certificate key timeout; do
  read -r $word <&3
done
kill -HUP $served
kill -TERM $served
code=0; wait $served || code=$?
echo "$first"
echo "$flags"
echo "$address $authority $certificate $key $timeout"
ls loadcurve-orders.db
echo "then $code"
)sh");
  EXPECT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.out, ContainsRegex("^Serving Cluster Autoscaler's external cloud provider on "
                                     "127.0.0.1:[0-9]+\n"
                                     "cluster-autoscaler --cloud-provider=externalgrpc "
                                     "--cloud-config=cloud-config.yaml\n"
                                     "address: HOST:[0-9]+ cacert: loadcurve-keys/ca-bundle.crt "
                                     "cert: loadcurve-keys/client.crt "
                                     "key: loadcurve-keys/client.key grpc_timeout: 20s\n"
                                     "loadcurve-orders.db\nthen 0\n$"));
  EXPECT_THAT(run.error, HasSubstr("info stopping"));
}

TEST(CloudProviderCommand, WritesNothingWhereItIsAskedWrongly) {
  const auto refused = [](const std::string& provider, const std::string& flags) {
    return WithPools(provider, "code=0; \"$LOADCURVE\" cloud-provider --pools capacity.yaml " +
                                   flags + " || code=$?\nls\nexit $code\n");
  };
  ProgramRun run = refused("", "");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("capacity.yaml"));
  EXPECT_EQ(run.out, "capacity.yaml\n");
  run = refused("{}", "");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_EQ(run.out, "capacity.yaml\n");
  run = refused(kNobody, "--tls-certificate capacity.yaml --tls-key capacity.yaml");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("--tls-certificate is given without --client-ca"));
  EXPECT_EQ(run.out, "capacity.yaml\n");
}

}  // namespace
}  // namespace loadcurve
