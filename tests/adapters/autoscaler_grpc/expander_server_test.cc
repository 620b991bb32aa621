#include "adapters/autoscaler_grpc/expander_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "adapters/autoscaler_grpc/kube_blob.h"
#include "adapters/autoscaler_grpc/pool_of_node.h"
#include "tests/adapters/autoscaler_grpc/expander_questions.h"
#include "tests/support/test_certificates.h"

namespace loadcurve::autoscaler_grpc {
namespace {

using capacity::CapacityClass;
using capacity::CapacityOffer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

WireOption Option(const std::string& group, Texts labels = {}) {
  return {group,
          1,
          {PodBytes("web-1", "500m", "1Gi"), PodBytes("web-2", "500m", "1Gi")},
          NodeBytes("template-" + group, labels, kSize)};
}

grpcplugin::BestOptionsRequest Parsed(const std::string& bytes) {
  grpcplugin::BestOptionsRequest request;
  EXPECT_TRUE(request.ParseFromString(bytes));
  return request;
}

std::vector<std::string> Kept(const std::vector<CapacityOffer>& pools,
                              const grpcplugin::BestOptionsRequest& request) {
  const ExpanderService service(pools, {});
  grpcplugin::BestOptionsResponse response;
  const auto status = service.Choose(request, response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  std::vector<std::string> groups;
  for (const auto& option : response.options()) groups.push_back(option.nodegroupid());
  return groups;
}

class EveryDialect : public testing::TestWithParam<Dialect> {};

TEST_P(EveryDialect, GetsTheSameChoice) {
  const std::string bytes =
      RequestBytes({Option("dear"), Option("cheap"), Option("strange")}, GetParam());
  EXPECT_THAT(Kept({Pool("dear", 0.5), Pool("cheap", 0.3)}, Parsed(bytes)), ElementsAre("cheap"));
}

TEST_P(EveryDialect, IsReadToTheLastRequest) {
  // Four nodes of 0.1 for eight pods of four cores, or one of 0.9 for two of them.
  WireOption many{"many", 4, {}, NodeBytes("m", {}, kSize)};
  for (int i = 0; i < 8; ++i) many.pods.push_back(PodBytes("p" + std::to_string(i), "4", "1Gi"));
  WireOption few{"few", 1, {many.pods[0], many.pods[1]}, NodeBytes("f", {}, kSize)};
  ExpanderAnswer told;
  const ExpanderService service({Pool("many", 0.1), Pool("few", 0.9)},
                                [&](const ExpanderAnswer& answer) { told = answer; });
  grpcplugin::BestOptionsResponse response;
  ASSERT_TRUE(service.Choose(Parsed(RequestBytes({few, many}, GetParam())), response).ok());
  EXPECT_THAT(told.kept, ElementsAre("many"));
  ASSERT_EQ(told.judgements.size(), 2U);
  EXPECT_NEAR(*told.judgements[1].cost, 1, 1e-9);
  EXPECT_NEAR(*told.judgements[0].cost, 9, 1e-9);
}

INSTANTIATE_TEST_SUITE_P(Of, EveryDialect,
                         testing::Values(Dialect::kInline, Dialect::kBoth, Dialect::kBytes));

TEST(ExpanderService, KnowsAPoolByTheLabelsOfItsNodes) {
  CapacityOffer m5 = Pool("m5-a", 0.5);
  m5.instance_type = "m5.2xlarge";
  m5.zone = "eu-1a";
  CapacityOffer spot = m5;
  spot.pool = "m5-a-spot";
  spot.capacity_class = CapacityClass::kSpot;
  const Texts labels = {{"node.kubernetes.io/instance-type", "m5.2xlarge"},
                        {"topology.kubernetes.io/zone", "eu-1a"}};
  const std::vector<CapacityOffer> pools = {m5, spot};
  const auto pool_of = [&](Texts more) {
    more.insert(labels.begin(), labels.end());
    const CapacityOffer* const pool =
        PoolOf(pools, "asg-17", *ReadNode(NodeBytes("n", more, kSize)));
    return pool == nullptr ? "" : pool->pool;
  };
  EXPECT_EQ(pool_of({}), "m5-a") << "what does not say that it is spot is not";
  EXPECT_EQ(pool_of({{"eks.amazonaws.com/capacityType", "SPOT"}}), "m5-a-spot");
  EXPECT_EQ(pool_of({{"karpenter.sh/capacity-type", "on-demand"}}), "m5-a");
  EXPECT_EQ(PoolOf(pools, "asg", *ReadNode(NodeBytes("n", {}, kSize))), nullptr);
  EXPECT_EQ(PoolOf(pools, "m5-a-spot", {})->pool, "m5-a-spot") << "the name goes first";
  Texts elsewhere = labels;
  elsewhere["topology.kubernetes.io/zone"] = "eu-1b";
  EXPECT_EQ(PoolOf(pools, "asg", *ReadNode(NodeBytes("n", elsewhere, kSize))), nullptr);
}

TEST(ExpanderService, KeepsAllWhereItKnowsNothingAndNoneOnlyWhereAllAreClosed) {
  const auto request = Parsed(RequestBytes({Option("a"), Option("b")}, Dialect::kBytes));
  EXPECT_THAT(Kept({Pool("other", 1)}, request), ElementsAre("a", "b"));
  CapacityOffer closed_a = Pool("a", 1);
  CapacityOffer closed_b = Pool("b", 1);
  closed_a.most_nodes = closed_b.most_nodes = 0;
  EXPECT_THAT(Kept({closed_a}, request), ElementsAre("b"));
  EXPECT_THAT(Kept({closed_a, closed_b}, request), IsEmpty());
}

TEST(ExpanderService, RefusesWhatItCannotReadSoThatAMistakeIsNoVeto) {
  const ExpanderService service({Pool("a", 1)}, {});
  WireOption broken = Option("a");
  broken.node = "\xFF\xFF";
  grpcplugin::BestOptionsResponse response;
  auto status = service.Choose(Parsed(RequestBytes({broken}, Dialect::kBytes)), response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("node group 'a': its node is no v1.Node"));
  broken = Option("a");
  broken.pods[1] = "\xFF\xFF";
  status = service.Choose(Parsed(RequestBytes({broken}, Dialect::kInline)), response);
  EXPECT_THAT(status.error_message(), HasSubstr("one of its pods is no v1.Pod"));
}

// What Kubernetes' own code wrote; golden/README.md says how.
std::string Golden(const std::string& name) {
  std::ifstream file(LOADCURVE_SOURCE_DIR "/tests/adapters/autoscaler_grpc/golden/" + name);
  std::string hex;
  file >> hex;
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

TEST(KubeBlob, ReadsANodeAndAPodThatKubernetesWrote) {
  const auto node = ReadNode(Golden("node.hex"));
  ASSERT_TRUE(node);
  EXPECT_DOUBLE_EQ(node->allocatable.cpu.value(), 7.91) << "allocatable, not the capacity of 8";
  EXPECT_EQ(node->allocatable.memory, Bytes(std::int64_t{30} << 30));
  EXPECT_EQ(node->allocatable.pods, 58);
  EXPECT_EQ(node->labels.at("node.kubernetes.io/instance-type"), "m6i.2xlarge");
  EXPECT_EQ(node->labels.at("topology.kubernetes.io/zone"), "eu-west-1b");
  EXPECT_EQ(node->labels.size(), 3U);
  const auto pod = ReadPod(Golden("pod.hex"));
  ASSERT_TRUE(pod);
  EXPECT_DOUBLE_EQ(pod->cpu.value(), 0.35);
  EXPECT_EQ(pod->memory, Bytes(std::int64_t{576} << 20));
}

TEST_P(EveryDialect, CarriesObjectsThatKubernetesWrote) {
  CapacityOffer spot = Pool("spot-b", 0.2);
  spot.instance_type = "m6i.2xlarge";
  spot.zone = "eu-west-1b";
  spot.capacity_class = CapacityClass::kSpot;
  const WireOption known{"asg-4", 1, {Golden("pod.hex")}, Golden("node.hex")};
  EXPECT_THAT(Kept({spot}, Parsed(RequestBytes({Option("other"), known}, GetParam()))),
              ElementsAre("asg-4"));
}

grpc::Status Ask(const ExpanderServer& server, const http::CertificatePair& authority,
                 const grpcplugin::BestOptionsRequest& request,
                 grpcplugin::BestOptionsResponse& response) {
  grpc::ClientContext context;
  return AutoscalerClient(server, authority)->BestOptions(&context, request, &response);
}

TEST(ExpanderService, ChoosesAmongFiveHundredOptionsOfAHundredPods) {
  const ManyOptions many(100);
  EXPECT_GT(many.request.ByteSizeLong(), 75'000'000U) << "not far from the most that is sent";
  const ExpanderService service(many.pools, {});
  grpcplugin::BestOptionsResponse response;
  ASSERT_TRUE(service.Choose(many.request, response).ok());
  EXPECT_EQ(response.options(0).nodegroupid(), "group-0");
}

TEST(ExpanderServer, AnswersOverTlsWhatIsLargerThanGrpcTakesByItself) {
  const auto authority = TestAuthority("expander");
  const ManyOptions many(10);
  EXPECT_GT(many.request.ByteSizeLong(), 4U * 1024 * 1024);
  const auto server =
      ExpanderServer::Start({.certificate = TestServer(authority), .pools = many.pools}).value();
  grpcplugin::BestOptionsResponse response;
  const auto status = Ask(*server, authority, many.request, response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(response.options_size(), 1);
  EXPECT_EQ(response.options(0).nodegroupid(), "group-0");
}

TEST(ExpanderServer, TakesOtherPoolsFromTheNextQuestionOn) {
  const auto authority = TestAuthority("expander");
  const auto server = ExpanderServer::Start({.certificate = TestServer(authority),
                                             .pools = {Pool("a", 1), Pool("b", 2)}})
                          .value();
  const auto request = Parsed(RequestBytes({Option("a"), Option("b")}, Dialect::kBytes));
  grpcplugin::BestOptionsResponse first;
  ASSERT_TRUE(Ask(*server, authority, request, first).ok());
  EXPECT_EQ(first.options(0).nodegroupid(), "a");
  server->UsePools({Pool("a", 3), Pool("b", 2)});
  grpcplugin::BestOptionsResponse second;
  ASSERT_TRUE(Ask(*server, authority, request, second).ok());
  EXPECT_EQ(second.options(0).nodegroupid(), "b");
}

}  // namespace
}  // namespace loadcurve::autoscaler_grpc
