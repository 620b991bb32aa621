#pragma once

#include <string>
#include <vector>

#include "adapters/cloud/aws/ec2_provider.h"
#include "base/result.h"

namespace loadcurve::aws {

// What EC2 must be told beside what pools cost.
struct Ec2Account {
  Ec2Options options;
  std::vector<Ec2Pool> pools;
};

// Reads it in YAML; the pools are those of `offers`, each of which must be named once:
//
//   region: eu-central-1
//   cluster: shop
//   endpoint: http://127.0.0.1:5000/     # absent: EC2's own
//   pools:
//     - {name: m5-a, launchTemplate: lt-0abc, version: "3", subnet: subnet-1}
//
// kInvalidArgument tells file, line, field, what was found and what was expected.
[[nodiscard]] Result<Ec2Account> ReadEc2Account(const std::string& path,
                                                const std::vector<capacity::CapacityOffer>& offers);
[[nodiscard]] Result<Ec2Account> ParseEc2Account(
    const std::string& text, const std::string& file_name,
    const std::vector<capacity::CapacityOffer>& offers);

}  // namespace loadcurve::aws
