#include "scaler/capacity/replay/spot_policies.h"

#include <algorithm>
#include <string>

#include "scaler/capacity/replay/loadcurve_spot_policy.h"
#include "scaler/capacity/replay/spot_replay.h"
#include "scaler/capacity/replay/spot_rivals.h"

namespace loadcurve::capacity {
namespace {

using Maker = std::unique_ptr<SpotPolicy> (*)(const SpotMarket& market);

std::unique_ptr<SpotPolicy> MakeOurs(const SpotMarket& market) {
  return std::make_unique<LoadcurveSpotPolicy>(TermsOf(market), std::ranges::max(market.demand()));
}

template <std::unique_ptr<SpotPolicy> (*Make)(const SpotPolicyTerms&)>
std::unique_ptr<SpotPolicy> Rival(const SpotMarket& market) {
  return Make(TermsOf(market));
}

struct Named {
  std::string_view name;
  Maker make;
};

constexpr Named kPolicies[] = {
    {"loadcurve", MakeOurs},
    {"greedy", Rival<MakeGreedy>},
    {"karpenter", Rival<MakeKarpenterLike>},
    {"spothedge", Rival<MakeSpotHedge>},
    {"exosphere", Rival<MakeExoSphere>},
    {"spotweb", Rival<MakeSpotWeb>},
    {"even-spread", Rival<MakeEvenSpread>},
    {"half-spare", Rival<MakeHalfSpare>},
    {"single-zone", Rival<MakeSingleZone>},
    {"on-demand", Rival<MakeOnDemandOnly>},
};

Result<Maker> MakerOf(std::string_view name) {
  const auto* const found = std::ranges::find(kPolicies, name, &Named::name);
  if (found != std::end(kPolicies)) return found->make;
  std::string known = "all";
  for (const Named& policy : kPolicies) known += ", " + std::string(policy.name);
  return Fail(ErrorCode::kInvalidArgument,
              "'" + std::string(name) + "' is not a policy; expected " + known);
}

}  // namespace

std::vector<std::string_view> SpotPolicyNames() {
  std::vector<std::string_view> names;
  for (const Named& policy : kPolicies) names.push_back(policy.name);
  return names;
}

Result<std::vector<std::unique_ptr<SpotPolicy>>> MakeSpotPolicies(std::string_view names,
                                                                  const SpotMarket& market) {
  std::vector<std::unique_ptr<SpotPolicy>> policies;
  if (names == "all") {
    for (const Named& policy : kPolicies) policies.push_back(policy.make(market));
    return policies;
  }
  while (true) {
    const std::size_t comma = names.find(',');
    LC_TRY(const Maker make, MakerOf(names.substr(0, comma)));
    policies.push_back(make(market));
    if (comma == std::string_view::npos) return policies;
    names.remove_prefix(comma + 1);
  }
}

}  // namespace loadcurve::capacity
