#include "cmd/node_provider.h"

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "adapters/cloud/aws/ec2_provider.h"
#include "adapters/cloud/simulated/simulated_provider.h"
#include "adapters/http/curl_transport.h"

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

NodeProvider SimulatedCloud(const capacity::SimulatedCloudSpec& spec, const Clock& clock) {
  NodeProvider cloud{.transport = std::make_unique<http::CurlTransport>(
                         http::CurlOptions{.ca_file = spec.ca_file}, clock),
                     .list_every = std::chrono::milliseconds(500),
                     .tells_notices = true};
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

}  // namespace

NodeProvider ProviderOf(const capacity::CapacityProfile& profile, const Clock& clock) {
  const CapacityProfileFields& fields = profile.fields();
  if (fields.provider->simulated) return SimulatedCloud(*fields.provider->simulated, clock);
  return Ec2(fields, clock);
}

}  // namespace loadcurve
