#include "adapters/pool_codec/price_catalog.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "adapters/files/csv_rows.h"
#include "adapters/files/whole_file.h"

namespace loadcurve::pool_codec {
namespace {

using capacity::CapacityClass;
using capacity::CapacityOffer;

constexpr std::array<const char*, 8> kNumberColumns = {"vcpu",
                                                       "allocatable_cpu_m",
                                                       "allocatable_memory_mi",
                                                       "max_pods",
                                                       "ondemand_usd_per_hour",
                                                       "spot_interruption_range",
                                                       "spot_savings_pct",
                                                       "gpu_count"};
enum Column { kVcpu, kCpu, kMemory, kPods, kPrice, kInterruptions, kSaving, kGpus };

// Nodes taken away in an hour, from the middle of the class of those taken away in a month.
std::optional<double> LossesPerHour(double interruption_class) {
  constexpr std::array<double, 5> kMonthly = {0.025, 0.075, 0.125, 0.175, 0.25};
  constexpr double kHoursInMonth = 730;
  const auto index = static_cast<std::size_t>(interruption_class);
  if (index >= kMonthly.size() || static_cast<double>(index) != interruption_class)
    return std::nullopt;
  return -std::log(1 - kMonthly[index]) / kHoursInMonth;
}

std::optional<double> NumberOf(const std::string& cell) {
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc() || end != cell.data() + cell.size() || !std::isfinite(value) ||
      value < 0)
    return std::nullopt;
  return value;
}

class CatalogReader {
 public:
  CatalogReader(const files::CsvRows& rows, std::string file_name, const CatalogQuery& query)
      : rows_(rows), file_name_(std::move(file_name)), query_(query) {}

  Result<std::vector<CapacityOffer>> Read() {
    LC_TRY(type_, ColumnOf("instance_type"));
    LC_TRY(arch_, ColumnOf("arch"));
    for (std::size_t i = 0; i < kNumberColumns.size(); ++i) {
      LC_TRY(columns_[i], ColumnOf(kNumberColumns[i]));
    }
    for (const auto& row : rows_.rows())
      if (IsWanted(row)) LC_TRY_VOID(ReadRow(row));
    return std::move(offers_);
  }

 private:
  using Row = files::CsvRows::Row;

  Result<std::size_t> ColumnOf(const std::string& name) const {
    if (const auto column = rows_.ColumnOf(name)) return *column;
    return Fail(ErrorCode::kInvalidArgument,
                file_name_ + ":1: column " + name + " is absent; expected a price catalogue");
  }

  bool IsWanted(const Row& row) const {
    return row.cells[arch_] == query_.arch &&
           std::ranges::any_of(query_.types, [&](const std::string& pattern) {
             return FitsPattern(row.cells[type_], pattern);
           });
  }

  tl::unexpected<Error> Refused(const Row& row, std::size_t column, const std::string& expected) {
    return Fail(ErrorCode::kInvalidArgument,
                file_name_ + ":" + std::to_string(row.line) + ": " + kNumberColumns[column] +
                    " is '" + row.cells[columns_[column]] + "'; expected " + expected);
  }

  Result<void> ReadRow(const Row& row) {
    std::array<double, kNumberColumns.size()> values{};
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::string& cell = row.cells[columns_[i]];
      const auto value = i == kGpus && cell.empty() ? std::optional(0.0) : NumberOf(cell);
      if (!value) return Refused(row, i, "a number >= 0");
      values[i] = *value;
    }
    if (values[kGpus] > 0) return {};
    if (!(values[kPrice] > 0)) return Refused(row, kPrice, "more than 0 USD an hour");
    if (!(values[kSaving] < 100)) return Refused(row, kSaving, "percent below 100");
    const auto losses = LossesPerHour(values[kInterruptions]);
    if (!losses) return Refused(row, kInterruptions, "a class from 0 to 4");
    CapacityOffer offer = NodeOf(row, values);
    if (!(offer.allocatable.cpu > CpuCores(0)) || offer.allocatable.pods <= 0) return {};
    for (const std::string& zone : query_.zones) {
      offer.zone = zone;
      Add(offer, CapacityClass::kOnDemand, values[kPrice], 0);
      if (values[kSaving] > 0)
        Add(offer, CapacityClass::kSpot, values[kPrice] * (1 - values[kSaving] / 100), *losses);
    }
    return {};
  }

  CapacityOffer NodeOf(const Row& row, const std::array<double, kNumberColumns.size()>& values) {
    constexpr std::int64_t kMebi = 1024 * 1024;
    CapacityOffer offer;
    offer.region = query_.region;
    offer.instance_type = row.cells[type_];
    offer.family = offer.instance_type.substr(0, offer.instance_type.find('.'));
    offer.allocatable.cpu = CpuCores(values[kCpu] / 1000) - query_.taken.cpu;
    offer.allocatable.memory =
        Bytes(static_cast<std::int64_t>(values[kMemory]) * kMebi) - query_.taken.memory;
    offer.allocatable.pods = static_cast<std::int64_t>(values[kPods]) - query_.taken.pods;
    offer.vcpu = CpuCores(values[kVcpu]);
    offer.priced_at = query_.priced_at;
    offer.boot = query_.boot;
    offer.most_nodes = query_.most_nodes;
    return offer;
  }

  void Add(CapacityOffer offer, CapacityClass capacity_class, double price, double losses) {
    offer.capacity_class = capacity_class;
    offer.price = UsdPerHour(price);
    offer.losses_per_hour = losses;
    offer.pool = offer.instance_type + "/" + offer.zone + "/" + std::string(Name(capacity_class));
    offers_.push_back(std::move(offer));
  }

  const files::CsvRows& rows_;
  std::string file_name_;
  const CatalogQuery& query_;
  std::size_t type_ = 0;
  std::size_t arch_ = 0;
  std::array<std::size_t, kNumberColumns.size()> columns_{};
  std::vector<CapacityOffer> offers_;
};

}  // namespace

bool FitsPattern(std::string_view name, std::string_view pattern) {
  if (pattern.empty()) return name.empty();
  if (pattern.front() == '*')
    return FitsPattern(name, pattern.substr(1)) ||
           (!name.empty() && FitsPattern(name.substr(1), pattern));
  return !name.empty() && (pattern.front() == '?' || pattern.front() == name.front()) &&
         FitsPattern(name.substr(1), pattern.substr(1));
}

Result<std::vector<CapacityOffer>> ParseCatalog(std::string_view text, const std::string& file_name,
                                                const CatalogQuery& query) {
  LC_TRY(const auto rows, files::CsvRows::Parse(text, file_name));
  return CatalogReader(rows, file_name, query).Read();
}

Result<std::vector<CapacityOffer>> ReadCatalog(const std::string& path, const CatalogQuery& query) {
  LC_TRY(const std::string text, files::ReadWholeFile(path));
  return ParseCatalog(text, path, query);
}

}  // namespace loadcurve::pool_codec
