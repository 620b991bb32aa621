#include "adapters/profile_codec/capacity_codec.h"

#include <array>
#include <set>
#include <utility>

#include "adapters/files/whole_file.h"
#include "adapters/profile_codec/document_text.h"
#include "adapters/profile_codec/plan_terms_text.h"
#include "adapters/profile_codec/pool_text.h"
#include "base/check.h"

namespace loadcurve::profile_codec {
namespace {

using capacity::ActingMode;
using capacity::AheadMethod;
using capacity::CapacityProfile;
using capacity::CapacityProfileFields;

template <class Choice, std::size_t kCount>
void ReadChoice(Fields& fields, const std::string& name, Choice& choice,
                const std::array<Choice, kCount>& all) {
  std::string text(Name(choice));
  fields.Text(name, text);
  std::string expected;
  for (const Choice known : all) {
    if (Name(known) == text) {
      choice = known;
      return;
    }
    expected += (expected.empty()      ? ""
                 : known == all.back() ? " or "
                                       : ", ") +
                std::string(Name(known));
  }
  fields.Refuse(name, expected);
}

void ReadAhead(Fields& fields, capacity::NodesAheadSpec& ahead) {
  ReadChoice(
      fields, "by", ahead.method,
      std::array{AheadMethod::kAuto, AheadMethod::kCapacityBuffer, AheadMethod::kPlaceholderPods});
  Duration boot{0};
  fields.Span("boot", boot);
  if (fields.Has("boot")) ahead.boot = boot;
  fields.Span("keep", ahead.keep);
  fields.Text("placeholderImage", ahead.placeholder_image);
}

void ReadLimits(Fields& fields, capacity::HeadroomLimits& limits) {
  std::int64_t replicas = 0;
  fields.Whole("replicas", replicas, "a whole number >= 0");
  if (fields.Has("replicas")) limits.replicas = Replicas(replicas);
  std::optional<double> cost;
  fields.Number("costPerHour", cost);
  if (cost) limits.cost = UsdPerHour(*cost);
}

void ReadSimulated(Fields& fields, capacity::SimulatedCloudSpec& cloud) {
  fields.Require("url", "where it listens, as https://127.0.0.1:8443");
  fields.Text("url", cloud.url);
  fields.Text("caFile", cloud.ca_file);
  fields.Flag("tokens", cloud.knows_tokens);
}

void ReadAws(Fields& fields, capacity::Ec2Spec& aws) {
  fields.Require("region", "a region, as eu-central-1");
  fields.Text("region", aws.region);
  fields.Require("cluster", "a name by which this cluster's nodes are known");
  fields.Text("cluster", aws.cluster);
  fields.Require("launchTemplate", "as lt-0123");
  fields.Text("launchTemplate", aws.launch_template);
  fields.Text("version", aws.version);
  fields.Require("subnets", "a subnet for each zone");
  ReadTexts(fields, "subnets", aws.subnets);
  fields.Text("endpoint", aws.endpoint);
}

void ReadClusterApi(Fields& fields, capacity::ClusterApiSpec& cluster_api) {
  fields.Text("namespace", cluster_api.namespace_name);
  fields.Text("kubeconfig", cluster_api.kubeconfig);
}

void ReadBridgx(Fields& fields, capacity::BridgxSpec& bridgx) {
  fields.Require("clusters", "a cluster of BridgX for each pool");
  ReadTexts(fields, "clusters", bridgx.clusters);
}

void ReadProvider(Fields& fields, capacity::NodeProviderSpec& provider) {
  fields.Object("simulated",
                [&](Fields& from) { ReadSimulated(from, provider.simulated.emplace()); });
  fields.Object("aws", [&](Fields& from) { ReadAws(from, provider.aws.emplace()); });
  fields.Object("clusterApi",
                [&](Fields& from) { ReadClusterApi(from, provider.cluster_api.emplace()); });
  fields.Object("bridgx", [&](Fields& from) { ReadBridgx(from, provider.bridgx.emplace()); });
}

void ReadSpec(Fields& spec, CapacityProfileFields& profile) {
  ReadChoice(spec, "mode", profile.mode,
             std::array{ActingMode::kObserve, ActingMode::kRecommend, ActingMode::kAct});
  spec.Object("selector", [&](Fields& from) {
    from.Texts("namespaces", profile.selector.namespaces);
    ReadTexts(from, "matchLabels", profile.selector.labels);
  });
  spec.Object("nodesAhead", [&](Fields& from) { ReadAhead(from, profile.nodes_ahead); });
  spec.Each("pools", [&](Fields& from) { ReadPool(from, profile.pools.emplace_back()); });
  spec.Object("limits", [&](Fields& from) { ReadLimits(from, profile.limits); });
  spec.Object("provider", [&](Fields& from) { ReadProvider(from, profile.provider.emplace()); });
  spec.Object("givingBack", [&](Fields& from) {
    from.Span("after", profile.giving_back.after);
    from.Span("watch", profile.giving_back.watch);
  });
  spec.Object("plan", [&](Fields& from) {
    ReadPlanObjective(from, profile.plan);
    from.Object("most", [&](Fields& most) { ReadPlanShares(most, profile.plan); });
  });
}

std::vector<CapacityProfile> ReadDocuments(const std::vector<YAML::Node>& documents,
                                           Reading& reading) {
  std::vector<CapacityProfile> profiles;
  std::set<std::string> names;
  bool is_empty = true;
  for (const YAML::Node& document : documents) {
    if (document.IsNull()) continue;
    is_empty = false;
    auto profile = ReadCapacityDocument(document, reading);
    if (!profile) continue;
    const std::string& name = profile->fields().name;
    if (!names.insert(name).second) {
      const std::string message =
          "metadata.name is '" + name + "', as in a document before; expected another";
      reading.RefuseAt(reading.LineOf(message), message);
    }
    profiles.push_back(*std::move(profile));
  }
  if (is_empty) reading.RefuseAt(1, "there is no CapacityProfile; expected one document at least");
  return profiles;
}

}  // namespace

std::optional<CapacityProfile> ReadCapacityDocument(const YAML::Node& node, Reading& reading) {
  reading.ForgetLines();
  const std::size_t faults_before = reading.fault_count();
  Fields document(node, "", reading);
  if (!document.is_mapping()) return std::nullopt;
  ReadHeader(document, kCapacityKind);
  ProfileName metadata;
  document.Require("metadata", "a mapping with a name");
  document.Object("metadata", [&](Fields& from) { ReadMetadata(from, metadata, false); });
  CapacityProfileFields profile;
  document.Require("spec", "a mapping; {} is all defaults");
  document.Object("spec", [&](Fields& from) { ReadSpec(from, profile); });
  document.Finish();
  if (reading.fault_count() > faults_before) return std::nullopt;

  profile.name = std::move(metadata.name);
  for (const std::string& fault : CapacityProfile::FaultsOf(profile))
    reading.RefuseAt(reading.LineOf(fault), fault);
  if (reading.fault_count() > faults_before) return std::nullopt;
  auto made = CapacityProfile::Make(std::move(profile));
  Check(made.has_value(), "fields without a fault make a profile");
  return *std::move(made);
}

Result<std::vector<CapacityProfile>> ParseCapacityProfiles(std::string_view text,
                                                           const std::string& file_name) {
  Reading reading(file_name);
  std::vector<CapacityProfile> profiles;
  try {
    profiles = ReadDocuments(YAML::LoadAll(std::string(text)), reading);
  } catch (const YAML::Exception& error) {
    reading.RefuseAt(error.mark.line + 1, "this is not YAML: " + error.msg);
  }
  if (!reading.faults().empty()) return Fail(ErrorCode::kInvalidArgument, reading.faults().front());
  return profiles;
}

Result<std::vector<CapacityProfile>> ReadCapacityProfiles(const std::string& path) {
  LC_TRY(const std::string text, files::ReadWholeFile(path));
  return ParseCapacityProfiles(text, path);
}

}  // namespace loadcurve::profile_codec
