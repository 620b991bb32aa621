#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/run_program.h"

namespace loadcurve {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

// What every test's script begins with: a folder of its own, and start_mock, which sets `url` and,
// where there is one, `control`, and leaves the mock's process in `mock`.
constexpr const char* kBegin = R"sh(
start_mock() {
  mkfifo err
  "$LOADCURVE" mock "$@" > report 2> err &
  mock=$!
  exec 3< err
  while read -r word where <&3; do
    echo "$word $where" >> messages
    case $word in
      listening) url=$where; [ -n "$steered" ] || break ;;
      control) control=$where; break ;;
    esac
  done
}
stop_mock() { kill -TERM $mock; code=0; wait $mock || code=$?; cat <&3 >> messages; }
answer() { curl --silent --output /dev/null --write-out '%{http_code} %{size_download}\n' "$@" || true; }
)sh";

ProgramRun RunScript(const std::string& script) {
  return RunBeside({}, kBegin + script);
}

TEST(MockCommand, AnswersAsALogHasItAndReports) {
  const ProgramRun run = RunScript(R"sh(
for i in 1 2 3; do
  echo '10.0.0.1 - - [10/Oct/2026:13:55:36 +0000] "GET /item/'$i' HTTP/1.1" 200 512 "-" "-" 0.012'
done > access.log
echo '10.0.0.1 - - [10/Oct/2026:13:55:36 +0000] "POST /pay HTTP/1.1" 502 7 "-" "-" 0.001' >> access.log
start_mock access.log -o json
answer $url/item/99
answer -X POST -d x=1 $url/pay
answer $url/nothing
stop_mock
echo "ended $code"
cat report
)sh");
  ASSERT_EQ(run.exit_code, 0) << run.error;
  EXPECT_EQ(run.out.substr(0, run.out.find('{')), "200 512\n502 7\n404 33\nended 0\n");
  const json report = json::parse(run.out.substr(run.out.find('{')));
  EXPECT_EQ(report["total"]["requests"], 3);
  ASSERT_EQ(report["routes"].size(), 3U);
  const json& item = report["routes"][1];
  EXPECT_EQ(item["route"], "GET /item/{id}");
  EXPECT_EQ(item["statuses"], json({{"200", 1}}));
  EXPECT_EQ(item["wished_seconds"]["max"], 0.012);
  EXPECT_GE(item["given_seconds"]["max"], 0.012);
}

TEST(MockCommand, SwitchesAFaultAndReadsThePlanAgainAtSighup) {
  const ProgramRun run = RunScript(R"sh(
cat > plan.yaml <<END
routes: [{route: GET /a, body: ok}]
faults: [{name: outage, kind: status, status: 500, on: false}]
END
steered=yes
start_mock --plan plan.yaml --control 127.0.0.1:0
answer $url/a
answer -X POST $control/faults/outage/on > /dev/null
answer $url/a
echo 'routes: [{route: GET /a, status: 202, body: new}]' > plan.yaml
kill -HUP $mock; read -r line <&3; echo "$line"
answer $url/a
echo 'routes: [{route: GET /a, status: 9}]' > plan.yaml
kill -HUP $mock; read -r line <&3; echo "$line"
answer $url/a
stop_mock
echo "ended $code"
cat report
)sh");
  EXPECT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(
      run.out,
      AllOf(HasSubstr("200 2\n500 0\nloadcurve: the plan was read again\n202 3\n"),
            HasSubstr("loadcurve: the plan stays as it was: plan.yaml:1: routes[0].status is '9'; "
                      "expected a whole number from 200 to 599\n202 3\nended 0\n"),
            HasSubstr("later than wished: p50 ")));
}

TEST(MockCommand, SharesItsWorkersAndRefusesWhatWouldQueueTooLong) {
  const ProgramRun run = RunScript(R"sh(
echo 'routes: [{route: GET /a, latency: 200ms}]' > plan.yaml
start_mock --plan plan.yaml --workers 1 --queue 1 -o json
answer --parallel --parallel-immediate --parallel-max 6 \
  $url/a $url/a $url/a $url/a $url/a $url/a > /dev/null
stop_mock
cat report
)sh");
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const json report = json::parse(run.out);
  EXPECT_EQ(report["total"]["requests"], 6);
  EXPECT_GE(report["total"]["overflows"], 1);
  EXPECT_EQ(report["total"]["overflows"], report["total"]["statuses"]["503"]);
}

TEST(MockCommand, EndsByItselfAfterAGivenTime) {
  const ProgramRun run = RunScript(R"sh(
echo 'routes: [{route: GET /a}]' > plan.yaml
"$LOADCURVE" mock --plan plan.yaml --for 50ms -o csv
)sh");
  EXPECT_EQ(run.exit_code, 0) << run.error;
  EXPECT_EQ(run.out,
            "route,requests,5xx,broken,wished_p50_ms,given_p50_ms,wished_p99_ms,given_p99_ms,"
            "error_p99_ms\n(all),0,0,0,-,-,-,-,-\n");
}

TEST(MockCommand, WritesALogAsAPlan) {
  const ProgramRun run = RunScript(R"sh(
for i in 10 20 30; do
  echo '10.0.0.1 - - [10/Oct/2026:13:55:36 +0000] "GET /item/'$i' HTTP/1.1" 200 512 "-" "-" 0.0'$i
done > access.log
"$LOADCURVE" mock access.log --write-plan written.yaml
cat written.yaml
"$LOADCURVE" mock --plan written.yaml --check
)sh");
  EXPECT_EQ(run.exit_code, 0) << run.error;
  EXPECT_EQ(run.out,
            "routes:\n"
            "  - route: 'GET /item/{id}'\n"
            "    latency: {percentiles: {p0: 10ms, p10: 10ms, p25: 20ms, p50: 20ms, p75: 30ms, "
            "p90: 30ms, p95: 30ms, p99: 30ms, p99.9: 30ms, p100: 30ms}}\n"
            "    size: 512\n"
            "    status: 200\n"
            "1 routes, 0 pools, 0 faults\n");
}

TEST(MockCommand, SaysWhatIsWrongWithAPlan) {
  const ProgramRun run = RunScript(R"sh(
printf 'routes:\n  - route: GET /a\n    latency: fast\n' > plan.yaml
"$LOADCURVE" mock --plan plan.yaml --check
)sh");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(
      run.error,
      HasSubstr("plan.yaml:3: routes[0].latency is 'fast'; expected a duration with a unit"));
}

TEST(MockCommand, RefusesToRunWithoutALogOrAPlan) {
  const ProgramRun run = RunLoadcurve({"mock"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("neither a log nor a --plan is given"));
  EXPECT_EQ(RunLoadcurve({"mock", "--plan", "absent.yaml"}).exit_code, 2);
  EXPECT_EQ(RunLoadcurve({"mock", "--plan", "-", "--listen", "80"}, "routes: []").exit_code, 2);
}

TEST(MockCommand, HelpsWithAPlanThatIsOne) {
  const ProgramRun help = RunLoadcurve({"mock", "--help"});
  const std::size_t begin = help.out.find("  routes:\n");
  const std::size_t end = help.out.find("\nExamples:");
  ASSERT_LT(begin, end);
  const ProgramRun check =
      RunLoadcurve({"mock", "--plan", "-", "--check"}, help.out.substr(begin, end - begin));
  EXPECT_EQ(check.exit_code, 0) << check.error;
  EXPECT_EQ(check.out, "2 routes, 1 pools, 2 faults\n");
}

}  // namespace
}  // namespace loadcurve
