#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "scaler/capacity/capacity_offer.h"

namespace loadcurve::pool_codec {

// What to take of a price catalogue: it knows a region, not its zones.
struct CatalogQuery {
  std::string region;
  std::vector<std::string> zones;
  std::vector<std::string> types;  // "m5.large", "m6?.*"; '*' and '?' stand for any
  std::string arch = "amd64";
  Duration boot = std::chrono::seconds(90);
  std::int64_t most_nodes = 100;  // of each pool
  TimePoint priced_at;
  capacity::NodeResources taken;  // of each node, by daemon sets
};

// Offers on demand and of spot, one a type, zone and class, of a CSV with the columns
// instance_type, arch, vcpu, allocatable_cpu_m, allocatable_memory_mi, max_pods, gpu_count,
// ondemand_usd_per_hour, spot_interruption_range (0: below 5 % a month are taken away, 1: 5-10, 2:
// 10-15, 3: 15-20, 4: more) and spot_savings_pct. Types with a GPU are left out, and spot where no
// saving is known. A price that is zero, negative or no number is kInvalidArgument with file, line,
// column, value and what was expected.
[[nodiscard]] Result<std::vector<capacity::CapacityOffer>> ParseCatalog(
    std::string_view text, const std::string& file_name, const CatalogQuery& query);
[[nodiscard]] Result<std::vector<capacity::CapacityOffer>> ReadCatalog(const std::string& path,
                                                                       const CatalogQuery& query);

// Whether a name fits a pattern in which '*' stands for any text and '?' for any character.
bool FitsPattern(std::string_view name, std::string_view pattern);

}  // namespace loadcurve::pool_codec
