#include "adapters/cloud/aws/ec2_provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::aws {
namespace {

using capacity::CapacityClass;
using capacity::NodeState;
using capacity::Shortfall;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using Script = ScriptedHttpTransport;

std::string Refused(const std::string& code) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>" + code +
         "</Code><Message>Of &quot;m5.large&quot;</Message></Error></Errors>"
         "<RequestID>r</RequestID></Response>";
}

class Ec2ProviderTest : public testing::Test {
 protected:
  Ec2ProviderTest() {
    Ec2Pool spot;
    spot.offer.pool = "spot-a";
    spot.offer.instance_type = "m5.large";
    spot.offer.capacity_class = CapacityClass::kSpot;
    spot.launch_template_id = "lt-1";
    spot.subnet_id = "subnet-a";
    provider_.emplace(transport_, clock_, Ec2Options{"eu-central-1", "shop"},
                      std::vector<Ec2Pool>{spot}, [] {
                        return Result<Credentials>(Credentials{"AKID", "secret"});
                      });
  }

  void Answer(int status, const std::string& body) {
    transport_.On("POST", "https://ec2.eu-central-1.amazonaws.com/", Script::Status(status, body));
  }

  SimulatedClock clock_;
  Script transport_;
  std::optional<Ec2Provider> provider_;
};

// T7: instances and errors in one answer of status 200.
TEST_F(Ec2ProviderTest, TakesAPartAndSaysWhyNotMore) {
  Answer(200, R"(<?xml version="1.0" encoding="UTF-8"?>
<CreateFleetResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <fleetId>fleet-1</fleetId>
  <errorSet><item>
    <errorCode>InsufficientInstanceCapacity</errorCode>
    <errorMessage>There is no Spot capacity available &amp; more.</errorMessage>
    <lifecycle>spot</lifecycle>
  </item></errorSet>
  <fleetInstanceSet><item>
    <instanceIds><item>i-1</item><item>i-2</item></instanceIds>
    <instanceType>m5.large</instanceType>
  </item><item><instanceIds><item>i-3</item></instanceIds></item></fleetInstanceSet>
</CreateFleetResponse>)");
  const auto outcome = *provider_->Launch({"token-1", "spot-a", 10});
  EXPECT_THAT(outcome.node_ids, ElementsAre("i-1", "i-2", "i-3"));
  EXPECT_EQ(outcome.missing, 7);
  EXPECT_EQ(outcome.shortfall, Shortfall::kStock);
  EXPECT_EQ(outcome.why_missing,
            "InsufficientInstanceCapacity: There is no Spot capacity available & more.");
}

TEST_F(Ec2ProviderTest, AsksForOneInstantFleetByTheOrdersToken) {
  Answer(200, "<CreateFleetResponse/>");
  (void)provider_->Launch({"token-1", "spot-a", 10});
  const http::HttpRequest request = transport_.last();
  for (const char* part :
       {"Action=CreateFleet&Version=2016-11-15", "&Type=instant", "&ClientToken=token-1",
        "TotalTargetCapacity=10", "DefaultTargetCapacityType=spot",
        "LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateId=lt-1",
        "Version=%24Default", "Overrides.1.InstanceType=m5.large", "Overrides.1.SubnetId=subnet-a",
        "Tag.1.Key=loadcurve.dev%2Fcluster&TagSpecification.1.Tag.1.Value=shop",
        "Tag.3.Value=token-1"})
    EXPECT_THAT(request.body, HasSubstr(part));
  EXPECT_THAT(std::string(http::HeaderOf(request.headers, "Authorization")),
              HasSubstr("AKID/20261010/eu-central-1/ec2/aws4_request, "
                        "SignedHeaders=content-type;host;x-amz-date,"));
}

TEST_F(Ec2ProviderTest, TellsRefusalsApart) {
  Answer(503, Refused("RequestLimitExceeded"));
  EXPECT_EQ(provider_->Launch({"t", "spot-a", 1})->shortfall, Shortfall::kThrottled);
  Answer(400, Refused("MaxSpotInstanceCountExceeded"));
  EXPECT_EQ(provider_->Launch({"t", "spot-a", 1})->shortfall, Shortfall::kQuota);
  Answer(400, Refused("InsufficientInstanceCapacity"));
  EXPECT_EQ(provider_->Launch({"t", "spot-a", 1})->why_missing,
            "InsufficientInstanceCapacity: Of \"m5.large\"");
  Answer(403, Refused("UnauthorizedOperation"));
  EXPECT_EQ(provider_->Launch({"t", "spot-a", 1}).error().code, ErrorCode::kPermissionDenied);
  Answer(400, Refused("InvalidLaunchTemplateId.Malformed"));
  EXPECT_EQ(provider_->Launch({"t", "spot-a", 1}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(provider_->Launch({"t", "none", 1}).error().code, ErrorCode::kNotFound);
}

// After these it may have been bought.
TEST_F(Ec2ProviderTest, DoubtsAnAnswerThatItDidNotUnderstand) {
  Answer(500, Refused("InternalError"));
  EXPECT_EQ(provider_->Launch({"t", "spot-a", 1}).error().code, ErrorCode::kUnavailable);
  Answer(504, "<html>");
  EXPECT_EQ(provider_->Launch({"t", "spot-a", 1}).error().code, ErrorCode::kDeadlineExceeded);
  Answer(200, "<CreateFleetResponse><fleetId>f");
  EXPECT_EQ(provider_->Launch({"t", "spot-a", 1}).error().code, ErrorCode::kUnavailable);
}

TEST_F(Ec2ProviderTest, ListsItsNodesOverPages) {
  Answer(200, R"(<DescribeInstancesResponse><reservationSet><item><instancesSet>
    <item><instanceId>i-1</instanceId><instanceState><code>16</code><name>running</name></instanceState>
      <tagSet><item><key>loadcurve.dev/pool</key><value>spot-a</value></item>
              <item><key>loadcurve.dev/token</key><value>t</value></item></tagSet></item>
    </instancesSet></item></reservationSet><nextToken>more</nextToken></DescribeInstancesResponse>)");
  Answer(200, R"(<DescribeInstancesResponse><reservationSet><item><instancesSet>
    <item><instanceId>i-2</instanceId><instanceState><name>pending</name></instanceState></item>
    </instancesSet></item></reservationSet></DescribeInstancesResponse>)");
  const auto nodes = *provider_->Nodes();
  ASSERT_THAT(nodes, SizeIs(2));
  EXPECT_EQ(nodes[0].id, "i-1");
  EXPECT_EQ(nodes[0].pool, "spot-a");
  EXPECT_EQ(nodes[0].token, "t");
  EXPECT_EQ(nodes[0].state, NodeState::kReady);
  EXPECT_EQ(nodes[1].state, NodeState::kBooting);
  EXPECT_THAT(transport_.last().body, HasSubstr("NextToken=more"));
  EXPECT_THAT(transport_.last().body, HasSubstr("tag%3Aloadcurve.dev%2Fcluster"));
}

TEST_F(Ec2ProviderTest, GivesBackWhatIsLeftWhereSomeAreGone) {
  Answer(400, Refused("InvalidInstanceID.NotFound"));
  Answer(400, Refused("InvalidInstanceID.NotFound"));
  Answer(200, "<TerminateInstancesResponse/>");
  EXPECT_TRUE(provider_->Retire({"i-gone", "i-1"}));
  EXPECT_THAT(transport_.requests(), SizeIs(3));
  EXPECT_THAT(transport_.last().body, HasSubstr("InstanceId.1=i-1"));
  EXPECT_TRUE(provider_->Retire({}));
}

TEST(XmlElement, ReadsWhatIsWholeAndRefusesTheRest) {
  const XmlElement root = *ParseXml("<!-- c --><a x='1'><b/><c>1 &lt; &#50;</c><!-- d --></a>\n");
  EXPECT_EQ(root.name, "a");
  EXPECT_EQ(root.TextOf("c"), "1 < 2");
  EXPECT_EQ(root.TextOf("b"), "");
  for (const char* broken : {"", "x", "<", "<>", "<a>", "<a><b></a>", "<a/><b/>",
                             "<!DOCTYPE a><a/>", "<a>&amp</a", "</a>"})
    EXPECT_FALSE(ParseXml(broken)) << broken;
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "<a>";
  EXPECT_FALSE(ParseXml(deep));
}

}  // namespace
}  // namespace loadcurve::aws
