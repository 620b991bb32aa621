#include "adapters/external_metrics/authorizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/adapters/external_metrics/review_peer.h"
#include "tests/support/simulated_clock.h"
#include "tests/support/test_certificates.h"

namespace loadcurve::external_metrics {
namespace {

using nlohmann::json;
using std::chrono::seconds;

const Caller kHpa{.name = "system:serviceaccount:kube-system:horizontal-pod-autoscaler",
                  .uid = "42",
                  .groups = {"system:serviceaccounts", "system:authenticated"},
                  .extra = {{"scopes", {"a", "b"}}}};

AccessQuestion Metric(const std::string& namespace_name, const std::string& metric,
                      std::string_view selector = "") {
  return {.verb = "list",
          .namespace_name = namespace_name,
          .metric = metric,
          .selector = LabelSelector::Parse(selector).value()};
}

class AuthorizerTest : public ::testing::Test {
 protected:
  bool MayAfterAsking(const Caller& caller, const AccessQuestion& question) {
    return authorizer_.Decide(caller, question).value().is_allowed;
  }
  std::size_t asked() const { return peer_.requests().size(); }

  SimulatedClock clock_{kTestEpoch};
  ReviewPeer peer_;
  ReviewClient reviews_{peer_, "https://api", clock_};
  Authorizer authorizer_{&reviews_, clock_};
};

TEST_F(AuthorizerTest, AllowsMastersAndHealthWithoutAsking) {
  const Caller master{.name = "system:kube-aggregator", .groups = {"system:masters"}};
  EXPECT_EQ(authorizer_.DecideAtOnce(master, Metric("a", "b")), Access{.is_allowed = true});
  const Caller anonymous{.name = "system:anonymous", .groups = {"system:unauthenticated"}};
  for (const char* path : {"/healthz", "/livez", "/readyz"})
    EXPECT_EQ(authorizer_.DecideAtOnce(anonymous, {.path = path}), Access{.is_allowed = true});
  EXPECT_EQ(asked(), 0U);
  EXPECT_EQ(authorizer_.DecideAtOnce(anonymous, {.path = "/metrics"}), std::nullopt);
  EXPECT_EQ(authorizer_.DecideAtOnce(anonymous, {.path = "/readyz/ping"}), std::nullopt);
}

TEST_F(AuthorizerTest, AsksForAMetricAsForAListOfThatResource) {
  peer_.allows = [](const json&) { return true; };
  EXPECT_TRUE(MayAfterAsking(kHpa, Metric("shop", "load", "scalingprofile=web")));
  EXPECT_EQ(peer_.requests().at(0).url,
            "https://api/apis/authorization.k8s.io/v1/subjectaccessreviews");
  EXPECT_EQ(peer_.spec(), json::parse(R"({
    "user": "system:serviceaccount:kube-system:horizontal-pod-autoscaler", "uid": "42",
    "groups": ["system:serviceaccounts", "system:authenticated"],
    "extra": {"scopes": ["a", "b"]},
    "resourceAttributes": {"group": "external.metrics.k8s.io", "version": "v1beta1",
                           "verb": "list", "namespace": "shop", "resource": "load"}})"));
}

TEST_F(AuthorizerTest, AsksForOtherPathsAsThey) {
  peer_.allows = [](const json&) { return true; };
  EXPECT_TRUE(MayAfterAsking({.name = "bob"}, {.path = "/version"}));
  EXPECT_EQ(peer_.spec(), json::parse(R"({"user": "bob", "groups": [],
    "nonResourceAttributes": {"path": "/version", "verb": "get"}})"));
}

TEST_F(AuthorizerTest, AsksAgainWithTheSelectorOnlyAfterARefusal) {
  peer_.allows = [](const json& spec) {
    return spec["resourceAttributes"].contains("labelSelector");
  };
  const AccessQuestion question = Metric("shop", "load", "a=1,b in (x,y),!c,d,e!=2,f>3");
  EXPECT_TRUE(MayAfterAsking(kHpa, question));
  EXPECT_EQ(asked(), 2U);
  EXPECT_EQ(peer_.spec()["resourceAttributes"]["labelSelector"], json::parse(R"({"requirements": [
    {"key": "a", "operator": "In", "values": ["1"]},
    {"key": "b", "operator": "In", "values": ["x", "y"]},
    {"key": "c", "operator": "DoesNotExist"},
    {"key": "d", "operator": "Exists"},
    {"key": "e", "operator": "NotIn", "values": ["2"]}]})"));
  EXPECT_EQ(authorizer_.DecideAtOnce(kHpa, question), Access{.is_allowed = true});
  EXPECT_FALSE(MayAfterAsking(kHpa, Metric("shop", "load"))) << "a part is not the whole";
}

TEST_F(AuthorizerTest, AsksOnceForAllProfilesOfANamespace) {
  peer_.allows = [](const json&) { return true; };
  for (int i = 0; i < 100; ++i)
    EXPECT_TRUE(
        MayAfterAsking(kHpa, Metric("shop", "load", "scalingprofile=p" + std::to_string(i))));
  EXPECT_EQ(asked(), 1U);
}

TEST_F(AuthorizerTest, KnowsAnHpaThatComesEachFifteenSeconds) {
  peer_.allows = [](const json&) { return true; };
  for (int i = 0; i < 40; ++i) {  // ten minutes
    EXPECT_TRUE(MayAfterAsking(kHpa, Metric("shop", "load")));
    clock_.Advance(seconds(15));
  }
  EXPECT_EQ(asked(), 10U);
}

TEST_F(AuthorizerTest, ForgetsARefusalSoon) {
  EXPECT_FALSE(MayAfterAsking(kHpa, Metric("shop", "load")));
  peer_.allows = [](const json&) { return true; };
  EXPECT_FALSE(MayAfterAsking(kHpa, Metric("shop", "load")));
  clock_.Advance(seconds(5));
  EXPECT_TRUE(MayAfterAsking(kHpa, Metric("shop", "load")));
  EXPECT_EQ(asked(), 2U);
}

TEST_F(AuthorizerTest, ForgetsARightAfterAMinute) {
  peer_.allows = [](const json&) { return true; };
  EXPECT_TRUE(MayAfterAsking(kHpa, Metric("shop", "load")));
  peer_.allows = [](const json&) { return false; };
  clock_.Advance(seconds(59));
  EXPECT_TRUE(MayAfterAsking(kHpa, Metric("shop", "load")));
  clock_.Advance(seconds(1));
  EXPECT_FALSE(MayAfterAsking(kHpa, Metric("shop", "load")));
}

TEST_F(AuthorizerTest, MixesUpNoTwoCallersOrQuestions) {
  std::vector<std::pair<Caller, AccessQuestion>> all;
  Caller other = kHpa;
  all.emplace_back(kHpa, Metric("shop", "load"));
  all.emplace_back(kHpa, Metric("shop", "loads"));
  all.emplace_back(kHpa, Metric("shopl", "oad"));
  all.emplace_back(kHpa, AccessQuestion{.path = "/shop"});
  all.emplace_back(kHpa, AccessQuestion{.verb = "list", .path = "/shop"});
  other.name += "x";
  all.emplace_back(other, Metric("shop", "load"));
  other = kHpa;
  other.uid = "";
  all.emplace_back(other, Metric("shop", "load"));
  other = kHpa;
  other.groups = {"system:serviceaccountssystem:authenticated"};
  all.emplace_back(other, Metric("shop", "load"));
  other = kHpa;
  other.extra = {{"scopes", {"ab"}}};
  all.emplace_back(other, Metric("shop", "load"));
  other.extra = {{"scopes", {"a"}}, {"b", {}}};
  all.emplace_back(other, Metric("shop", "load"));
  for (const auto& [caller, question] : all) EXPECT_FALSE(MayAfterAsking(caller, question));
  EXPECT_EQ(asked(), all.size());
}

TEST_F(AuthorizerTest, GivesNoAccessWhenNobodyCanTell) {
  peer_.allows = [](const json&) { return true; };
  const std::vector<Result<http::HttpResponse>> bad_answers = {
      http::HttpResponse{.status = 403}, http::HttpResponse{.status = 201, .body = "hello"},
      http::HttpResponse{.status = 201, .body = "{}"},
      http::HttpResponse{.status = 201, .body = R"({"status":7})"}};
  for (const auto& answer : bad_answers) {
    peer_.FailNext({answer});
    EXPECT_FALSE(authorizer_.Decide(kHpa, Metric("shop", "load")));
  }
  for (const char* body : {R"({"status":{"allowed":"true"}})", R"({"status":{"allowed":1}})",
                           R"({"status":{"allowed":true,"denied":true}})", R"({"status":{}})"}) {
    peer_.FailNext({http::HttpResponse{.status = 201, .body = body}});
    EXPECT_FALSE(authorizer_.Decide(kHpa, Metric("shop", body)).value().is_allowed) << body;
  }
}

TEST_F(AuthorizerTest, AsksOnceForAllWhoAskTogether) {
  peer_.allows = [](const json&) { return true; };
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] { EXPECT_TRUE(MayAfterAsking(kHpa, Metric("shop", "load"))); });
  threads.clear();
  EXPECT_EQ(asked(), 1U);
}

TEST_F(AuthorizerTest, WithoutAClusterObeysMastersOnly) {
  Authorizer alone(nullptr, clock_);
  EXPECT_FALSE(alone.Decide(kHpa, Metric("shop", "load")).value().is_allowed);
  EXPECT_TRUE(alone.Decide({.name = "me", .groups = {"system:masters"}}, Metric("shop", "load"))
                  .value()
                  .is_allowed);
}

}  // namespace
}  // namespace loadcurve::external_metrics
