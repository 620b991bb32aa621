#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/cloud/simulated/cloud_model.h"
#include "base/result.h"
#include "scaler/capacity/capacity_provider.h"

// What the simulated cloud and its provider say to each other, in JSON. Reading gives
// kInvalidArgument, which names the field, the value found and what was expected.
namespace loadcurve::simulated_cloud {

std::string TextOf(const capacity::CapacityOrder& order);
[[nodiscard]] Result<capacity::CapacityOrder> OrderOf(std::string_view text);

std::string TextOf(const capacity::OrderOutcome& outcome);
[[nodiscard]] Result<capacity::OrderOutcome> OutcomeOf(std::string_view text);

std::string TextOf(const std::vector<capacity::ProvidedNode>& nodes);
[[nodiscard]] Result<std::vector<capacity::ProvidedNode>> NodesOf(std::string_view text);

// Prices are as of `now`.
std::string TextOf(const std::vector<capacity::CapacityOffer>& offers, TimePoint now);
[[nodiscard]] Result<std::vector<capacity::CapacityOffer>> OffersOf(std::string_view text);

// {"nodes": ["node-1"]}
std::string TextOfIds(const std::vector<std::string>& node_ids);
[[nodiscard]] Result<std::vector<std::string>> IdsOf(std::string_view text);

std::string TextOf(const LedgerReport& report);
// {"error": "..."}
std::string TextOfError(std::string_view message);

}  // namespace loadcurve::simulated_cloud
