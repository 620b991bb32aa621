#pragma once

#include <memory>

#include "scaler/capacity/replay/spot_policy.h"

namespace loadcurve::capacity {

// Rules of others, from what is documented of them; docs/capacity.md says what each does. Where
// pools have not enough, all of them take on-demand nodes for the rest of the demand.
std::unique_ptr<SpotPolicy> MakeOnDemandOnly(const SpotPolicyTerms& terms);
std::unique_ptr<SpotPolicy> MakeGreedy(const SpotPolicyTerms& terms);
std::unique_ptr<SpotPolicy> MakeSingleZone(const SpotPolicyTerms& terms);
std::unique_ptr<SpotPolicy> MakeEvenSpread(const SpotPolicyTerms& terms);
std::unique_ptr<SpotPolicy> MakeHalfSpare(const SpotPolicyTerms& terms);
std::unique_ptr<SpotPolicy> MakeKarpenterLike(const SpotPolicyTerms& terms);
std::unique_ptr<SpotPolicy> MakeSpotHedge(const SpotPolicyTerms& terms);
std::unique_ptr<SpotPolicy> MakeExoSphere(const SpotPolicyTerms& terms);
std::unique_ptr<SpotPolicy> MakeSpotWeb(const SpotPolicyTerms& terms);

}  // namespace loadcurve::capacity
