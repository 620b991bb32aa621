#include "adapters/kube/key_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::kube {
namespace {

using Script = ScriptedHttpTransport;

// What the first start asks of a cluster whose APIService points at that Service.
class KeyStoreTest : public testing::Test {
 protected:
  std::vector<std::string> MethodsOfASync(const std::string& service,
                                          const std::string& namespace_name) {
    transport_.On("GET", "/secrets/keys", Script::Status(404, R"({"kind":"Status","code":404})"));
    const nlohmann::json api_service = {
        {"spec",
         {{"service", {{"name", service}, {"namespace", namespace_name}}}, {"caBundle", "b2xk"}}}};
    transport_.On("GET", "/apiservices/", Script::Ok(api_service.dump()));
    transport_.On("POST", "/secrets", Script::Status(201, "{}"));
    transport_.On("PATCH", "/apiservices/", Script::Ok("{}"));
    KeyStore store(client_, "loadcurve", "keys", "v1beta1.external.metrics.k8s.io",
                   http::PolicyFor("loadcurve", "loadcurve"));
    const auto keys = store.Sync(clock_.Now());
    EXPECT_TRUE(keys) << keys.error().message;
    std::vector<std::string> methods;
    for (const auto& request : transport_.requests()) methods.push_back(request.method);
    return methods;
  }

  SimulatedClock clock_;
  Script transport_;
  KubeConfig config_{.server = "https://api:6443"};
  KubeClient client_{transport_, config_, clock_};
};

TEST_F(KeyStoreTest, PutsItsAuthorityIntoTheApiServiceThatPointsAtIt) {
  EXPECT_THAT(MethodsOfASync("loadcurve", "loadcurve"),
              testing::ElementsAre("GET", "GET", "POST", "PATCH"));
}

TEST_F(KeyStoreTest, LeavesTheApiServiceOfSomeoneElseAlone) {
  EXPECT_THAT(MethodsOfASync("keda-metrics-apiserver", "keda"),
              testing::ElementsAre("GET", "GET", "POST"));
}

}  // namespace
}  // namespace loadcurve::kube
