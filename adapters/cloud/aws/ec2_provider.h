#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "adapters/cloud/aws/request_signature.h"
#include "adapters/cloud/aws/xml_element.h"
#include "adapters/http/http_transport.h"
#include "base/clock.h"
#include "base/result.h"
#include "scaler/capacity/capacity_provider.h"

namespace loadcurve::aws {

// How nodes of a pool are made: the template says image, keys, security groups and user data.
struct Ec2Pool {
  capacity::CapacityOffer offer;  // its pool, instance type and class are those that are ordered
  std::string launch_template_id;
  std::string launch_template_version = "$Default";
  std::string subnet_id;  // of the offer's zone
};

struct Ec2Options {
  std::string region;      // "eu-central-1"
  std::string cluster;     // the tag loadcurve.dev/cluster of all nodes that are ours
  std::string endpoint{};  // "" = https://ec2.REGION.amazonaws.com/
};

// Sells nodes of AWS EC2, by fleets of type instant, which answer at once with what came and what
// did not. The order's token is the fleet's ClientToken: EC2 answers a second one with the same
// fleet. Nodes carry the tags loadcurve.dev/cluster, pool and token.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFleet.html
//
// It may do what ec2:CreateFleet, ec2:RunInstances, ec2:CreateTags, ec2:DescribeInstances and
// ec2:TerminateInstances allow, and needs no more.
class Ec2Provider final : public capacity::CapacityProvider {
 public:
  // Asked before each call, since temporary credentials change.
  using CredentialSource = std::function<Result<Credentials>()>;

  // `transport` and `clock` outlive it.
  Ec2Provider(http::HttpTransport& transport, const Clock& clock, Ec2Options options,
              std::vector<Ec2Pool> pools, CredentialSource credentials);

  // Of the pools as they were given.
  [[nodiscard]] Result<std::vector<capacity::CapacityOffer>> Offers() override;
  [[nodiscard]] Result<capacity::OrderOutcome> Launch(
      const capacity::CapacityOrder& order) override;
  [[nodiscard]] Result<void> Retire(const std::vector<std::string>& node_ids) override;
  // Those that are pending or running.
  [[nodiscard]] Result<std::vector<capacity::ProvidedNode>> Nodes() override;
  bool KnowsTokens() const override { return true; }

 private:
  using Parameters = std::vector<std::pair<std::string, std::string>>;

  [[nodiscard]] Result<http::HttpResponse> Post(const std::string& action,
                                                const Parameters& parameters);
  // The answer of an action that went well.
  [[nodiscard]] Result<XmlElement> Ask(const std::string& action, const Parameters& parameters);
  Parameters FleetOf(const capacity::CapacityOrder& order, const Ec2Pool& pool) const;

  http::HttpTransport& transport_;
  const Clock& clock_;
  Ec2Options options_;
  std::map<std::string, Ec2Pool> pools_;
  CredentialSource credentials_;
};

}  // namespace loadcurve::aws
