#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/pool_codec/price_catalog.h"
#include "base/result.h"
#include "base/units.h"
#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/plan/drawn_outages.h"
#include "scaler/capacity/plan/plan_inputs.h"
#include "scaler/capacity/plan/plan_terms.h"
#include "scaler/capacity/pod_group.h"

namespace loadcurve::pool_codec {

// What a POOLS.yaml says; docs/capacity.md lists the fields.
struct PoolsFile {
  std::vector<capacity::CapacityOffer> offers;
  std::vector<capacity::HeldNodes> held;
  std::vector<capacity::PodGroup> pods;
  capacity::PlanTerms terms;
  capacity::OutageTerms outages;
  Duration review = std::chrono::minutes(1);  // until the next decision
  std::optional<CatalogQuery> catalog;        // what to take of a price catalogue
};

// Strict: a field that is unknown, missing, twice there, of another type or out of its range is
// kInvalidArgument, "FILE:LINE: pools[0].price is '-1'; expected ...". So is a price in another
// currency, and one that is older at `now` than the file's mostPriceAge.
[[nodiscard]] Result<PoolsFile> ParsePools(std::string_view text, const std::string& file_name,
                                           TimePoint now);
[[nodiscard]] Result<PoolsFile> ReadPools(const std::string& path, TimePoint now);

}  // namespace loadcurve::pool_codec
