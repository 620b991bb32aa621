#include "adapters/keda/scaler_server.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <optional>

#include "adapters/keda/external_scaler.grpc.pb.h"
#include "tests/support/test_certificates.h"

namespace loadcurve::keda {
namespace {

using grpc::StatusCode;
using testing::HasSubstr;

// The values of namespace shop, as a board would have them.
class Values {
 public:
  void Set(const std::string& metric, Result<double> value) {
    const std::lock_guard lock(mutex_);
    values_.insert_or_assign(metric, std::move(value));
  }
  void Forget(const std::string& metric) {
    const std::lock_guard lock(mutex_);
    values_.erase(metric);
  }
  [[nodiscard]] Result<double> Read(const MetricRequest& request) {
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(request.metric);
    if (request.namespace_name != "shop" || request.profile != "web" || found == values_.end())
      return Fail(ErrorCode::kNotFound,
                  "no profile " + request.namespace_name + "/" + request.profile);
    return found->second;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Result<double>> values_;
};

externalscaler::ScaledObjectRef Ref(std::map<std::string, std::string> metadata = {},
                                    const std::string& name = "web") {
  externalscaler::ScaledObjectRef ref;
  ref.set_name(name);
  ref.set_namespace_("shop");
  ref.mutable_scalermetadata()->insert(metadata.begin(), metadata.end());
  return ref;
}

class Client {
 public:
  Client(std::uint16_t port, const std::string& ca_pem, const http::CertificatePair& own = {})
      : stub_(externalscaler::ExternalScaler::NewStub(grpc::CreateCustomChannel(
            "127.0.0.1:" + std::to_string(port),
            grpc::SslCredentials({ca_pem, own.key_pem, own.certificate_pem}), Alone()))) {}

  grpc::Status IsActive(const externalscaler::ScaledObjectRef& ref, bool& result) {
    grpc::ClientContext context;
    externalscaler::IsActiveResponse response;
    const grpc::Status status = stub_->IsActive(&context, ref, &response);
    result = response.result();
    return status;
  }
  grpc::Status Measure(const externalscaler::ScaledObjectRef& ref, const std::string& metric,
                       externalscaler::GetMetricsResponse& response) {
    grpc::ClientContext context;
    externalscaler::GetMetricsRequest request;
    *request.mutable_scaledobjectref() = ref;
    request.set_metricname(metric);
    return stub_->GetMetrics(&context, request, &response);
  }
  externalscaler::ExternalScaler::Stub& stub() { return *stub_; }

 private:
  // A connection of its own, as another process would have.
  static grpc::ChannelArguments Alone() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return arguments;
  }

  std::unique_ptr<externalscaler::ExternalScaler::Stub> stub_;
};

class ScalerServerTest : public testing::Test {
 protected:
  ScalerServerTest() { values_.Set("loadcurve-replicas", 3.0); }

  void Start(const std::string& client_ca_pem = "") {
    server_ =
        ScalerServer::Start({.metrics = {"loadcurve-replicas", "loadcurve-load"},
                             .certificate = TestServer(authority_),
                             .client_ca_pem = client_ca_pem},
                            [this](const MetricRequest& request) { return values_.Read(request); })
            .value();
  }
  Client Connect() const { return {server_->port(), authority_.certificate_pem}; }

  grpc::Status Activity(const externalscaler::ScaledObjectRef& ref) const {
    bool result = false;
    return Connect().IsActive(ref, result);
  }

  const http::CertificatePair authority_ = TestAuthority("serving");
  Values values_;
  std::unique_ptr<ScalerServer> server_;
};

TEST_F(ScalerServerTest, GivesTheReplicasThatWereDecided) {
  Start();
  externalscaler::GetMetricsResponse response;
  ASSERT_TRUE(Connect().Measure(Ref(), "loadcurve-replicas", response).ok());
  ASSERT_EQ(response.metricvalues_size(), 1);
  EXPECT_EQ(response.metricvalues(0).metricname(), "loadcurve-replicas");
  EXPECT_EQ(response.metricvalues(0).metricvalue(), 3);
  EXPECT_EQ(response.metricvalues(0).metricvaluefloat(), 3.0);
}

TEST_F(ScalerServerTest, GivesOtherMetricsAndWholeNumbersThatAreNeverLess) {
  Start();
  values_.Set("loadcurve-load", 12.25);
  externalscaler::GetMetricsResponse response;
  const auto ref = Ref({{"metric", "loadcurve-load"}, {"target", "4.5"}});
  ASSERT_TRUE(Connect().Measure(ref, "", response).ok());
  EXPECT_EQ(response.metricvalues(0).metricvaluefloat(), 12.25);
  EXPECT_EQ(response.metricvalues(0).metricvalue(), 13);
}

TEST_F(ScalerServerTest, AimsAtOneAReplicaOrAtTheTargetOfTheTrigger) {
  Start();
  Client client = Connect();
  const auto spec_of = [&](const externalscaler::ScaledObjectRef& ref) {
    grpc::ClientContext context;
    externalscaler::GetMetricSpecResponse response;
    EXPECT_TRUE(client.stub().GetMetricSpec(&context, ref, &response).ok());
    EXPECT_EQ(response.metricspecs_size(), 1);
    return response.metricspecs(0);
  };
  // Known or not: what HPA KEDA makes does not depend on who started first.
  const auto replicas = spec_of(Ref({}, "not-there-yet"));
  EXPECT_EQ(replicas.metricname(), "loadcurve-replicas");
  EXPECT_EQ(replicas.targetsizefloat(), 1.0);
  EXPECT_EQ(replicas.targetsize(), 1);
  const auto load = spec_of(Ref({{"metric", "loadcurve-load"}, {"target", "4.5"}}));
  EXPECT_EQ(load.metricname(), "loadcurve-load");
  EXPECT_EQ(load.targetsizefloat(), 4.5);
  EXPECT_EQ(load.targetsize(), 5);
}

TEST_F(ScalerServerTest, IsActiveUntilNoReplicaIsWanted) {
  Start();
  Client client = Connect();
  bool is_active = false;
  ASSERT_TRUE(client.IsActive(Ref(), is_active).ok());
  EXPECT_TRUE(is_active);
  values_.Set("loadcurve-replicas", 0.0);
  ASSERT_TRUE(client.IsActive(Ref(), is_active).ok());
  EXPECT_FALSE(is_active);
}

TEST_F(ScalerServerTest, SaysUnavailableWhereEvidenceIsMissingAndNeverAnOldNumberOrFalse) {
  Start();
  values_.Set("loadcurve-replicas", Fail(ErrorCode::kInsufficientData, "61 s old, 16 s more"));
  Client client = Connect();
  externalscaler::GetMetricsResponse response;
  const auto measured = client.Measure(Ref(), "loadcurve-replicas", response);
  EXPECT_EQ(measured.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(measured.error_message(), "61 s old, 16 s more");
  EXPECT_EQ(response.metricvalues_size(), 0);
  const auto active = Activity(Ref());
  EXPECT_EQ(active.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(active.error_message(), "61 s old, 16 s more");
}

TEST_F(ScalerServerTest, SaysNotFoundOfAnUnknownProfile) {
  Start();
  const auto status = Activity(Ref({}, "other"));
  EXPECT_EQ(status.error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "no profile shop/other");
}

TEST_F(ScalerServerTest, SaysWhatIsWrongWithTheMetadata) {
  Start();
  const std::string wanted =
      "metadata.metric is 'load'; expected one of loadcurve-replicas, loadcurve-load";
  const auto ref = Ref({{"metric", "load"}});
  Client client = Connect();
  const auto active = Activity(ref);
  EXPECT_EQ(active.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(active.error_message(), wanted);
  externalscaler::GetMetricsResponse values;
  EXPECT_EQ(client.Measure(ref, "load", values).error_message(), wanted);
  grpc::ClientContext context;
  externalscaler::GetMetricSpecResponse specs;
  EXPECT_EQ(client.stub().GetMetricSpec(&context, ref, &specs).error_message(), wanted);
  grpc::ClientContext stream_context;
  const auto stream = client.stub().StreamIsActive(&stream_context, ref);
  externalscaler::IsActiveResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_message(), wanted);
  EXPECT_EQ(client.Measure(Ref(), "loadcurve-load", values).error_message(),
            "metricName is 'loadcurve-load'; expected 'loadcurve-replicas', as the trigger's "
            "metadata has it");
}

TEST_F(ScalerServerTest, StreamsTheStateAtOnceAndThenItsChanges) {
  Start();
  Client client = Connect();
  grpc::ClientContext context;
  const auto stream = client.stub().StreamIsActive(&context, Ref());
  externalscaler::IsActiveResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_TRUE(response.result());
  // Neither a count that changes nor evidence that is missing is news.
  values_.Set("loadcurve-replicas", 7.0);
  server_->Refresh();
  values_.Set("loadcurve-replicas", Fail(ErrorCode::kInsufficientData, "too old"));
  server_->Refresh();
  values_.Set("loadcurve-replicas", 0.0);
  server_->Refresh();
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_FALSE(response.result());
  values_.Set("loadcurve-replicas", 1.0);
  server_->Refresh();
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_TRUE(response.result());
  values_.Forget("loadcurve-replicas");
  server_->Refresh();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), StatusCode::NOT_FOUND);
}

TEST_F(ScalerServerTest, StreamsOnlyOnceItCanTell) {
  Start();
  values_.Set("loadcurve-replicas", Fail(ErrorCode::kInsufficientData, "not measured yet"));
  Client client = Connect();
  grpc::ClientContext context;
  const auto stream = client.stub().StreamIsActive(&context, Ref());
  stream->WaitForInitialMetadata();
  values_.Set("loadcurve-replicas", 2.0);
  server_->Refresh();
  externalscaler::IsActiveResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_TRUE(response.result());
}

TEST_F(ScalerServerTest, EndsStreamsAsItStops) {
  Start();
  Client client = Connect();
  grpc::ClientContext context;
  const auto stream = client.stub().StreamIsActive(&context, Ref());
  externalscaler::IsActiveResponse response;
  ASSERT_TRUE(stream->Read(&response));
  server_->Drain();
  EXPECT_FALSE(stream->Read(&response));
  const auto status = stream->Finish();
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("stopping"));
  EXPECT_EQ(Activity(Ref()).error_code(), StatusCode::UNAVAILABLE);
}

TEST_F(ScalerServerTest, LetsClientsGoInMidStream) {
  Start();
  Client client = Connect();
  grpc::ClientContext context;
  const auto stream = client.stub().StreamIsActive(&context, Ref());
  externalscaler::IsActiveResponse response;
  ASSERT_TRUE(stream->Read(&response));
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), StatusCode::CANCELLED);
  values_.Set("loadcurve-replicas", 0.0);
  server_->Refresh();
  EXPECT_TRUE(Activity(Ref()).ok());
}

TEST_F(ScalerServerTest, SpeaksOnlyTls) {
  Start();
  const auto stub = externalscaler::ExternalScaler::NewStub(grpc::CreateChannel(
      "127.0.0.1:" + std::to_string(server_->port()), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  externalscaler::IsActiveResponse response;
  EXPECT_EQ(stub->IsActive(&context, Ref(), &response).error_code(), StatusCode::UNAVAILABLE);
}

TEST_F(ScalerServerTest, IsNotTrustedByClientsOfAnotherAuthority) {
  Start();
  bool result = false;
  Client client(server_->port(), TestAuthority("other").certificate_pem);
  EXPECT_EQ(client.IsActive(Ref(), result).error_code(), StatusCode::UNAVAILABLE);
}

TEST_F(ScalerServerTest, AsksForACertificateWhereAnAuthorityOfClientsIsGiven) {
  const auto clients = TestAuthority("clients");
  Start(clients.certificate_pem);
  bool result = false;
  Client known(server_->port(), authority_.certificate_pem, TestClient(clients, "keda"));
  EXPECT_TRUE(known.IsActive(Ref(), result).ok());
  EXPECT_EQ(Activity(Ref()).error_code(), StatusCode::UNAVAILABLE);
  Client stranger(server_->port(), authority_.certificate_pem,
                  TestClient(TestAuthority("strangers"), "keda"));
  EXPECT_EQ(stranger.IsActive(Ref(), result).error_code(), StatusCode::UNAVAILABLE);
}

TEST_F(ScalerServerTest, GreetsNewConnectionsWithANewCertificate) {
  Start();
  Client early = Connect();
  bool result = false;
  ASSERT_TRUE(early.IsActive(Ref(), result).ok());
  const auto next = TestAuthority("next");
  ASSERT_TRUE(server_->UseCertificate(TestServer(next)).has_value());
  Client late(server_->port(), next.certificate_pem);
  EXPECT_TRUE(late.IsActive(Ref(), result).ok());
  EXPECT_EQ(Activity(Ref()).error_code(), StatusCode::UNAVAILABLE);  // trusts the old one
  EXPECT_TRUE(early.IsActive(Ref(), result).ok());                   // stands
  EXPECT_FALSE(server_->UseCertificate({"no", "pair"}).has_value());
  Client later(server_->port(), next.certificate_pem);
  EXPECT_TRUE(later.IsActive(Ref(), result).ok());
}

TEST_F(ScalerServerTest, SaysWhyItCannotStart) {
  Start();
  const auto none = [](const MetricRequest&) -> Result<double> { return 0.0; };
  const auto taken = ScalerServer::Start({.port = server_->port(),
                                          .metrics = {"loadcurve-replicas"},
                                          .certificate = TestServer(authority_)},
                                         none);
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(taken.error().message,
              HasSubstr("cannot listen on 127.0.0.1:" + std::to_string(server_->port())));
  const auto broken = ScalerServer::Start({.metrics = {"loadcurve-replicas"},
                                           .certificate = TestServer(authority_),
                                           .client_ca_pem = "no certificate"},
                                          none);
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(broken.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(broken.error().message, HasSubstr("authorities of clients"));
}

}  // namespace
}  // namespace loadcurve::keda
