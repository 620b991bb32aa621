#include "scaler/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace loadcurve {
namespace {

using enum EvidenceKind;
using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;

const TimePoint kStart(hours(500'000));

// A service at 70 requests a second of 0.1 s, of which 7 are in flight, on 10 replicas that carry
// 10 each.
EvidenceWindow Well() {
  return {.load = MetricsQps(70),
          .requests = 70,
          .mean_seconds = 0.1,
          .in_flight = BusySlots(7),
          .ready = Replicas(10)};
}

struct World {
  // So many minutes, all like that one.
  Evidence Run(int count, EvidenceWindow window) {
    for (int i = 0; i < count; ++i) {
      window.start = now;
      record.Note(window);
      now += minutes(1);
    }
    return Now();
  }
  Evidence Now(Ratio coverage = Ratio(1)) const {
    return record.Judge({now, coverage, minutes(3)});
  }

  EvidenceRecord record{minutes(1), MetricsQps(10)};
  TimePoint now = kStart;
};

// Whether nothing comes or nothing ends only the gauge can tell.
EvidenceWindow NothingEnds() {
  EvidenceWindow window = Well();
  window.load = MetricsQps(0);
  window.requests = 0;
  window.mean_seconds.reset();
  return window;
}

TEST(Evidence, TellsMissingFromIdleFromFresh) {
  World world;
  EXPECT_EQ(world.Now().kind, kMissing);
  EXPECT_THAT(world.Now().why, HasSubstr("missing is not idle"));
  EXPECT_EQ(world.Run(3, {.load = MetricsQps(0), .requests = 0}).kind, kIdle);
  EXPECT_EQ(world.Run(1, Well()).kind, kFresh);
}

TEST(Evidence, LetsACountShrinkOnFreshAndIdleAlone) {
  for (const auto kind : {kFresh, kIdle}) EXPECT_TRUE(MayShrinkOn(kind)) << Name(kind);
  for (const auto kind : {kMissing, kStale, kPartial, kHung, kRefused, kRetryStorm, kFailing,
                          kUpstreamOutage, kCensored})
    EXPECT_FALSE(MayShrinkOn(kind)) << Name(kind);
}

TEST(Evidence, IsStaleOnceTheLatestWindowIsTooOld) {
  World world;
  world.Run(20, Well());
  world.now += minutes(3);
  EXPECT_EQ(world.Now().kind, kFresh);
  world.now += Duration(1);
  EXPECT_EQ(world.Now().kind, kStale);
  EXPECT_EQ(world.Run(1, Well()).kind, kFresh) << "and fresh with the next window";
}

TEST(Evidence, IsPartialWhereReplicasWereNotHeardOf) {
  World world;
  world.Run(20, Well());
  EXPECT_EQ(world.Now(Ratio(0.89)).kind, kPartial);
  EXPECT_EQ(world.Now(Ratio(0.9)).kind, kFresh);
}

TEST(Evidence, SeesAHangInWhatGoesInAndDoesNotComeOut) {
  World world;
  world.Run(20, Well());
  EvidenceWindow hung = NothingEnds();
  hung.in_flight = BusySlots(15);
  EXPECT_EQ(world.Run(1, hung).kind, kUpstreamOutage) << "16 = 2 * 7 + 2 are needed for a hang";
  hung.in_flight = BusySlots(4200);
  const Evidence evidence = world.Run(1, hung);
  EXPECT_EQ(evidence.kind, kHung);
  EXPECT_EQ(evidence.since, kStart + minutes(21));
  EXPECT_THAT(evidence.why, HasSubstr("4200 requests are in flight instead of 7"));
  EXPECT_EQ(world.Run(120, hung).kind, kHung) << "for as long as it hangs";
  EXPECT_EQ(world.Run(1, Well()).kind, kFresh);
}

TEST(Evidence, KeepsTheGaugeOfAWindowThatIsToldAgainWithoutIt) {
  World world;
  world.Run(20, Well());
  EvidenceWindow hung = NothingEnds();
  hung.in_flight = BusySlots(4200);
  world.Run(1, hung);
  hung.in_flight.reset();
  world.now -= minutes(1);
  EXPECT_EQ(world.Run(1, hung).kind, kHung);
}

TEST(Evidence, TakesNoHangForOverWhereTheGaugeWasNotRead) {
  World world;
  world.Run(20, Well());
  EvidenceWindow hung = Well();
  hung.load = MetricsQps(30);
  hung.requests = 30;
  hung.in_flight = BusySlots(4200);
  world.Run(10, hung);
  hung.in_flight.reset();
  const Evidence evidence = world.Run(10, hung);
  EXPECT_EQ(evidence.kind, kHung);
  EXPECT_THAT(evidence.why, HasSubstr("was not read, and 30 a second end instead of 70"));
  EvidenceWindow back = Well();
  back.in_flight.reset();
  EXPECT_EQ(world.Run(1, back).kind, kFresh) << "as many end as before";
  EXPECT_EQ(world.Run(5, hung).kind, kFresh) << "which alone is no hang";
}

TEST(Evidence, TakesMoreInFlightOfMoreLoadForNoSaturation) {
  World world;
  EvidenceWindow busy = Well();
  busy.load = MetricsQps(280);
  busy.requests = 280;
  busy.in_flight.reset();  // not counted meanwhile
  world.Run(20, Well());
  world.Run(20, busy);
  EXPECT_EQ(world.Run(1, Well()).kind, kFresh);
  busy.in_flight = BusySlots(28);
  EXPECT_EQ(world.Run(1, busy).kind, kFresh);
}

TEST(Evidence, TakesAGaugeThatNeverComesDownForBrokenAfterADay) {
  World world;
  world.Run(20, Well());
  EvidenceWindow stuck = NothingEnds();
  stuck.in_flight = BusySlots(200);
  EXPECT_EQ(world.Run(24 * 60, stuck).kind, kHung);
  EXPECT_EQ(world.Run(62, stuck).kind, kIdle) << "after the hour that any outage is waited for";
  EXPECT_EQ(world.Run(60, stuck).kind, kIdle);
}

TEST(Evidence, KnowsRefusalsByTheirHaste) {
  World world;
  world.Run(20, Well());
  EvidenceWindow refused = Well();
  refused.error_share = Ratio(1);
  refused.load = MetricsQps(1.4);
  refused.mean_seconds = 0.002;
  const Evidence evidence = world.Run(1, refused);
  EXPECT_EQ(evidence.kind, kRefused);
  EXPECT_THAT(evidence.why, HasSubstr("100 % of the requests fail, after 0.002 s in the mean "
                                      "instead of 0.1 s"));
  EXPECT_EQ(world.Run(300, refused).kind, kRefused);
  refused.mean_seconds = 30;
  EXPECT_EQ(world.Run(1, refused).kind, kFailing) << "time-outs are no refusals";
}

TEST(Evidence, KnowsARetryStormByRequestsThatDoNotSucceed) {
  World world;
  world.Run(20, Well());
  EvidenceWindow storm = Well();
  storm.requests = 210;
  storm.error_share = Ratio(0.7);  // 63 succeed
  EXPECT_EQ(world.Run(1, storm).kind, kRetryStorm);
  storm.error_share = Ratio(0.1);  // 189 succeed: the load has risen, and some of it fails
  EXPECT_EQ(world.Run(1, storm).kind, kFailing);
}

TEST(Evidence, WaitsAnHourForDemandThatWentAllAtOnceAndThenTakesItForIdle) {
  World world;
  world.Run(20, Well());
  const EvidenceWindow nothing{.load = MetricsQps(0), .requests = 0};
  const Evidence evidence = world.Run(1, nothing);
  EXPECT_EQ(evidence.kind, kUpstreamOutage);
  EXPECT_THAT(evidence.why, HasSubstr("went from 70 to nothing at once"));
  EXPECT_EQ(world.Run(59, nothing).kind, kUpstreamOutage);
  EXPECT_EQ(world.Run(1, nothing).kind, kIdle);
  EXPECT_EQ(world.Run(100, nothing).kind, kIdle);
}

TEST(Evidence, SeesAnOutageThatBeganWithinAWindow) {
  World world;
  world.Run(20, Well());
  EvidenceWindow part = Well();
  part.load = MetricsQps(21);
  EXPECT_EQ(world.Run(1, part).kind, kFresh);
  EXPECT_EQ(world.Run(1, {.load = MetricsQps(0), .requests = 0}).kind, kUpstreamOutage);
}

TEST(Evidence, SeesAnOutageThatCameInStepsWithinTenMinutes) {
  const auto of = [](double load) {
    return EvidenceWindow{.load = MetricsQps(load), .requests = load, .mean_seconds = 0.1};
  };
  World world;
  world.Run(20, Well());
  EXPECT_EQ(world.Run(11, of(10)).kind, kFresh) << "a seventh is left";
  // A tenth of 70, in the tenth minute since 10 were a level.
  const Evidence evidence = world.Run(1, of(7));
  EXPECT_EQ(evidence.kind, kUpstreamOutage);
  EXPECT_THAT(evidence.why, HasSubstr("went from 70 to nothing"));
  EXPECT_EQ(world.Run(59, of(7)).kind, kUpstreamOutage);
  EXPECT_EQ(world.Run(1, of(7)).kind, kFresh) << "it stayed away";

  World slow;
  slow.Run(20, Well());
  slow.Run(12, of(10));
  EXPECT_EQ(slow.Run(1, of(7)).kind, kFresh) << "a minute later";
}

TEST(Evidence, IsFreshAtOnceWhenDemandReturnsAndSoonWhenItReturnsInPart) {
  const EvidenceWindow nothing{.load = MetricsQps(0), .requests = 0};
  World world;
  world.Run(20, Well());
  world.Run(10, nothing);
  EXPECT_EQ(world.Run(1, Well()).kind, kFresh);
  world.Run(10, nothing);
  EvidenceWindow part = Well();
  part.load = MetricsQps(21);
  EXPECT_EQ(world.Run(2, part).kind, kUpstreamOutage);
  EXPECT_EQ(world.Run(1, part).kind, kFresh);
}

TEST(Evidence, TakesNoFallForAnOutageThatIsSlowOrUsualOrOfAShortLoad) {
  const EvidenceWindow nothing{.load = MetricsQps(0), .requests = 0};
  World slow;
  slow.Run(20, Well());
  for (double load = 70; load > 1; load *= 0.8) {
    EvidenceWindow window = Well();
    window.load = MetricsQps(load);
    window.requests = load;
    EXPECT_TRUE(MayShrinkOn(slow.Run(2, window).kind)) << load;
  }
  World usual;
  usual.Run(20, Well());
  EvidenceWindow every_day = nothing;
  every_day.usual = MetricsQps(2);
  EXPECT_EQ(usual.Run(1, every_day).kind, kIdle);
  World brief;
  brief.Run(10, nothing);
  brief.Run(9, Well());
  EXPECT_EQ(brief.Run(1, nothing).kind, kIdle);
}

TEST(Evidence, SeesItsOwnSaturationInSlowAnswersAtCapacity) {
  World world;
  world.Run(20, Well());
  EvidenceWindow full = Well();
  full.load = MetricsQps(95);  // of 100
  full.requests = 95;
  EXPECT_EQ(world.Run(1, full).kind, kFresh) << "busy, and as fast as ever";
  full.mean_seconds = 0.4;
  EXPECT_EQ(world.Run(1, full).kind, kCensored);
  full.load = MetricsQps(60);  // clients give up
  full.requests = 60;
  EXPECT_EQ(world.Run(30, full).kind, kCensored);
  EXPECT_EQ(world.Run(60, full).kind, kFresh) << "slow for an hour after it was full: a release";
  EXPECT_EQ(world.Run(1, Well()).kind, kFresh);
}

TEST(Evidence, SeesSaturationInCpuWhereTheCapacityIsNotKnown) {
  World world;
  world.record = EvidenceRecord(minutes(1), std::nullopt);
  world.Run(20, Well());
  EvidenceWindow full = Well();
  full.in_flight = BusySlots(40);
  EXPECT_EQ(world.Run(1, full).kind, kFresh);
  full.cpu = Ratio(0.95);
  EXPECT_EQ(world.Run(1, full).kind, kCensored);
}

TEST(Evidence, OfLoadThatIsToldKnowsOnlyWhetherItIsThere) {
  World world;
  world.Run(30, {.load = MetricsQps(70)});
  EXPECT_EQ(world.Run(1, {.load = MetricsQps(0)}).kind, kIdle);
}

TEST(Evidence, ForecastsLearnFromDemandAndNotFromAnOutage) {
  World world;
  world.Run(20, Well());
  world.Run(5, {.load = MetricsQps(0), .requests = 0});
  world.Run(2, Well());
  std::vector<double> values(27, 70);
  for (std::size_t i = 20; i < 25; ++i) values[i] = 0;
  const LoadSeries all = LoadSeries::Make(kStart, minutes(1), values).value();
  const LoadSeries demand = world.record.Demand(all, minutes(30));
  EXPECT_EQ(demand.size(), 27U);
  EXPECT_EQ(demand.MissingCount(), 5U);
  EXPECT_TRUE(std::isnan(demand.values()[20]));
  EXPECT_EQ(demand.values()[25], 70);
}

TEST(Evidence, AForecastIsIssuedAtTheLastDemandAndOnWhatIsServedWhereThatIsAllThereIs) {
  const LoadSeries fifty = LoadSeries::Make(kStart, minutes(1), std::vector<double>(50, 1)).value();
  World out;
  out.Run(20, Well());
  out.Run(30, {.load = MetricsQps(0), .requests = 0});
  EXPECT_EQ(out.record.Demand(fifty, minutes(29)).size(), 20U);
  World failing;
  failing.Run(20, Well());
  EvidenceWindow half = Well();
  half.error_share = Ratio(0.5);
  failing.Run(30, half);
  EXPECT_EQ(failing.record.Demand(fifty, minutes(30)).size(), 20U);
  EXPECT_EQ(failing.record.Demand(fifty, minutes(29)).size(), 50U);
}

TEST(Evidence, AnOutageThatStaysIsDemandAfterAll) {
  World world;
  world.Run(20, Well());
  world.Run(62, {.load = MetricsQps(0), .requests = 0});
  const LoadSeries all = LoadSeries::Make(kStart, minutes(1), std::vector<double>(82, 1)).value();
  EXPECT_EQ(world.record.Demand(all, hours(9)).MissingCount(), 0U);
}

}  // namespace
}  // namespace loadcurve
