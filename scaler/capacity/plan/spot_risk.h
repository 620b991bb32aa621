#pragma once

#include <span>
#include <string>
#include <vector>

#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/joint_outages.h"
#include "scaler/capacity/plan/drawn_outages.h"
#include "scaler/capacity/spot/loss_record.h"

namespace loadcurve::capacity {

// What a plan knows of losses.
struct SpotRisk {
  std::vector<CapacityOffer> offers;  // losses_per_hour of spot as it is believed now
  JointOutages outages;
};

// The risk of spot by what is stated and what was seen; without the latter it is DrawOutages.
//
// A pool's losses an hour: what is stated counts as the hours in which it would bring one loss, 100
// at most (1/stated where that is less), so 0.02 stated and 3 losses seen in 50 hours are
// (1 + 3) / (50 + 50) = 0.04.
//
// Two pools: in the hours that both were held, so many losses of both were to be expected as the
// stated correlation brings at these rates (`terms`). What was seen by what was to be expected,
// each with one more, is the ratio of a kind of pairs (in a region, across); a pair's own is the
// same with the ratio of its kind as the one more. Pools of a region are never less bound than
// half of the stated correlation has it, and others never less than independent.
//
// Pools then fall in common events (Marshall and Olkin, JASA 62, 1967): one falls first and takes
// others along. Each pool falls exactly as often as believed, and pairs together as nearly as that
// allows.
SpotRisk SpotRiskOf(std::span<const CapacityOffer> offers, const OutageTerms& terms,
                    const LossRecord& seen);

// The losses an hour that are believed of a pool: as SpotRiskOf has it. `stated` >= 0.
double BelievedLosses(double stated, const SeenLosses& seen);

}  // namespace loadcurve::capacity
