#include "cmd/node_provider.h"

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "adapters/cloud/aws/ec2_provider.h"
#include "adapters/cloud/bridgx/bridgx_provider.h"
#include "adapters/cloud/cluster_api/cluster_api_provider.h"
#include "adapters/cloud/simulated/simulated_provider.h"
#include "adapters/files/whole_file.h"
#include "adapters/http/curl_transport.h"
#include "cmd/kube_connection.h"

namespace loadcurve {
namespace {

using capacity::CapacityProfileFields;

std::string Environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Read at each call: whoever renews them may set them anew.
Result<aws::Credentials> AwsCredentials() {
  aws::Credentials credentials{.access_key_id = Environment("AWS_ACCESS_KEY_ID"),
                               .secret_access_key = Environment("AWS_SECRET_ACCESS_KEY"),
                               .session_token = Environment("AWS_SESSION_TOKEN")};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty())
    return Fail(ErrorCode::kPermissionDenied,
                "AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set; expected credentials that "
                "may create and end instances");
  return credentials;
}

// Read at each login.
Result<bridgx::Account> BridgxAccount() {
  bridgx::Account account{.url = Environment("BRIDGX_URL"),
                          .username = Environment("BRIDGX_USERNAME"),
                          .password = Environment("BRIDGX_PASSWORD")};
  if (const std::string file = Environment("BRIDGX_PASSWORD_FILE"); !file.empty()) {
    const auto password = files::ReadWholeFile(file);
    if (!password)
      return Fail(ErrorCode::kPermissionDenied,
                  "BRIDGX_PASSWORD_FILE: " + password.error().message);
    account.password = password->substr(0, password->find_last_not_of("\r\n") + 1);
  }
  if (!account.url.starts_with("https://") && !account.url.starts_with("http://"))
    return Fail(ErrorCode::kPermissionDenied, "BRIDGX_URL is '" + account.url +
                                                  "'; expected the API server of BridgX, as "
                                                  "https://bridgx.internal:9090");
  if (account.username.empty() || account.password.empty())
    return Fail(
        ErrorCode::kPermissionDenied,
        "BRIDGX_USERNAME, or BRIDGX_PASSWORD and BRIDGX_PASSWORD_FILE, are not set; expected "
        "a user of BridgX who may expand and shrink clusters");
  return account;
}

NodeProvider SimulatedCloud(const capacity::SimulatedCloudSpec& spec, const Clock& clock) {
  NodeProvider cloud{.transport = std::make_unique<http::CurlTransport>(
                         http::CurlOptions{.ca_file = spec.ca_file}, clock),
                     .list_every = std::chrono::milliseconds(500)};
  cloud.provider = std::make_unique<simulated_cloud::SimulatedProvider>(*cloud.transport, spec.url,
                                                                        spec.knows_tokens);
  // It lists what it sold at once.
  cloud.orders.patience.listing_lag = std::chrono::seconds(3);
  cloud.orders.calls = {.per_second = 50, .burst = 100};
  return cloud;
}

NodeProvider Ec2(const CapacityProfileFields& fields, const Clock& clock) {
  const capacity::Ec2Spec& spec = *fields.provider->aws;
  NodeProvider cloud{.transport = std::make_unique<http::CurlTransport>(http::CurlOptions{}, clock),
                     .list_every = std::chrono::seconds(5)};
  std::vector<aws::Ec2Pool> pools;
  for (const capacity::CapacityOffer& offer : fields.pools) {
    const auto subnet = spec.subnets.find(offer.zone);
    pools.push_back({.offer = offer,
                     .launch_template_id = spec.launch_template,
                     .launch_template_version = spec.version,
                     .subnet_id = subnet == spec.subnets.end() ? "" : subnet->second});
  }
  cloud.provider = std::make_unique<aws::Ec2Provider>(
      *cloud.transport, clock,
      aws::Ec2Options{.region = spec.region, .cluster = spec.cluster, .endpoint = spec.endpoint},
      std::move(pools), AwsCredentials);
  return cloud;
}

NodeProvider Bridgx(const CapacityProfileFields& fields, const Clock& clock) {
  NodeProvider cloud{.transport = std::make_unique<http::CurlTransport>(
                         http::CurlOptions{.ca_file = Environment("BRIDGX_CA_FILE")}, clock),
                     .list_every = std::chrono::seconds(10)};
  std::vector<bridgx::BridgxPool> pools;
  for (const capacity::CapacityOffer& offer : fields.pools)
    pools.push_back({offer, fields.provider->bridgx->clusters.at(offer.pool)});
  cloud.provider =
      std::make_unique<bridgx::BridgxProvider>(*cloud.transport, BridgxAccount, std::move(pools));
  return cloud;
}

// Reaches the management cluster when it is first asked, and tries anew until it can.
class ClusterApiCloud final : public capacity::CapacityProvider {
 public:
  ClusterApiCloud(const CapacityProfileFields& fields, const Clock& clock)
      : spec_(*fields.provider->cluster_api), pools_(fields.pools), clock_(clock) {}

  [[nodiscard]] Result<std::vector<capacity::CapacityOffer>> Offers() override { return pools_; }
  [[nodiscard]] Result<capacity::OrderOutcome> Launch(
      const capacity::CapacityOrder& order) override {
    LC_TRY_VOID(Reach());
    return reached_->provider.Launch(order);
  }
  [[nodiscard]] Result<void> Retire(const std::vector<std::string>& node_ids) override {
    LC_TRY_VOID(Reach());
    return reached_->provider.Retire(node_ids);
  }
  [[nodiscard]] Result<std::vector<capacity::ProvidedNode>> Nodes() override {
    LC_TRY_VOID(Reach());
    return reached_->provider.Nodes();
  }
  bool KnowsTokens() const override { return true; }

 private:
  struct Reached {
    Reached(const kube::KubeConfig& config, const ClusterApiCloud& cloud)
        : management(config, cloud.clock_),
          provider(management.client, {.namespace_name = cloud.spec_.namespace_name},
                   cloud.pools_) {}

    KubeConnection management;
    cluster_api::ClusterApiProvider provider;
  };

  Result<void> Reach() {
    if (reached_) return {};
    const auto config = ConfigOf({.kubeconfig = spec_.kubeconfig});
    if (!config) return Within("the management cluster", config.error());
    reached_ = std::make_unique<Reached>(*config, *this);
    return {};
  }

  const capacity::ClusterApiSpec spec_;
  const std::vector<capacity::CapacityOffer> pools_;
  const Clock& clock_;
  std::unique_ptr<Reached> reached_;
};

NodeProvider ClusterApi(const CapacityProfileFields& fields, const Clock& clock) {
  NodeProvider cloud{.provider = std::make_unique<ClusterApiCloud>(fields, clock),
                     .list_every = std::chrono::seconds(5)};
  // An API server lists at once what was written.
  cloud.orders.patience.listing_lag = std::chrono::seconds(3);
  cloud.orders.calls = {.per_second = 20, .burst = 50};
  return cloud;
}

}  // namespace

NodeProvider ProviderOf(const capacity::CapacityProfile& profile, const Clock& clock) {
  const CapacityProfileFields& fields = profile.fields();
  if (fields.provider->simulated) return SimulatedCloud(*fields.provider->simulated, clock);
  if (fields.provider->cluster_api) return ClusterApi(fields, clock);
  if (fields.provider->bridgx) return Bridgx(fields, clock);
  return Ec2(fields, clock);
}

}  // namespace loadcurve
