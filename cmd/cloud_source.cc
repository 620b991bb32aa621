#include "cmd/cloud_source.h"

#include <cstdlib>

#include "adapters/cloud/aws/ec2_file.h"
#include "adapters/cloud/aws/ec2_provider.h"
#include "adapters/cloud/simulated/simulated_provider.h"

namespace loadcurve {
namespace {

// It lists what it sold at once.
constexpr Duration kSimulatedLag = std::chrono::seconds(1);

std::string VariableOf(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// As AWS's own tools read them.
Result<aws::Credentials> CredentialsOfEnvironment() {
  aws::Credentials credentials{VariableOf("AWS_ACCESS_KEY_ID"), VariableOf("AWS_SECRET_ACCESS_KEY"),
                               VariableOf("AWS_SESSION_TOKEN")};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set; expected "
                "credentials that may create fleets");
  return credentials;
}

}  // namespace

void AddCloudOptions(CLI::App& command, CloudFlags& flags) {
  CLI::Option* const simulated =
      command
          .add_option("--simulated", flags.simulated,
                      "Buy of a 'loadcurve simulate-cloud', which says its URL")
          ->option_text("URL");
  command.add_option("--simulated-ca", flags.simulated_authority, "Whom to trust for it, PEM")
      ->needs(simulated)
      ->option_text("FILE");
  command
      .add_flag("--simulated-without-tokens", flags.simulated_without_tokens,
                "Its plan says 'tokens: false'")
      ->needs(simulated);
  command
      .add_option("--ec2", flags.ec2,
                  "Buy of AWS EC2: region, cluster and launch templates (YAML); credentials are "
                  "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN")
      ->excludes(simulated)
      ->option_text("FILE");
}

Result<CloudSource> OpenCloud(const CloudFlags& flags,
                              const std::vector<capacity::CapacityOffer>& pools,
                              const Clock& clock) {
  CloudSource source;
  if (!flags.simulated.empty()) {
    source.transport = std::make_unique<http::CurlTransport>(
        http::CurlOptions{.ca_file = flags.simulated_authority}, clock);
    source.provider = std::make_unique<simulated_cloud::SimulatedProvider>(
        *source.transport, flags.simulated, !flags.simulated_without_tokens);
    source.scheme = "simulated";
    source.patience.listing_lag = kSimulatedLag;
    return source;
  }
  if (flags.ec2.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "nobody sells nodes; expected --ec2 FILE or --simulated URL");
  LC_TRY(aws::Ec2Account account, aws::ReadEc2Account(flags.ec2, pools));
  LC_TRY_VOID(CredentialsOfEnvironment());
  source.transport = std::make_unique<http::CurlTransport>(http::CurlOptions{}, clock);
  source.provider =
      std::make_unique<aws::Ec2Provider>(*source.transport, clock, std::move(account.options),
                                         std::move(account.pools), CredentialsOfEnvironment);
  source.scheme = "aws";
  return source;
}

}  // namespace loadcurve
