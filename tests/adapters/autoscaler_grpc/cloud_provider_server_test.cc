// Cluster Autoscaler's calls as it puts them on the wire, byte by byte, over TLS.

#include "adapters/autoscaler_grpc/cloud_provider_server.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <future>
#include <string>

#include "adapters/autoscaler_grpc/kube_blob.h"
#include "adapters/autoscaler_grpc/kube_objects.pb.h"
#include "tests/adapters/autoscaler_grpc/expander_wire.h"
#include "tests/support/fake_cloud.h"
#include "tests/support/memory_order_journal.h"
#include "tests/support/simulated_clock.h"
#include "tests/support/test_certificates.h"

namespace loadcurve::autoscaler_grpc {
namespace {

using capacity::FakeCloud;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

struct RawAnswer {
  grpc::Status status;
  std::string bytes;
};

// One call of the service by its path, in bytes.
RawAnswer Call(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
               const std::string& request) {
  grpc::GenericStub stub(channel);
  const grpc::Slice slice(request);
  const grpc::ByteBuffer asked(&slice, 1);
  grpc::ByteBuffer answered;
  grpc::ClientContext context;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context,
                 "/clusterautoscaler.cloudprovider.v1.externalgrpc.CloudProvider/" + method,
                 grpc::StubOptions(), &asked, &answered,
                 [&](grpc::Status status) { done.set_value(std::move(status)); });
  RawAnswer answer{.status = done.get_future().get()};
  grpc::Slice whole;
  if (answer.status.ok() && answered.TrySingleSlice(&whole).ok())
    answer.bytes.assign(reinterpret_cast<const char*>(whole.begin()), whole.size());
  return answer;
}

class CloudProviderServerTest : public testing::Test {
 protected:
  CloudProviderServerTest() : cloud_({}), journal_(disk_) {
    capacity::CapacityOffer& scarce = cloud_.AddPool("scarce", "eu-1a", 0.30, 2);
    scarce.most_nodes = 10;
    scarce.labels = {{"disk", "ssd"}};
    scarce.taints = {"spot=true:NoSchedule"};
    capacity::CapacityOffer& ample = cloud_.AddPool("ample", "eu-1b", 1.20, 100);
    ample.most_nodes = 20;
    ample.capacity_class = capacity::CapacityClass::kOnDemand;
    server_ = CloudProviderServer::Start({.certificate = TestServer(authority_),
                                          .client_ca_pem = authority_.certificate_pem,
                                          .scheme = "simulated"},
                                         capacity::NodeGroups(*cloud_.Offers(), "7"),
                                         {journal_, cloud_, clock_}, {})
                  .value();
    channel_ = ChannelOf(TestClient(authority_, "cluster-autoscaler"));
    // An empty journal holds purchases back for a minute.
    for (int i = 0; i < 8; ++i) Refresh();
  }

  std::shared_ptr<grpc::Channel> ChannelOf(const http::CertificatePair& client) const {
    return grpc::CreateChannel(
        "127.0.0.1:" + std::to_string(server_->port()),
        grpc::SslCredentials({authority_.certificate_pem, client.key_pem, client.certificate_pem}));
  }

  void Refresh() {
    clock_.Advance(std::chrono::seconds(10));
    const auto answer = Call(channel_, "Refresh", "");
    EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  }

  template <class Message>
  Message Ask(const std::string& method, const std::string& request) {
    const RawAnswer answer = Call(channel_, method, request);
    EXPECT_TRUE(answer.status.ok()) << method << ": " << answer.status.error_message();
    Message message;
    EXPECT_TRUE(message.ParseFromString(answer.bytes));
    return message;
  }

  std::vector<external::Instance> InstancesOf(const std::string& group) {
    const auto answer = Ask<external::NodeGroupNodesResponse>("NodeGroupNodes", Field(1, group));
    return {answer.instances().begin(), answer.instances().end()};
  }

  int TargetOf(const std::string& group) {
    return Ask<external::NodeGroupTargetSizeResponse>("NodeGroupTargetSize", Field(1, group))
        .targetsize();
  }

  // {delta = 1, id = 2}; a number below 0 takes ten bytes.
  static std::string Delta(int delta, const std::string& group) {
    return NumberField(1, static_cast<std::uint64_t>(static_cast<std::int64_t>(delta))) +
           Field(2, group);
  }

  void Increase(int delta, const std::string& group) {
    (void)Ask<external::NodeGroupIncreaseSizeResponse>("NodeGroupIncreaseSize",
                                                       Delta(delta, group));
    Refresh();
  }

  SimulatedClock clock_;
  FakeCloud cloud_;
  capacity::JournalDisk disk_;
  capacity::MemoryOrderJournal journal_;
  http::CertificatePair authority_ = TestAuthority("cloud provider");
  std::unique_ptr<CloudProviderServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

// ExternalGrpcNode {providerID = 1, name = 2, labels = 3, annotations = 4}.
std::string Node(const std::string& provider_id, const Texts& labels = {}) {
  std::string node = Field(1, provider_id) + Field(2, "node-name");
  for (const auto& [key, value] : labels) node += Field(3, Entry(key, value));
  return node + Field(4, Entry("annotation", "value"));
}

TEST_F(CloudProviderServerTest, ListsAGroupForEachPool) {
  const auto groups = Ask<external::NodeGroupsResponse>("NodeGroups", "");
  ASSERT_EQ(groups.nodegroups_size(), 2);
  EXPECT_EQ(groups.nodegroups(0).id(), "ample");
  EXPECT_EQ(groups.nodegroups(0).minsize(), 0);
  EXPECT_EQ(groups.nodegroups(0).maxsize(), 20);
  EXPECT_EQ(groups.nodegroups(0).debug(), "ample: m5.large in eu-1b, on-demand");
  EXPECT_EQ(Ask<external::GPULabelResponse>("GPULabel", "").label(), "loadcurve.dev/gpu");
  (void)Ask<external::GetAvailableGPUTypesResponse>("GetAvailableGPUTypes", "");
  (void)Ask<external::CleanupResponse>("Cleanup", "");
}

TEST_F(CloudProviderServerTest, SaysUnimplementedOfWhatItDoesNotServe) {
  EXPECT_EQ(Call(channel_, "NodeGroupGetOptions", Field(1, "ample")).status.error_code(), 12);
}

TEST_F(CloudProviderServerTest, NamesNodesAsTheirProviderIdsDo) {
  Increase(2, "ample");
  Refresh();
  EXPECT_EQ(TargetOf("ample"), 2);
  const auto instances = InstancesOf("ample");
  ASSERT_THAT(instances, SizeIs(2));
  EXPECT_EQ(instances[0].id(), "simulated:///eu-1b/i-0");
  EXPECT_EQ(instances[0].status().instancestate(), external::InstanceStatus::instanceCreating);
  EXPECT_EQ(instances[0].status().errorinfo().errorcode(), "");
  const auto group_of = [&](const std::string& provider_id) {
    return Ask<external::NodeGroupForNodeResponse>("NodeGroupForNode", Field(1, Node(provider_id)))
        .nodegroup()
        .id();
  };
  EXPECT_EQ(group_of("simulated:///eu-1b/i-0"), "ample");
  EXPECT_EQ(group_of("simulated:///eu-1b/i-9"), "");
  EXPECT_EQ(group_of("aws:///eu-1b/i-0"), "") << "of another cloud";
  EXPECT_EQ(group_of(""), "");
}

TEST_F(CloudProviderServerTest, TellsAStockOutWithinOneRefresh) {
  Increase(3, "scarce");
  const auto instances = InstancesOf("scarce");
  const auto failed = std::ranges::find_if(
      instances, [](const auto& each) { return each.status().has_errorinfo(); });
  ASSERT_NE(failed, instances.end());
  EXPECT_EQ(failed->status().instancestate(), external::InstanceStatus::instanceCreating);
  EXPECT_EQ(failed->status().errorinfo().errorcode(), "InsufficientInstanceCapacity");
  EXPECT_EQ(failed->status().errorinfo().instanceerrorclass(), 1);
  EXPECT_EQ(TargetOf("scarce"), 3);
  // What Cluster Autoscaler does about it: it deletes what failed, by the id that it was told.
  (void)Ask<external::NodeGroupDeleteNodesResponse>(
      "NodeGroupDeleteNodes", Field(1, Node(failed->id())) + Field(2, "scarce"));
  EXPECT_EQ(TargetOf("scarce"), 2);
  EXPECT_EQ(cloud_.PaidIn("scarce"), 2);
}

TEST_F(CloudProviderServerTest, DeletesTheNodeThatIsNamedBeforeItAnswers) {
  Increase(3, "ample");
  Refresh();
  (void)Ask<external::NodeGroupDeleteNodesResponse>(
      "NodeGroupDeleteNodes", Field(1, Node("simulated:///eu-1b/i-1")) + Field(2, "ample"));
  EXPECT_EQ(cloud_.PaidIn("ample"), 2);
  EXPECT_FALSE(cloud_.ledger()[1].is_paid);
  EXPECT_EQ(TargetOf("ample"), 2);
  const RawAnswer wrong = Call(channel_, "NodeGroupDeleteNodes",
                               Field(1, Node("simulated:///eu-1b/i-2")) + Field(2, "scarce"));
  EXPECT_EQ(wrong.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(wrong.status.error_message(), HasSubstr("'scarce' has no node 'i-2'"));
}

TEST_F(CloudProviderServerTest, NeverDeletesALiveNodeByLoweringTheTarget) {
  Increase(2, "ample");
  const RawAnswer refused = Call(channel_, "NodeGroupDecreaseTargetSize", Delta(-1, "ample"));
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  Increase(3, "scarce");
  (void)Ask<external::NodeGroupDecreaseTargetSizeResponse>("NodeGroupDecreaseTargetSize",
                                                           Delta(-1, "scarce"));
  EXPECT_EQ(TargetOf("scarce"), 2);
  Refresh();
  EXPECT_EQ(cloud_.Paid(), 4);
  EXPECT_EQ(Call(channel_, "NodeGroupIncreaseSize", Delta(1, "none")).status.error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST_F(CloudProviderServerTest, ShowsAnEmptyNodeOfAPoolInBothDialects) {
  const auto answer = Ask<external::NodeGroupTemplateNodeInfoResponse>("NodeGroupTemplateNodeInfo",
                                                                       Field(1, "scarce"));
  EXPECT_EQ(answer.nodeinfo(), answer.nodebytes());
  const auto blob = ReadNode(answer.nodebytes());
  ASSERT_TRUE(blob);
  EXPECT_DOUBLE_EQ(blob->allocatable.cpu.value(), 2);
  EXPECT_EQ(blob->allocatable.memory, Bytes(8'000'000'000));
  EXPECT_EQ(blob->allocatable.pods, 29);
  EXPECT_EQ(blob->labels.at("disk"), "ssd");
  EXPECT_EQ(blob->labels.at("node.kubernetes.io/instance-type"), "m5.large");
  EXPECT_EQ(blob->labels.at("topology.kubernetes.io/zone"), "eu-1a");
  EXPECT_EQ(blob->labels.at("loadcurve.dev/capacity-class"), "spot");
  kube_objects::Node node;
  ASSERT_TRUE(node.ParseFromString(answer.nodebytes()));
  ASSERT_EQ(node.spec().taints_size(), 1);
  EXPECT_EQ(node.spec().taints(0).key(), "spot");
  EXPECT_EQ(node.spec().taints(0).value(), "true");
  EXPECT_EQ(node.spec().taints(0).effect(), "NoSchedule");
  EXPECT_EQ(node.status().conditions(0).type(), "Ready");
}

// Half an hour as Kubernetes' Time and as Timestamp: {seconds = 1, nanos = 2} both.
std::string HalfAnHour(std::uint64_t start_field) {
  return Field(start_field, NumberField(1, 1'800'000'000)) +
         Field(start_field + 1, NumberField(1, 1'800'001'799) + NumberField(2, 1'000'000'000));
}

TEST_F(CloudProviderServerTest, PricesNodesAndPodsInBothDialects) {
  Increase(1, "scarce");
  Refresh();
  for (const std::uint64_t field : {2U, 4U}) {
    const auto price_of = [&](const std::string& node) {
      return Ask<external::PricingNodePriceResponse>("PricingNodePrice",
                                                     Field(1, node) + HalfAnHour(field))
          .price();
    };
    EXPECT_NEAR(price_of(Node("simulated:///eu-1a/i-0")), 0.15, 1e-9);
    EXPECT_NEAR(price_of(Node("", {{"loadcurve.dev/pool", "ample"}})), 0.60, 1e-9);
  }
  // Half of the cores of the cheapest node, for half an hour: 0.30 / 2 / 2.
  const std::string pod = PodBytes("web-1", "1", "1Gi");
  for (const auto& request : {Field(1, pod) + HalfAnHour(2), Field(4, pod) + HalfAnHour(5),
                              Field(1, pod) + HalfAnHour(2) + Field(4, pod) + HalfAnHour(5)})
    EXPECT_NEAR(Ask<external::PricingPodPriceResponse>("PricingPodPrice", request).price(), 0.075,
                1e-9);
  EXPECT_EQ(Call(channel_, "PricingPodPrice", Field(4, PodBytes("huge", "64", "1Gi")))
                .status.error_code(),
            grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Call(channel_, "PricingPodPrice", Field(4, "\xFF\xFF")).status.error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(CloudProviderServerTest, AnswersNobodyWithoutACertificateOfItsAuthorities) {
  const auto stranger = TestAuthority("somebody else");
  for (const auto& channel : {ChannelOf({}), ChannelOf(TestClient(stranger, "somebody"))})
    EXPECT_EQ(Call(channel, "NodeGroups", "").status.error_code(), grpc::StatusCode::UNAVAILABLE);
  const auto refused =
      CloudProviderServer::Start({.certificate = TestServer(authority_)},
                                 capacity::NodeGroups({}, "8"), {journal_, cloud_, clock_}, {});
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(CloudProviderServerTest, RefusesToRefreshWhileItDoesNotKnowWhatIsThere) {
  cloud_.Script([](capacity::CloudCall) { return capacity::CloudFault::kNeverSent; });
  clock_.Advance(std::chrono::minutes(4));
  EXPECT_TRUE(Call(channel_, "Refresh", "").status.ok());
  clock_.Advance(std::chrono::minutes(4));
  EXPECT_EQ(Call(channel_, "Refresh", "").status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace loadcurve::autoscaler_grpc
