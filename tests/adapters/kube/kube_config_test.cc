#include "adapters/kube/kube_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/kube/base64.h"
#include "adapters/kube/bearer_token.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::kube {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kPem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

// What `kubectl config view --raw` prints, with two contexts.
std::string Example() {
  return "apiVersion: v1\n"                                             // 1
         "kind: Config\n"                                               // 2
         "current-context: east\n"                                      // 3
         "preferences: {}\n"                                            // 4
         "clusters:\n"                                                  // 5
         "- name: west\n"                                               // 6
         "  cluster: {server: 'https://west:6443/', extensions: []}\n"  // 7
         "- name: east\n"                                               // 8
         "  cluster:\n"                                                 // 9
         "    certificate-authority-data: " +
         EncodeBase64(kPem) +
         "\n"                                                          // 10
         "    server: https://east:6443\n"                             // 11
         "contexts:\n"                                                 // 12
         "- name: east\n"                                              // 13
         "  context: {cluster: east, user: admin, namespace: shop}\n"  // 14
         "- name: west\n"                                              // 15
         "  context: {cluster: west, user: robot}\n"                   // 16
         "users:\n"                                                    // 17
         "- name: admin\n"                                             // 18
         "  user:\n"                                                   // 19
         "    client-certificate-data: " +
         EncodeBase64("cert") +
         "\n"  // 20
         "    client-key-data: " +
         EncodeBase64("key") +
         "\n"                       // 21
         "- name: robot\n"          // 22
         "  user: {token: abc}\n";  // 23
}

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string FaultOf(const std::string& text, std::string_view context = "") {
  const auto config = ParseKubeConfig(text, "config", context);
  if (config) return "";
  EXPECT_EQ(config.error().code, ErrorCode::kInvalidArgument);
  return config.error().message;
}

TEST(ParseKubeConfig, TakesTheCurrentContext) {
  const auto config = ParseKubeConfig(Example(), "config");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->server, "https://east:6443");
  EXPECT_EQ(config->certificate_authorities_pem, kPem);
  EXPECT_EQ(config->client_certificate_pem, "cert");
  EXPECT_EQ(config->client_key_pem, "key");
  EXPECT_EQ(config->namespace_name, "shop");
  EXPECT_EQ(config->token, "");
}

TEST(ParseKubeConfig, TakesTheContextThatIsAskedFor) {
  const auto config = ParseKubeConfig(Example(), "config", "west");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->server, "https://west:6443");  // without the '/'
  EXPECT_EQ(config->token, "abc");
  EXPECT_EQ(config->namespace_name, "default");
}

TEST(ParseKubeConfig, NamesFileLineAndField) {
  EXPECT_EQ(FaultOf(Example(), "north"), "config:13: contexts has no 'north'; it has: east, west");
  EXPECT_EQ(FaultOf(Replaced(Example(), "    server: https://east:6443\n", "")),
            "config:10: clusters[1].cluster.server is absent; expected an https:// address");
  EXPECT_EQ(FaultOf(Replaced(Example(), "https://east:6443", "http://east:8080")),
            "config:11: clusters[1].cluster.server is 'http://east:8080'; expected an https:// "
            "address");
  EXPECT_EQ(FaultOf(Replaced(Example(), EncodeBase64("key"), "'*'")),
            "config:21: users[0].user.client-key-data is no base64; expected PEM in base64");
  EXPECT_EQ(FaultOf(Replaced(Example(), "    client-key-data: " + EncodeBase64("key") + "\n", "")),
            "config:20: users[0].user has only one of client-certificate and client-key; expected "
            "both");
  EXPECT_EQ(FaultOf(Replaced(Example(), "cluster: east", "cluster: [east]")),
            "config:14: contexts[0].context.cluster is a list; expected a text");
  EXPECT_EQ(FaultOf(Replaced(Example(), "current-context: east\n", "")),
            "config:1: current-context is absent; expected the name of a context, or --context");
  EXPECT_THAT(FaultOf("a: [1\nb: }"), StartsWith("config:2: this is not YAML: "));
  EXPECT_THAT(FaultOf("- 1"), StartsWith("config:1: the document is a list; expected a mapping"));
}

TEST(ParseKubeConfig, RefusesWhatItCannotDoAsAsked) {
  EXPECT_THAT(FaultOf(Replaced(Example(), "    server: https://east",
                               "    insecure-skip-tls-verify: true\n    server: https://east")),
              StartsWith("config:11: clusters[1].cluster.insecure-skip-tls-verify is not "
                         "supported; expected certificate-authority-data"));
  EXPECT_EQ(FaultOf(Replaced(Example(), "    server: https://east",
                             "    insecure-skip-tls-verify: false\n    server: https://east")),
            "");
  EXPECT_THAT(FaultOf(Replaced(Example(), "{token: abc}", "{exec: {command: aws}}"), "west"),
              AllOf(StartsWith("config:23: users[1].user.exec is not supported"),
                    EndsWith("expected a client certificate, token or tokenFile")));
}

TEST(ReadKubeConfig, FindsFilesBesideItself) {
  const ScratchFolder folder;
  folder.Write("ca.pem", kPem);
  std::string text = Replaced(Example(), "certificate-authority-data: " + EncodeBase64(kPem),
                              "certificate-authority: ca.pem");
  const auto config = ReadKubeConfig(folder.Write("config", text));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->certificate_authorities_pem, kPem);

  text = Replaced(text, ": ca.pem", ": none.pem");
  const auto absent = ReadKubeConfig(folder.Write("config", text));
  ASSERT_FALSE(absent);
  EXPECT_THAT(absent.error().message,
              AllOf(HasSubstr("config:10: clusters[1].cluster.certificate-authority: "),
                    HasSubstr("none.pem")));
  EXPECT_EQ(ReadKubeConfig(folder.Path("nothing")).error().code, ErrorCode::kNotFound);
}

TEST(InClusterConfig, ComesFromTheServiceAccount) {
  const ScratchFolder folder;
  InClusterPlaces places{"fd00::1", "443", folder.Path("")};
  const auto missing = ReadInClusterConfig(places);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("ca.crt"));

  folder.Write("ca.crt", kPem);
  folder.Write("token", "abc\n");
  folder.Write("namespace", "loadcurve\n");
  const auto config = ReadInClusterConfig(places);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->server, "https://[fd00::1]:443");
  EXPECT_EQ(config->namespace_name, "loadcurve");
  EXPECT_EQ(config->certificate_authorities_pem, kPem);
  EXPECT_THAT(config->token_file, EndsWith("/token"));

  places.host = "";
  EXPECT_THAT(ReadInClusterConfig(places).error().message, HasSubstr("KUBERNETES_SERVICE_HOST"));
}

TEST(BearerToken, IsReadAnewEveryMinuteAndWhenTheServerRefusesIt) {
  const ScratchFolder folder;
  const SimulatedClock clock;
  KubeConfig config;
  config.token_file = folder.Write("token", "first\n");
  BearerToken token(config, clock);
  EXPECT_EQ(token.Read(), "first");
  folder.Write("token", "second\n");
  EXPECT_EQ(token.Read(), "first");
  clock.Advance(std::chrono::minutes(1));
  EXPECT_EQ(token.Read(), "second");
  folder.Write("token", "third\n");
  EXPECT_TRUE(token.Renew());
  EXPECT_EQ(token.Read(), "third");
}

TEST(BearerToken, KeepsTheLastOneWhileTheFileIsGone) {
  const ScratchFolder folder;
  const SimulatedClock clock;
  KubeConfig config;
  config.token_file = folder.Path("token");
  BearerToken token(config, clock);
  EXPECT_EQ(token.Read().error().code, ErrorCode::kNotFound);
  folder.Write("token", "first");
  EXPECT_EQ(token.Read(), "first");
  std::filesystem::remove(config.token_file);
  clock.Advance(std::chrono::minutes(2));
  EXPECT_EQ(token.Read(), "first");
}

TEST(BearerToken, IsFixedWhereItIsGiven) {
  const SimulatedClock clock;
  KubeConfig config;
  config.token = "abc";
  BearerToken token(config, clock);
  EXPECT_EQ(token.Read(), "abc");
  EXPECT_FALSE(token.Renew());
}

}  // namespace
}  // namespace loadcurve::kube
