#include "adapters/pool_codec/pools_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/time_text.h"

namespace loadcurve::pool_codec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kWorkloads =
    "workloads:\n"
    "  - {name: web, requests: {cpu: 500m, memory: 1Gi}}\n";

TimePoint Now() {
  return ParseTime("2026-11-29T16:00:00Z").value();
}

// A file with one pool of these fields.
Result<PoolsFile> WithPool(const std::string& fields, const std::string& head = "") {
  return ParsePools(
      "pricedAt: 2026-11-29T15:00:00Z\n" + head + "pools:\n  - " + fields + "\n" + kWorkloads,
      "pools.yaml", Now());
}

std::string Fault(const std::string& fields, const std::string& head = "") {
  const auto file = WithPool(fields, head);
  return file ? "no fault" : file.error().message;
}

const std::string kNode = "allocatable: {cpu: 7910m, memory: 29Gi, pods: 58}";
const std::string kPool = "{name: a, zone: za, class: on-demand, price: 0.384, " + kNode + "}";

TEST(PoolsFile, ReadsAPoolAndWhatIsHeldOfIt) {
  const auto file = WithPool(
      "{name: a, region: r, zone: za, type: m5.2xlarge, class: spot, price: 0.12, " + kNode +
      ", boot: 75s, most: 40, lossesPerHour: 0.02, speed: 1.1, held: 5, unsettled: 2, labels: "
      "{disk: ssd}, taints: [\"spot=true:NoSchedule\"]}");
  ASSERT_TRUE(file) << file.error().message;
  const capacity::CapacityOffer& offer = file->offers.at(0);
  EXPECT_EQ(offer.family, "m5");
  EXPECT_EQ(offer.capacity_class, capacity::CapacityClass::kSpot);
  EXPECT_DOUBLE_EQ(offer.allocatable.cpu.value(), 7.91);
  EXPECT_EQ(offer.allocatable.memory.value(), 29LL * 1024 * 1024 * 1024);
  EXPECT_EQ(offer.boot, std::chrono::seconds(75));
  EXPECT_EQ(offer.priced_at, Now() - std::chrono::hours(1));
  EXPECT_EQ(offer.labels.at("disk"), "ssd");
  EXPECT_THAT(offer.taints, ElementsAre("spot=true:NoSchedule"));
  ASSERT_EQ(file->held.size(), 1U);
  EXPECT_EQ(file->held[0].nodes, 5);
  EXPECT_EQ(file->held[0].unsettled, 2);
}

TEST(PoolsFile, TakesTheSystemAndDaemonSetsOffAMachine) {
  const std::string head =
      "systemReserve: {cpu: 100m, memory: 1Gi}\n"
      "daemonSets:\n"
      "  - {name: logs, cpu: 100m, memory: 512Mi}\n"
      "  - {name: net, cpu: 50m, memory: 512Mi}\n";
  const auto machine = WithPool(
      "{name: a, zone: za, class: on-demand, price: 1, machine: {cpu: 8, memory: 32Gi, pods: 20}}",
      head);
  ASSERT_TRUE(machine) << machine.error().message;
  const capacity::NodeResources& left = machine->offers[0].allocatable;
  EXPECT_NEAR(left.cpu.value(), 7.75, 1e-9);
  EXPECT_EQ(left.memory.value(), 30LL * 1024 * 1024 * 1024);
  EXPECT_EQ(left.pods, 18);
  // What a node calls allocatable is without the system already.
  const auto node = WithPool(kPool, head);
  EXPECT_NEAR(node->offers[0].allocatable.cpu.value(), 7.76, 1e-9);
}

TEST(PoolsFile, CutsALargeMachineIntoShapes) {
  const auto file = WithPool(
      "{name: a, zone: za, class: on-demand, price: 4.8, most: 3, held: 1, machine: {cpu: 96, "
      "memory: 384Gi}, cut: {cpu: 8, memory: 32Gi}}");
  ASSERT_TRUE(file) << file.error().message;
  const capacity::CapacityOffer& offer = file->offers[0];
  EXPECT_EQ(offer.pieces, 12);
  EXPECT_DOUBLE_EQ(offer.price.value(), 0.4);
  EXPECT_DOUBLE_EQ(offer.allocatable.cpu.value(), 8);
  EXPECT_EQ(offer.most_nodes, 36);
  EXPECT_EQ(file->held[0].nodes, 12);
}

TEST(PoolsFile, RefusesWhatIsNoPriceWithFileLineValueAndWhatWasExpected) {
  const std::string pool = "{name: a, zone: za, class: on-demand, " + kNode + ", price: ";
  EXPECT_EQ(Fault(pool + "0}"),
            "pools.yaml:3: pools[0].price is '0'; expected more than 0 USD an hour");
  EXPECT_EQ(Fault(pool + "-0.3}"),
            "pools.yaml:3: pools[0].price is '-0.3'; expected more than 0 USD an hour");
  EXPECT_THAT(Fault(pool + "nan}"), StartsWith("pools.yaml:3: pools[0].price is 'nan'; expected"));
  EXPECT_THAT(Fault(pool + ".inf}"), StartsWith("pools.yaml:3: pools[0].price is '.inf'"));
  EXPECT_THAT(Fault("{name: a, zone: za, class: on-demand, " + kNode + "}"),
              HasSubstr("price is absent; expected more than 0 USD an hour"));
  EXPECT_EQ(Fault(kPool, "currency: EUR\n"), "pools.yaml:2: currency is 'EUR'; expected USD");
}

TEST(PoolsFile, RefusesStalePricesAndSaysHowOldTheyAre) {
  EXPECT_EQ(Fault("{name: a, zone: za, class: spot, price: 1, pricedAt: 2026-11-28T15:30:00Z, " +
                  kNode + "}"),
            "pools.yaml:3: pools[0].pricedAt is '2026-11-28T15:30:00Z'; expected a price of the "
            "last 1d (mostPriceAge); it is 1470m old");
  EXPECT_EQ(Fault("{name: a, zone: za, class: spot, price: 1, pricedAt: 2026-11-28T15:30:00Z, " +
                      kNode + "}",
                  "mostPriceAge: 48h\n"),
            "no fault");
}

TEST(PoolsFile, RefusesWhatContradictsItself) {
  EXPECT_THAT(Fault("{name: a, zone: za, class: cheap, price: 1, " + kNode + "}"),
              HasSubstr("pools[0].class is 'cheap'; expected reserved, on-demand or spot"));
  EXPECT_THAT(Fault("{name: a, zone: za, class: spot, price: 1, " + kNode + ", colour: red}"),
              HasSubstr("pools[0].colour is not a known field"));
  EXPECT_THAT(Fault(kPool + "\n  - " + kPool), HasSubstr("pools[1].name is 'a'; expected a name "
                                                         "of its own"));
  EXPECT_THAT(Fault("{name: a, zone: za, class: spot, price: 1}"), HasSubstr("allocatable"));
  EXPECT_THAT(Fault(kPool, "limits: {spot: 120%}\n"), HasSubstr("limits.spot is '120%'"));
}

TEST(PoolsFile, ReadsTermsAndWorkloads) {
  const auto file = ParsePools(
      "pricedAt: 2026-11-29T15:00:00Z\n"
      "egressUsdPerGb: 0.02\n"
      "objective: {level: 0.9, tail: 0.99, mostShortfall: 2%, spendCap: 40, whenCapIsHit: "
      "cap-first, hold: 12h}\n"
      "limits: {spot: 70%, zone: 50%}\n"
      "quotas: [{region: r, class: spot, vcpu: 256}]\n"
      "risk: {ahead: 30m, scenarios: 50}\n"
      "pools:\n  - " +
          kPool +
          "\n"
          "workloads:\n"
          "  - name: db\n"
          "    requests: {cpu: 2, memory: 8Gi}\n"
          "    volumeZones: [za]\n"
          "    spread: {zoneSkew: 1, mostOnNode: 1}\n"
          "    spot: false\n"
          "    homeRegion: r\n"
          "    egressGbPerHour: 3\n",
      "pools.yaml", Now());
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_DOUBLE_EQ(file->terms.level, 0.9);
  EXPECT_DOUBLE_EQ(file->terms.most_shortfall.value(), 0.02);
  EXPECT_EQ(file->terms.when_cap_is_hit, capacity::SpendPolicy::kCapFirst);
  EXPECT_DOUBLE_EQ(file->terms.most_spot->value(), 0.7);
  EXPECT_DOUBLE_EQ(file->terms.quotas.at(0).cpu.value(), 256);
  EXPECT_EQ(file->outages.scenarios, 50U);
  const capacity::PodGroupFields& pods = file->pods.at(0).fields();
  EXPECT_FALSE(pods.may_be_interrupted);
  EXPECT_EQ(pods.spread.most_on_node, 1);
  EXPECT_NEAR(pods.egress.value(), 0.06, 1e-12);
}

// Two workloads, of which the first has these fields besides.
std::string WithTerms(const std::string& fields) {
  return "pricedAt: 2026-11-29T00:00:00Z\n"
         "pools:\n"
         "  - {name: p, region: r, zone: za, class: on-demand, price: 1,\n"
         "     allocatable: {cpu: 8, memory: 32Gi}}\n"
         "workloads:\n"
         "  - {name: cache, labels: {app: cache}, requests: {cpu: 1, memory: 1Gi}}\n"
         "  - name: web\n"
         "    requests: {cpu: 1, memory: 1Gi}\n"
         "    labels: {app: web, tier: front}\n" +
         fields;
}

std::string Refusal(const std::string& fields) {
  const auto file = ParsePools(WithTerms(fields), "pools.yaml", Now());
  return file ? "read" : file.error().message;
}

TEST(ParsePools, ReadsWhomPodsMustStandBesideAndApartFrom) {
  const auto file = ParsePools(
      WithTerms("    podAffinity:\n"
                "      - {topologyKey: topology.kubernetes.io/zone, matchLabels: {app: cache}}\n"
                "    podAntiAffinity:\n"
                "      - topologyKey: kubernetes.io/hostname\n"
                "        matchExpressions: [{key: tier, operator: In, values: [front, back]}]\n"),
      "pools.yaml", Now());
  ASSERT_TRUE(file) << file.error().message;
  const capacity::PodGroupFields& web = file->pods.at(1).fields();
  ASSERT_EQ(web.affinity.size(), 1U);
  EXPECT_EQ(web.affinity[0].place, PodAffinityTerm::Place::kZone);
  EXPECT_TRUE(web.affinity[0].Selects(file->pods.at(0).fields().marks));
  EXPECT_FALSE(web.affinity[0].Selects(web.marks));
  ASSERT_EQ(web.anti_affinity.size(), 1U);
  EXPECT_EQ(web.anti_affinity[0].place, PodAffinityTerm::Place::kNode);
  EXPECT_EQ(web.spread.most_on_node, 1) << "it means itself";
}

TEST(ParsePools, RefusesTermsThatMeanNoPlaceOrNobody) {
  EXPECT_EQ(Refusal("    podAffinity: [{topologyKey: rack, matchLabels: {app: cache}}]\n"),
            "pools.yaml:10: workloads[1].podAffinity[0].topologyKey is 'rack'; expected "
            "kubernetes.io/hostname or topology.kubernetes.io/zone");
  EXPECT_EQ(Refusal("    podAntiAffinity: [{topologyKey: kubernetes.io/hostname}]\n"),
            "pools.yaml:10: workloads[1].podAntiAffinity[0].matchLabels is absent; expected labels "
            "of the pods that are meant, or matchExpressions");
  EXPECT_EQ(Refusal("    podAntiAffinity:\n"
                    "      - topologyKey: kubernetes.io/hostname\n"
                    "        matchExpressions: [{key: cores, operator: Gt, values: [\"8\"]}]\n"),
            "pools.yaml:12: workloads[1].podAntiAffinity[0].matchExpressions[0].operator is 'Gt'; "
            "expected In, NotIn, Exists or DoesNotExist");
  EXPECT_EQ(Refusal("    podAntiAffinity:\n"
                    "      - {topologyKey: kubernetes.io/hostname, matchLabels: {app: gone}}\n"),
            "pools.yaml:11: workloads[1].podAntiAffinity[0] means pods with app=gone; expected "
            "labels of a workload of this file");
  EXPECT_EQ(Refusal("    podAffinity:\n"
                    "      - {topologyKey: kubernetes.io/hostname, matchLabels: {app: cache}}\n"
                    "      - {topologyKey: kubernetes.io/hostname, matchLabels: {app: web}}\n"),
            "pools.yaml:10: workloads[1].podAffinity means pods with app=cache, app=web; expected "
            "labels of a workload of this file, which one pod must have all");
}

}  // namespace
}  // namespace loadcurve::pool_codec
