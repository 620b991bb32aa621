#include "adapters/kube/kube_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/scratch_folder.h"
#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using Script = ScriptedHttpTransport;

const ResourcePath kProfile{kScalingProfiles, "shop", "web", ""};

json StatusBody(int code, const std::string& reason, const std::string& message) {
  return {{"kind", "Status"},
          {"status", "Failure"},
          {"reason", reason},
          {"message", message},
          {"code", code}};
}

class KubeClientTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_THAT(transport_.unexpected(), IsEmpty()); }

  ErrorCode CodeFor(int status) {
    transport_.On("GET", "/web", Script::Status(status, StatusBody(status, "R", "m").dump()));
    return client_.Get(kProfile).error().code;
  }

  ScratchFolder folder_;
  SimulatedClock clock_;
  Script transport_;
  KubeConfig config_{.server = "https://api:6443/prefix", .token_file = folder_.Write("t", "one")};
  KubeClient client_{transport_, config_, clock_};
};

TEST_F(KubeClientTest, GetsWithItsTokenAndReadsJson) {
  transport_.On("GET", "/web", Script::Ok(R"({"metadata":{"name":"web"}})"));
  const auto object = client_.Get(kProfile);
  ASSERT_TRUE(object) << object.error().message;
  EXPECT_EQ((*object)["metadata"]["name"], "web");
  const auto request = transport_.last();
  EXPECT_EQ(request.url,
            "https://api:6443/prefix/apis/loadcurve.dev/v1alpha1/namespaces/shop/"
            "scalingprofiles/web");
  EXPECT_EQ(http::HeaderOf(request.headers, "authorization"), "Bearer one");
  EXPECT_EQ(http::HeaderOf(request.headers, "accept"), "application/json");
}

TEST_F(KubeClientTest, MapsStatusToWhatTheCallerDoesNext) {
  EXPECT_EQ(CodeFor(404), ErrorCode::kNotFound);
  EXPECT_EQ(CodeFor(409), ErrorCode::kConflict);
  EXPECT_EQ(CodeFor(410), ErrorCode::kConflict);
  EXPECT_EQ(CodeFor(403), ErrorCode::kPermissionDenied);
  EXPECT_EQ(CodeFor(422), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeFor(429), ErrorCode::kUnavailable);
  EXPECT_EQ(CodeFor(500), ErrorCode::kUnavailable);
  EXPECT_EQ(CodeFor(503), ErrorCode::kUnavailable);
  EXPECT_EQ(CodeFor(504), ErrorCode::kDeadlineExceeded);
}

TEST_F(KubeClientTest, SaysWhichRightIsMissing) {
  transport_.On("PATCH", "/status",
                Script::Status(403, StatusBody(403, "Forbidden",
                                               "scalingprofiles.loadcurve.dev \"web\" is "
                                               "forbidden: User \"x\" cannot patch resource")
                                        .dump()));
  ResourcePath path = kProfile;
  path.subresource = "status";
  const auto written = client_.Apply(path, json::object());
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message,
              AllOf(StartsWith("patch scalingprofiles.loadcurve.dev/status shop/web: 403 "
                               "Forbidden: "),
                    EndsWith("a Role must allow verb 'patch' on resource "
                             "'scalingprofiles/status' of API group 'loadcurve.dev' in namespace "
                             "'shop'")));
}

TEST_F(KubeClientTest, DoesNotSendPeopleToRolesWhenAQuotaRefuses) {
  transport_.On("POST", "/scalingprofiles",
                Script::Status(403, StatusBody(403, "Forbidden", "exceeded quota: q").dump()));
  const auto created = client_.Create({kScalingProfiles, "shop", "", ""}, json::object()).error();
  EXPECT_THAT(created.message, Not(HasSubstr("Role")));
}

TEST_F(KubeClientTest, TellsWhatATextAnswerSaid) {
  transport_.On("GET", "/web", Script::Status(503, "service unavailable\n"));
  EXPECT_THAT(client_.Get(kProfile).error().message, HasSubstr("503: service unavailable"));
  transport_.On("GET", "/web", Script::Ok("<html>"));
  EXPECT_THAT(client_.Get(kProfile).error().message, HasSubstr("the answer is no JSON"));
}

TEST_F(KubeClientTest, PassesOnWhyNoAnswerCame) {
  transport_.On("GET", "/web", Script::TimedOut());
  EXPECT_EQ(client_.Get(kProfile).error().code, ErrorCode::kDeadlineExceeded);
  transport_.On("GET", "/web", Script::CutOff(R"({"metada)"));
  EXPECT_EQ(client_.Get(kProfile).error(),
            (Error{ErrorCode::kUnavailable,
                   "get scalingprofiles.loadcurve.dev shop/web: the connection was cut off"}));
}

TEST_F(KubeClientTest, ReadsTheTokenAnewOnceWhenTheServerRefusesIt) {
  transport_.On("GET", "/web", Script::Status(401));
  transport_.On("GET", "/web", Script::Ok("{}"));
  EXPECT_TRUE(transport_.requests().empty());
  folder_.Write("t", "two");
  EXPECT_TRUE(client_.Get(kProfile));
  EXPECT_EQ(http::HeaderOf(transport_.last().headers, "authorization"), "Bearer two");

  transport_.On("GET", "/web", Script::Status(401));
  transport_.On("GET", "/web", Script::Status(401));
  EXPECT_EQ(client_.Get(kProfile).error().code, ErrorCode::kPermissionDenied);
}

TEST_F(KubeClientTest, ListsPageByPage) {
  transport_.On("GET", "limit=500",
                Script::Ok(R"({"metadata":{"resourceVersion":"7","continue":"a+b"},"items":[1]})"));
  transport_.On("GET", "continue=a%2Bb",
                Script::Ok(R"({"metadata":{"resourceVersion":"7"},"items":[2,3]})"));
  const auto list = client_.List({.type = kPods, .label_selector = "app in (a,b)"});
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->resource_version, "7");
  EXPECT_EQ(list->items.size(), 3U);
  EXPECT_THAT(transport_.last().url, HasSubstr("/api/v1/pods?limit=500&labelSelector=app%20in%20"
                                               "%28a%2Cb%29"));
}

TEST_F(KubeClientTest, BeginsTheListAnewWhenItsPagesAreForgotten) {
  const std::string first = R"({"metadata":{"resourceVersion":"7","continue":"x"},"items":[1]})";
  transport_.On("GET", "limit=500", Script::Ok(first));
  transport_.On("GET", "continue=x", Script::Status(410, StatusBody(410, "Expired", "").dump()));
  transport_.On("GET", "limit=500",
                Script::Ok(R"({"metadata":{"resourceVersion":"9"},"items":[4]})"));
  const auto list = client_.List({.type = kPods});
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->items, std::vector<json>{4});
  EXPECT_EQ(list->resource_version, "9");
}

TEST_F(KubeClientTest, GivesUpAListThatIsForgottenAgainAndAgain) {
  int asked = 0;
  transport_.Play([&](const http::HttpRequest& request) -> std::optional<Script::Answer> {
    ++asked;
    if (request.url.find("continue=") != std::string::npos) return Script::Status(410);
    return Script::Ok(R"({"metadata":{"resourceVersion":"7","continue":"x"},"items":[1]})");
  });
  EXPECT_EQ(client_.List({.type = kPods}).error().code, ErrorCode::kConflict);
  EXPECT_EQ(asked, 8);
}

TEST_F(KubeClientTest, AsksForMetadataAloneWhereThatSuffices) {
  transport_.On("GET", "", Script::Ok(R"({"metadata":{"resourceVersion":"7"},"items":[]})"));
  EXPECT_TRUE(client_.List({.type = kPods, .is_metadata_only = true}));
  EXPECT_THAT(std::string(http::HeaderOf(transport_.last().headers, "accept")),
              StartsWith("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"));
}

TEST_F(KubeClientTest, SaysHowItWrites) {
  transport_.On("PATCH", "?fieldManager=loadcurve&force=true", Script::Ok("{}"));
  EXPECT_TRUE(client_.Apply(kProfile, {{"a", 1}}));
  EXPECT_EQ(http::HeaderOf(transport_.last().headers, "content-type"),
            "application/apply-patch+yaml");
  EXPECT_EQ(transport_.last().body, R"({"a":1})");

  transport_.On("PATCH", "?fieldManager=loadcurve", Script::Ok("{}"));
  EXPECT_TRUE(client_.MergePatch(kProfile, {{"a", nullptr}}));
  EXPECT_EQ(http::HeaderOf(transport_.last().headers, "content-type"),
            "application/merge-patch+json");

  transport_.On("PUT", "/web?", Script::Ok("{}"));
  EXPECT_TRUE(client_.Replace(kProfile, json::object()));
  transport_.On("DELETE", "/web", Script::Ok("{}"));
  EXPECT_TRUE(client_.Delete(kProfile));
}

}  // namespace
}  // namespace loadcurve::kube
