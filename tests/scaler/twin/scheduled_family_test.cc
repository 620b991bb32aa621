#include "scaler/twin/scheduled_family.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "scaler/twin/families.h"
#include "scaler/twin/loadcurve_policy.h"
#include "scaler/twin/simulation.h"

namespace loadcurve::twin {
namespace {

using std::chrono::minutes;
using testing::ElementsAre;

const TimePoint kStart(std::chrono::hours(500'016));

Schedule From(int begin, int end) {
  Schedule schedule{.window = {"from-" + std::to_string(begin)}};
  schedule.window.once = {kStart + minutes(begin), kStart + minutes(end)};
  return schedule;
}

// What is ready in each of 13 minutes of a load of 2, under the cheapest setting of a rule; at
// least 6 from minute 5 to 8, at most 1 from minute 10 to 12. A start-up takes two minutes; at a
// target of 0.995 an HPA keeps 2 and, when it comes down to the load, takes 3.
std::vector<int> ReadyUnder(std::string_view rule) {
  const auto series = LoadSeries::Make(kStart, minutes(1), std::vector<double>(13, 2)).value();
  TwinOptions options{.per_replica = MetricsQps(1), .startup = StartupTimes(minutes(2))};
  const auto simulation = Simulation::Make(series, options).value();
  FamilyInputs inputs = simulation.inputs();
  ScalingProfileFields fields = InReplicas(inputs.timing);
  fields.schedules = {From(5, 8), From(10, 12)};
  fields.schedules[0].min = Replicas(6);
  fields.schedules[1].max = Replicas(1);
  inputs.loadcurve = LoadcurveSetting{"profile", ScalingProfile::Make(std::move(fields)).value()};
  const auto families = MakeFamilies(rule, inputs).value();
  const PolicyRun run = simulation.Run(*families[0], families[0]->KnobNames().size() - 1);
  std::vector<int> ready;
  for (const StepRecord& record : run.records)
    ready.push_back(static_cast<int>(record.ready.value()));
  return ready;
}

TEST(WithSchedules, GivesRulesThatHaveFloorsTheFloorsFromOneStartUpBefore) {
  EXPECT_THAT(ReadyUnder("keda-cron"), ElementsAre(2, 2, 2, 2, 2, 6, 6, 6, 3, 3, 3, 3, 3));
  EXPECT_THAT(ReadyUnder("crane-ehpa"), ElementsAre(2, 2, 2, 2, 2, 6, 6, 6, 3, 3, 3, 3, 3));
}

TEST(WithSchedules, GivesRulesThatHaveCeilingsThoseToo) {
  EXPECT_THAT(ReadyUnder("ahpa"), ElementsAre(2, 2, 2, 2, 2, 6, 6, 6, 3, 3, 1, 1, 1));
}

TEST(WithSchedules, LeavesAnHpaAlone) {
  EXPECT_THAT(ReadyUnder("hpa-qps"), testing::Each(2));
}

}  // namespace
}  // namespace loadcurve::twin
