#include "adapters/pool_codec/pools_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/files/whole_file.h"
#include "adapters/pool_codec/pool_text.h"
#include "adapters/profile_codec/plan_terms_text.h"
#include "adapters/profile_codec/pool_text.h"
#include "adapters/profile_codec/yaml_fields.h"

namespace loadcurve::pool_codec {
namespace {

using capacity::CapacityClass;
using capacity::CpuQuota;
using capacity::NodeResources;
using capacity::PlanTerms;
using capacity::PodGroup;
using capacity::PodGroupFields;
using profile_codec::Fields;
using profile_codec::Reading;

std::string SelectorText(const PodAffinityTerm& term) {
  std::string text;
  for (const LabelRequirement& each : term.selector)
    text += (text.empty() ? "" : ", ") + ToString(each);
  return text.empty() ? "any labels" : text;
}

void ReadQuota(Fields& fields, PlanTerms& terms) {
  CpuQuota quota;
  fields.Require("region", "a region");
  fields.Text("region", quota.region);
  std::string name;
  fields.Require("class", "on-demand or spot");
  fields.Text("class", name);
  if (name != "on-demand" && name != "spot") fields.Refuse("class", "on-demand or spot");
  quota.capacity_class = name == "spot" ? CapacityClass::kSpot : CapacityClass::kOnDemand;
  double cores = 0;
  fields.Require("vcpu", "a number >= 0");
  fields.Number("vcpu", cores);
  if (cores < 0) fields.Refuse("vcpu", "a number >= 0");
  quota.cpu = CpuCores(cores);
  terms.quotas.push_back(std::move(quota));
}

void ReadRisk(Fields& fields, capacity::OutageTerms& outages) {
  fields.Span("ahead", outages.ahead);
  fields.Number("inRegion", outages.in_region);
  if (!(outages.in_region >= 0 && outages.in_region <= 1))
    fields.Refuse("inRegion", "a correlation in [0, 1]");
  outages.across_regions = std::min(outages.across_regions, outages.in_region);
  fields.Number("acrossRegions", outages.across_regions);
  if (!(outages.across_regions >= 0 && outages.across_regions <= outages.in_region))
    fields.Refuse("acrossRegions", "a correlation from 0 to inRegion");
  std::int64_t count = static_cast<std::int64_t>(outages.scenarios);
  fields.Whole("scenarios", count, "a whole number from 10 to 10000");
  if (count < 10 || count > 10'000) fields.Refuse("scenarios", "a whole number from 10 to 10000");
  outages.scenarios = static_cast<std::size_t>(std::clamp<std::int64_t>(count, 10, 10'000));
  std::int64_t seed = 1;
  fields.Whole("seed", seed, "a whole number");
  outages.seed = static_cast<std::uint64_t>(seed);
}

// As Kubernetes has them: {key, operator, values}; `names` says which operators there are.
void ReadExpressions(Fields& term, const std::string& names, bool may_compare,
                     std::vector<LabelRequirement>& requirements) {
  using Operator = LabelRequirement::Operator;
  term.Each("matchExpressions", [&](Fields& expression) {
    LabelRequirement requirement;
    expression.Require("key", "the name of a label");
    expression.Text("key", requirement.key);
    std::string name;
    expression.Require("operator", names);
    expression.Text("operator", name);
    const auto op = OperatorNamed(name);
    const bool compares = op == Operator::kGreaterThan || op == Operator::kLessThan;
    if (!op || (compares && !may_compare)) return expression.Refuse("operator", names);
    requirement.op = *op;
    expression.Texts("values", requirement.values);
    std::ranges::sort(requirement.values);
    const bool is_about_being =
        requirement.op == Operator::kExists || requirement.op == Operator::kDoesNotExist;
    if (is_about_being && !requirement.values.empty())
      return expression.Refuse("values", "none beside operator " + name);
    if (!is_about_being && !expression.Has("values"))
      return expression.Require("values", "a list of values beside operator " + name);
    if (compares && (requirement.values.size() != 1 || !IsWholeNumber(requirement.values.front())))
      return expression.Refuse("values", "one whole number, as [\"8\"]");
    requirements.push_back(std::move(requirement));
  });
}

// As Kubernetes has a node selector term: {matchExpressions: [{key, operator, values}, ...]}.
void ReadNodeTerm(Fields& term, LabelTerms& terms) {
  term.Require("matchExpressions", "a list of {key, operator, values}");
  ReadExpressions(term, "In, NotIn, Exists, DoesNotExist, Gt or Lt", true, terms.emplace_back());
}

// As Kubernetes has a pod affinity term, with its label selector spread out: {topologyKey,
// matchLabels, matchExpressions}.
void ReadPodTerm(Fields& fields, std::vector<PodAffinityTerm>& terms) {
  const std::string places = std::string(kHostLabel) + " or " + std::string(kZoneLabel);
  PodAffinityTerm term;
  std::string key;
  fields.Require("topologyKey", places);
  fields.Text("topologyKey", key);
  const auto place = PlaceOf(key);
  if (place)
    term.place = *place;
  else
    fields.Refuse("topologyKey", places);
  if (!fields.Has("matchExpressions"))
    fields.Require("matchLabels", "labels of the pods that are meant, or matchExpressions");
  fields.Object("matchLabels", [&](Fields& labels) {
    labels.EachField([&](const std::string& name) {
      std::string value;
      labels.Text(name, value);
      term.selector.push_back({name, LabelRequirement::Operator::kIn, {value}});
    });
  });
  ReadExpressions(fields, "In, NotIn, Exists or DoesNotExist", false, term.selector);
  terms.push_back(std::move(term));
}

// A term that means none of the workloads is a slip of the pen: pods that must stand beside nobody
// would wait for ever.
void RefuseIdleTerms(const std::vector<PodGroup>& pods, Fields& fields) {
  const auto is_idle = [&](std::span<const PodAffinityTerm> terms) {
    return std::ranges::none_of(pods, [&](const PodGroup& group) {
      return std::ranges::all_of(
          terms, [&](const PodAffinityTerm& term) { return term.Selects(group.fields().marks); });
    });
  };
  for (std::size_t i = 0; i < pods.size(); ++i) {
    const PodGroupFields& group = pods[i].fields();
    const std::string path = "workloads[" + std::to_string(i) + "].";
    const auto refuse = [&](const std::string& field, const std::string& found) {
      fields.reading().RefuseAt(fields.reading().LineOf(path + field), path + field + found);
    };
    for (std::size_t term = 0; term < group.anti_affinity.size(); ++term)
      if (is_idle({&group.anti_affinity[term], 1}))
        refuse("podAntiAffinity[" + std::to_string(term) + "]",
               " means pods with " + SelectorText(group.anti_affinity[term]) +
                   "; expected labels of a workload of this file");
    if (!group.affinity.empty() && is_idle(group.affinity)) {
      std::string all;
      for (const PodAffinityTerm& term : group.affinity)
        all += (all.empty() ? "" : ", ") + SelectorText(term);
      refuse("podAffinity", " means pods with " + all +
                                "; expected labels of a workload of this file, which one pod must "
                                "have all");
    }
  }
}

void ReadWorkload(Fields& fields, double egress_per_gb, std::vector<PodGroup>& pods) {
  PodGroupFields group;
  fields.Require("name", "a name of its own");
  fields.Text("name", group.name);
  const auto is_same = [&](const PodGroup& other) { return other.name() == group.name; };
  if (std::ranges::any_of(pods, is_same)) fields.Refuse("name", "a name of its own");
  fields.Object("requests",
                [&](Fields& requests) { profile_codec::ReadResources(requests, group.request); });
  fields.Require("requests", "cpu and memory of one pod");
  fields.Object("nodeSelector", [&](Fields& labels) {
    labels.EachField([&](const std::string& key) { labels.Text(key, group.node_selector[key]); });
  });
  fields.Each("nodeAffinity", [&](Fields& term) { ReadNodeTerm(term, group.node_affinity); });
  fields.Texts("tolerations", group.tolerations);
  fields.Texts("volumeZones", group.zones);
  fields.Object("spread", [&](Fields& spread) {
    spread.Whole("zoneSkew", group.spread.zone_skew, "a whole number > 0");
    spread.Whole("mostOnNode", group.spread.most_on_node, "a whole number > 0");
    spread.Whole("mostInZone", group.spread.most_in_zone, "a whole number > 0");
  });
  fields.Object("labels", [&](Fields& labels) {
    labels.EachField([&](const std::string& key) { labels.Text(key, group.marks.labels[key]); });
  });
  fields.Each("podAffinity", [&](Fields& term) { ReadPodTerm(term, group.affinity); });
  fields.Each("podAntiAffinity", [&](Fields& term) { ReadPodTerm(term, group.anti_affinity); });
  fields.Flag("spot", group.may_be_interrupted);
  fields.Flag("core", group.is_core);
  fields.Text("homeRegion", group.home_region);
  double egress_gb = 0;
  fields.Number("egressGbPerHour", egress_gb);
  group.egress = UsdPerHour(egress_gb * egress_per_gb);
  if (fields.reading().fault_count() > 0) return;
  auto made = PodGroup::Make(std::move(group));
  if (!made) {
    const std::string message = fields.path() + ": " + made.error().message;
    return fields.reading().RefuseAt(fields.reading().LineOf(message), message);
  }
  pods.push_back(*std::move(made));
}

void ReadCatalogQuery(Fields& fields, const PoolDefaults& defaults,
                      std::optional<CatalogQuery>& catalog) {
  CatalogQuery query;
  fields.Require("region", "the region of its prices");
  fields.Text("region", query.region);
  fields.Require("zones", "a list of zones");
  fields.Texts("zones", query.zones);
  fields.Require("types", "a list of instance types, as m5.large or c6i.*");
  fields.Texts("types", query.types);
  fields.Text("arch", query.arch);
  fields.Span("boot", query.boot);
  fields.Whole("most", query.most_nodes, "a whole number >= 0");
  if (query.most_nodes < 0) fields.Refuse("most", "a whole number >= 0");
  query.priced_at = defaults.priced_at;
  ReadPriceAge(fields, defaults, query.priced_at);
  query.taken = defaults.daemons;
  catalog = std::move(query);
}

void ReadDefaults(Fields& fields, PoolDefaults& defaults) {
  std::string currency = "USD";
  fields.Text("currency", currency);
  if (currency != "USD") fields.Refuse("currency", "USD");
  fields.Span("mostPriceAge", defaults.most_price_age);
  if (fields.Has("pricedAt")) ReadPriceAge(fields, defaults, defaults.priced_at);
  fields.Object("systemReserve",
                [&](Fields& reserve) { profile_codec::ReadResources(reserve, defaults.reserve); });
  fields.Each("daemonSets", [&](Fields& daemon) {
    std::string name;
    daemon.Text("name", name);
    NodeResources request;
    profile_codec::ReadResources(daemon, request);
    defaults.daemons.cpu += request.cpu;
    defaults.daemons.memory = defaults.daemons.memory + request.memory;
    defaults.daemons.pods += 1;
  });
}

void ReadDocument(Fields& fields, PoolDefaults& defaults, PoolsFile& file) {
  ReadDefaults(fields, defaults);
  fields.Object("objective", [&](Fields& objective) {
    profile_codec::ReadPlanObjective(objective, file.terms);
  });
  fields.Object("limits",
                [&](Fields& limits) { profile_codec::ReadPlanShares(limits, file.terms); });
  fields.Each("quotas", [&](Fields& quota) { ReadQuota(quota, file.terms); });
  fields.Object("risk", [&](Fields& risk) { ReadRisk(risk, file.outages); });
  fields.Span("review", file.review);
  double egress_per_gb = 0;
  profile_codec::ReadAmount(fields, "egressUsdPerGb", egress_per_gb);
  fields.Each("pools", [&](Fields& pool) { ReadPool(pool, defaults, file.offers, file.held); });
  fields.Object("catalog",
                [&](Fields& catalog) { ReadCatalogQuery(catalog, defaults, file.catalog); });
  if (!fields.Has("pools") && !fields.Has("catalog"))
    fields.Require("pools", "a list of pools, or catalog");
  fields.Require("workloads", "a list of workloads");
  fields.Each("workloads",
              [&](Fields& workload) { ReadWorkload(workload, egress_per_gb, file.pods); });
  if (fields.reading().fault_count() == 0) RefuseIdleTerms(file.pods, fields);
  fields.Finish();
}

}  // namespace

Result<PoolsFile> ParsePools(std::string_view text, const std::string& file_name, TimePoint now) {
  Reading reading{file_name};
  PoolsFile file;
  PoolDefaults defaults;
  defaults.now = now;
  try {
    Fields fields(YAML::Load(std::string(text)), "", reading);
    if (fields.is_mapping()) ReadDocument(fields, defaults, file);
  } catch (const YAML::Exception& error) {
    return Fail(ErrorCode::kInvalidArgument, file_name + ":" + std::to_string(error.mark.line + 1) +
                                                 ": " + error.msg + "; expected YAML");
  }
  if (!reading.faults().empty()) return Fail(ErrorCode::kInvalidArgument, reading.faults().front());
  return file;
}

Result<PoolsFile> ReadPools(const std::string& path, TimePoint now) {
  LC_TRY(const std::string text, files::ReadWholeFile(path));
  return ParsePools(text, path, now);
}

}  // namespace loadcurve::pool_codec
