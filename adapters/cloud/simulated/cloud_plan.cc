#include "adapters/cloud/simulated/cloud_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "adapters/files/whole_file.h"
#include "adapters/profile_codec/yaml_fields.h"

namespace loadcurve::simulated_cloud {
namespace {

using capacity::CapacityClass;
using nlohmann::json;
using profile_codec::Fields;
using profile_codec::Reading;

constexpr std::array kCalls = {CallKind::kAny, CallKind::kOffers, CallKind::kOrder,
                               CallKind::kRetire, CallKind::kNodes};
constexpr std::array kKinds = {FaultKind::kThrottle, FaultKind::kUnavailable,
                               FaultKind::kLostReply};
constexpr std::array kClasses = {CapacityClass::kReserved, CapacityClass::kOnDemand,
                                 CapacityClass::kSpot};

// One word of a list of enumerators that have names.
template <class Words>
void ReadWord(Fields& fields, const std::string& name, const Words& words,
              typename Words::value_type& value) {
  std::string text;
  fields.Text(name, text);
  if (!fields.Has(name)) return;
  std::vector<std::string_view> known;
  for (const auto word : words) {
    if (Name(word) == text) {
      value = word;
      return;
    }
    known.push_back(Name(word));
  }
  fields.Refuse(name, fmt::format("one of {}", fmt::join(known, ", ")));
}

void ReadCount(Fields& fields, const std::string& name, std::int64_t& value) {
  constexpr std::string_view kExpected = "a whole number from 0 to 1000000";
  fields.Whole(name, value, kExpected);
  if (value < 0 || value > 1'000'000) fields.Refuse(name, kExpected);
}

void ReadShare(Fields& fields, const std::string& name, double& value) {
  fields.Number(name, value);
  if (!(value >= 0 && value <= 1)) fields.Refuse(name, "a number from 0 to 1");
}

void ReadDelay(Fields& fields, const std::string& name, Duration& value) {
  fields.Span(name, value);
  if (value < Duration(0)) fields.Refuse(name, "a duration of 0s or more");
}

Result<AvailabilityTrace> ReadTrace(const std::string& path) {
  LC_TRY(const std::string text, files::ReadWholeFile(path));
  const json document = json::parse(text, nullptr, false);
  const auto wrong = [&](const std::string& what) {
    return Fail(ErrorCode::kInvalidArgument,
                path + ": " + what +
                    R"(; expected {"metadata": {"gap_seconds": 195}, "data": [0, 1, ...]})");
  };
  if (!document.is_object() || !document.contains("metadata") || !document.contains("data"))
    return wrong("no metadata and data");
  const json& gap = document["metadata"].is_object() ? document["metadata"]["gap_seconds"] : json();
  if (!gap.is_number() || gap.get<double>() <= 0) return wrong("metadata.gap_seconds is no gap");
  AvailabilityTrace trace;
  trace.step = Duration(static_cast<Duration::rep>(gap.get<double>() * 1e6));
  if (!document["data"].is_array() || document["data"].empty()) return wrong("data is no list");
  for (const json& value : document["data"]) {
    if (!value.is_number() || value.get<double>() < 0)
      return wrong("data[" + std::to_string(trace.shares.size()) + "] is " + value.dump());
    trace.shares.push_back(value.get<double>());
  }
  // Counts of nodes are shares of the most there ever were.
  const double most = std::max(1.0, *std::ranges::max_element(trace.shares));
  for (double& share : trace.shares) share /= most;
  return trace;
}

class PlanReader {
 public:
  PlanReader(CloudPlan& plan, std::filesystem::path folder)
      : plan_(plan), folder_(std::move(folder)) {}

  void Read(Fields& fields) {
    auto seed = static_cast<std::int64_t>(plan_.seed);
    ReadCount(fields, "seed", seed);
    plan_.seed = static_cast<std::uint64_t>(seed);
    fields.Flag("tokens", plan_.knows_tokens);
    fields.Flag("allOrNothing", plan_.is_all_or_nothing);
    fields.Require("pools", "a list of pools");
    fields.Each("pools", [this](Fields& pool) { ReadPool(pool); });
    fields.Each("quotas", [this](Fields& quota) { ReadQuota(quota); });
    fields.Each("faults", [this](Fields& fault) { ReadFault(fault); });
    fields.Finish();
  }

 private:
  void ReadPool(Fields& fields) {
    PoolPlan pool;
    capacity::CapacityOffer& offer = pool.offer;
    fields.Require("name", "a name that no pool before it has");
    fields.Text("name", offer.pool);
    if (!names_.insert(offer.pool).second)
      fields.Refuse("name", "a name that no pool before it has");
    fields.Text("region", offer.region);
    fields.Text("zone", offer.zone);
    fields.Text("type", offer.instance_type);
    fields.Text("family", offer.family);
    ReadWord(fields, "class", kClasses, offer.capacity_class);
    ReadMoney(fields, offer);
    double cpu = 1;
    double memory = 1e9;
    fields.Number("cpu", cpu);
    fields.Number("memoryBytes", memory);
    offer.allocatable = {CpuCores(cpu), Bytes(static_cast<std::int64_t>(memory)), 110};
    ReadCount(fields, "pods", offer.allocatable.pods);
    offer.boot = std::chrono::seconds(90);
    ReadDelay(fields, "boot", offer.boot);
    fields.Require("stock", "how many nodes there are");
    ReadCount(fields, "stock", pool.stock);
    offer.most_nodes = pool.stock;
    ReadDelay(fields, "notice", pool.notice);
    ReadShare(fields, "missedNotice", pool.missed_notice);
    ReadTraceOf(fields, pool);
    plan_.pools.push_back(std::move(pool));
  }

  static void ReadMoney(Fields& fields, capacity::CapacityOffer& offer) {
    fields.Require("price", "US dollars an hour, above 0");
    double price = 0;
    fields.Number("price", price);
    if (!(price > 0 && price < 1e6)) fields.Refuse("price", "US dollars an hour, above 0");
    offer.price = UsdPerHour(price);
  }

  void ReadTraceOf(Fields& fields, PoolPlan& pool) {
    std::string trace;
    fields.Text("trace", trace);
    if (trace.empty()) return;
    auto read = ReadTrace((folder_ / trace).string());
    if (!read) return fields.Refuse("trace", "a trace that can be read: " + read.error().message);
    pool.trace = *std::move(read);
  }

  void ReadQuota(Fields& fields) {
    QuotaPlan quota;
    fields.Require("region", "the region of some pools");
    fields.Text("region", quota.region);
    ReadWord(fields, "class", kClasses, quota.capacity_class);
    fields.Require("nodes", "how many nodes may be held");
    ReadCount(fields, "nodes", quota.nodes);
    plan_.quotas.push_back(quota);
  }

  void ReadFault(Fields& fields) {
    FaultRule fault;
    fields.Require("kind", "one of throttle, unavailable, lost-reply");
    ReadWord(fields, "kind", kKinds, fault.kind);
    ReadWord(fields, "call", kCalls, fault.call);
    ReadDelay(fields, "from", fault.from);
    Duration until{};
    ReadDelay(fields, "until", until);
    if (fields.Has("until")) fault.until = until;
    if (fault.until && *fault.until <= fault.from)
      fields.Refuse("until", "a duration that is longer than from");
    ReadShare(fields, "share", fault.share);
    std::int64_t first = 0;
    ReadCount(fields, "first", first);
    if (fields.Has("first")) fault.first = first;
    ReadDelay(fields, "retryAfter", fault.retry_after);
    plan_.faults.push_back(fault);
  }

  CloudPlan& plan_;
  std::filesystem::path folder_;
  std::set<std::string> names_;
};

}  // namespace

std::string_view Name(CallKind call) {
  switch (call) {
    case CallKind::kAny:
      return "any";
    case CallKind::kOffers:
      return "offers";
    case CallKind::kOrder:
      return "order";
    case CallKind::kRetire:
      return "retire";
    case CallKind::kNodes:
      return "nodes";
  }
  return "";
}

std::string_view Name(FaultKind kind) {
  switch (kind) {
    case FaultKind::kThrottle:
      return "throttle";
    case FaultKind::kUnavailable:
      return "unavailable";
    case FaultKind::kLostReply:
      return "lost-reply";
  }
  return "";
}

Result<CloudPlan> ParseCloudPlan(const std::string& text, const std::string& file_name) {
  CloudPlan plan;
  Reading reading(file_name);
  try {
    Fields fields(YAML::Load(text), "", reading);
    if (fields.is_mapping())
      PlanReader(plan, std::filesystem::path(file_name).parent_path()).Read(fields);
  } catch (const YAML::Exception& error) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}:{}: {}", file_name, error.mark.line + 1, error.msg));
  }
  if (reading.faults().empty()) return plan;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{}", fmt::join(reading.faults(), "\n")));
}

Result<CloudPlan> ReadCloudPlan(const std::string& path) {
  LC_TRY(const std::string text, files::ReadWholeFile(path));
  return ParseCloudPlan(text, path);
}

}  // namespace loadcurve::simulated_cloud
