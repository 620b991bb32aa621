#include "adapters/cloud/aws/ec2_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <utility>

#include "adapters/files/whole_file.h"
#include "adapters/profile_codec/yaml_fields.h"

namespace loadcurve::aws {
namespace {

using capacity::CapacityOffer;
using profile_codec::Fields;
using profile_codec::Reading;

void ReadRequired(Fields& fields, const std::string& name, std::string_view expected,
                  std::string& value) {
  fields.Require(name, expected);
  fields.Text(name, value);
}

void ReadPool(Fields& fields, const std::vector<CapacityOffer>& offers, Ec2Account& account) {
  constexpr std::string_view kName = "the name of a pool of spec.pools that was not named before";
  Ec2Pool pool;
  std::string name;
  ReadRequired(fields, "name", kName, name);
  ReadRequired(fields, "launchTemplate", "its id, as lt-0abc", pool.launch_template_id);
  fields.Text("version", pool.launch_template_version);
  ReadRequired(fields, "subnet", "the id of a subnet in the pool's zone", pool.subnet_id);
  const auto offer = std::ranges::find(offers, name, &CapacityOffer::pool);
  const bool is_new = std::ranges::none_of(
      account.pools, [&](const Ec2Pool& known) { return known.offer.pool == name; });
  if (offer == offers.end() || !is_new) return fields.Refuse("name", kName);
  pool.offer = *offer;
  account.pools.push_back(std::move(pool));
}

void ReadAccount(Fields& fields, const std::vector<CapacityOffer>& offers, Ec2Account& account) {
  ReadRequired(fields, "region", "a region of AWS, as eu-central-1", account.options.region);
  ReadRequired(fields, "cluster", "the name of the cluster, by which its nodes are tagged",
               account.options.cluster);
  fields.Text("endpoint", account.options.endpoint);
  fields.Require("pools", "a list of pools");
  fields.Each("pools", [&](Fields& pool) { ReadPool(pool, offers, account); });
  fields.Finish();
}

}  // namespace

Result<Ec2Account> ParseEc2Account(const std::string& text, const std::string& file_name,
                                   const std::vector<CapacityOffer>& offers) {
  Ec2Account account;
  Reading reading(file_name);
  try {
    Fields fields(YAML::Load(text), "", reading);
    if (fields.is_mapping()) ReadAccount(fields, offers, account);
  } catch (const YAML::Exception& error) {
    reading.RefuseAt(error.mark.line + 1, "this is not YAML: " + error.msg);
  }
  if (!reading.faults().empty()) return Fail(ErrorCode::kInvalidArgument, reading.faults().front());
  for (const CapacityOffer& offer : offers) {
    if (std::ranges::none_of(account.pools,
                             [&](const Ec2Pool& pool) { return pool.offer.pool == offer.pool; }))
      return Fail(ErrorCode::kInvalidArgument,
                  file_name + ": pools do not name '" + offer.pool +
                      "'; expected each pool of spec.pools, with its launch template and subnet");
  }
  return account;
}

Result<Ec2Account> ReadEc2Account(const std::string& path,
                                  const std::vector<CapacityOffer>& offers) {
  LC_TRY(const std::string text, files::ReadWholeFile(path));
  return ParseEc2Account(text, path, offers);
}

}  // namespace loadcurve::aws
