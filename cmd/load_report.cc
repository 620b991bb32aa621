#include "cmd/load_report.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/time_text.h"

namespace loadcurve {
namespace {

using nlohmann::json;

// Requests that ended in each bucket, by group and window.
using BucketCounts = std::map<std::pair<std::string, TimePoint>, std::vector<std::uint64_t>>;

BucketCounts CountBuckets(const RequestCounts& counts, LoadGrouping grouping) {
  BucketCounts buckets;
  counts.ForEach([&](const RequestCounts::Entry& entry) {
    const SeriesKey& series = counts.series()[entry.series];
    std::string group;
    if (grouping == LoadGrouping::kRoute) group = series.route;
    if (grouping == LoadGrouping::kWorkload) group = series.workload;
    auto& row = buckets[{std::move(group), counts.StartOf(entry.window)}];
    row.resize(counts.bounds().bucket_count());
    row[entry.bucket] += entry.cell.count;
  });
  return buckets;
}

std::string UpperSeconds(const DurationBounds& bounds, std::size_t bucket) {
  if (bucket >= bounds.upper().size()) return "inf";
  return ExactNumber(Seconds(bounds.upper()[bucket]));
}

}  // namespace

void LoadReport::AddOptions(CLI::App& command) {
  command.add_option("--by", by_, "Split the load by route class or by workload")
      ->check(CLI::IsMember({"route", "workload"}))
      ->option_text("route|workload");
  command.add_flag("--buckets", with_buckets_,
                   "Also print how many requests ended in each "
                   "duration bucket (bucket_S: up to S seconds)");
  weights_.AddTo(command);
  command.add_option("--replicas", replicas_, "How many replicas served the log")->option_text("N");
  command.add_flag("--per-replica", per_replica_,
                   "Divide qps, concurrency and metricsqps by --replicas");
  command
      .add_option("--longest-request", longest_request_,
                  "Mark windows incomplete that ended less than this before the end of the log "
                  "(default: the longest ordinary request seen)")
      ->option_text("DURATION");
  AddOutputOption(command, format_);
}

Result<void> LoadReport::Prepare() {
  if (replicas_ && *replicas_ < 1)
    return Fail(ErrorCode::kInvalidArgument, "--replicas is " + std::to_string(*replicas_) +
                                                 "; expected a whole number of 1 or more");
  if (per_replica_ && !replicas_)
    return Fail(ErrorCode::kInvalidArgument,
                "--per-replica needs --replicas N: how many replicas served the log");
  if (!longest_request_.empty()) {
    const auto longest = ParseDuration(longest_request_);
    if (!longest) return Within("--longest-request", longest.error());
    longest_ = *longest;
  }
  return weights_.Load();
}

LoadGrouping LoadReport::grouping() const {
  if (by_ == "route") return LoadGrouping::kRoute;
  if (by_ == "workload") return LoadGrouping::kWorkload;
  return LoadGrouping::kAll;
}

std::string LoadReport::Number(double value) const {
  return format_ == OutputFormat::kTable ? RoundNumber(value, 5) : ExactNumber(value);
}

std::vector<std::string> LoadReport::Cells(const LoadSample& sample, Duration step) const {
  const double divisor = per_replica_ ? static_cast<double>(*replicas_) : 1;
  return {ToRfc3339(sample.window_start),        std::to_string(sample.requests),
          Number(sample.Qps(step) / divisor),    Number(sample.concurrency.value() / divisor),
          Number(sample.load.value() / divisor), std::to_string(sample.errors)};
}

Table LoadReport::ToTable(const RequestCounts& counts, const std::vector<GroupLoad>& groups) const {
  Table table{{"time", "requests", "qps", "concurrency", "metricsqps", "errors"}, {}};
  if (!by_.empty()) table.header.insert(table.header.begin(), by_);
  const std::size_t bucket_count = with_buckets_ ? counts.bounds().bucket_count() : 0;
  for (std::size_t bucket = 0; bucket < bucket_count; ++bucket)
    table.header.push_back("bucket_" + UpperSeconds(counts.bounds(), bucket));
  const BucketCounts buckets = with_buckets_ ? CountBuckets(counts, grouping()) : BucketCounts{};
  for (const GroupLoad& group : groups) {
    for (const LoadSample& sample : group.samples) {
      std::vector<std::string> row = Cells(sample, counts.step());
      if (format_ == OutputFormat::kTable && !sample.is_complete) row[0] += " *";
      if (!by_.empty()) row.insert(row.begin(), group.name);
      for (std::size_t bucket = 0; bucket < bucket_count; ++bucket)
        row.push_back(std::to_string(buckets.at({group.name, sample.window_start})[bucket]));
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

json LoadReport::ToJson(const RequestCounts& counts, const std::vector<GroupLoad>& groups) const {
  const double divisor = per_replica_ ? static_cast<double>(*replicas_) : 1;
  const BucketCounts buckets = with_buckets_ ? CountBuckets(counts, grouping()) : BucketCounts{};
  json windows = json::array();
  for (const GroupLoad& group : groups) {
    for (const LoadSample& sample : group.samples) {
      json window = {{"time", ToRfc3339(sample.window_start)},
                     {"requests", sample.requests},
                     {"qps", sample.Qps(counts.step()) / divisor},
                     {"concurrency", sample.concurrency.value() / divisor},
                     {"metricsqps", sample.load.value() / divisor},
                     {"errors", sample.errors},
                     {"long_lived", sample.long_lived.value() / divisor},
                     {"complete", sample.is_complete}};
      if (!by_.empty()) window[by_] = group.name;
      if (with_buckets_) {
        const auto& row = buckets.at({group.name, sample.window_start});
        for (std::size_t bucket = 0; bucket < row.size(); ++bucket)
          window["buckets"][UpperSeconds(counts.bounds(), bucket)] = row[bucket];
      }
      windows.push_back(std::move(window));
    }
  }
  return windows;
}

Result<std::string> LoadReport::Render(const RequestCounts& counts, const json& facts) const {
  const auto weights_of = [this](const std::string& workload) { return weights_.Of(workload); };
  LC_TRY(const std::vector<GroupLoad> groups,
         MeasureLoad(counts, weights_of, grouping(), longest_));

  std::set<std::string> without_weights;
  std::map<std::string, const RequestWeights*> used;
  for (const SeriesKey& series : counts.series()) {
    const RequestWeights* weights = weights_.Of(series.workload);
    if (weights == nullptr)
      without_weights.insert(series.workload);
    else
      used.emplace(weights->version(), weights);
  }
  if (used.empty() && !counts.series().empty())
    return Fail(ErrorCode::kInvalidArgument,
                "--weights: the file has no profile for any workload of the log (first: '" +
                    *without_weights.begin() + "')");
  for (const std::string& workload : without_weights)
    fmt::print(stderr, "loadcurve: workload '{}' has no profile in --weights and is left out\n",
               workload);

  if (format_ == OutputFormat::kJson) {
    json whole = facts;
    whole["step_seconds"] = Seconds(counts.step());
    whole["weights"] = json::array();
    for (const auto& [version, weights] : used)
      whole["weights"].push_back({{"version", version},
                                  {"kind", Name(weights->kind())},
                                  {"provenance", weights->Provenance()},
                                  {"approximate", weights->IsApproximateWith(counts.bounds())}});
    whole["windows"] = ToJson(counts, groups);
    return whole.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  }
  const Table table = ToTable(counts, groups);
  if (format_ == OutputFormat::kCsv) return ToCsv(table);

  std::string text = ToText(table);
  const bool has_incomplete = std::any_of(groups.begin(), groups.end(), [](const auto& group) {
    return std::any_of(group.samples.begin(), group.samples.end(),
                       [](const LoadSample& sample) { return !sample.is_complete; });
  });
  text += "\n";
  if (has_incomplete)
    text += "* incomplete: requests that began here may not have ended yet; a lower bound.\n";
  for (const auto& [version, weights] : used)
    text += fmt::format("metricsqps in {} ({}){}\n", version, weights->Provenance(),
                        weights->IsApproximateWith(counts.bounds())
                            ? "; approximate: its edges are not edges of the duration buckets"
                            : "");
  return text;
}

Result<std::string> LoadReport::RenderNew(const RequestCounts& counts, bool is_last,
                                          std::optional<TimePoint>& from) const {
  const auto weights_of = [this](const std::string& workload) { return weights_.Of(workload); };
  LC_TRY(std::vector<GroupLoad> groups, MeasureLoad(counts, weights_of, grouping(), longest_));
  const TimePoint first = from.value_or(TimePoint::min());
  for (GroupLoad& group : groups) {
    std::erase_if(group.samples, [&](const LoadSample& sample) {
      return sample.window_start < first || (!sample.is_complete && !is_last);
    });
    if (group.samples.empty()) continue;
    const TimePoint end = group.samples.back().window_start + counts.step();
    from = std::max(from.value_or(end), end);
  }
  std::string text;
  if (format_ == OutputFormat::kJson) {
    for (const json& window : ToJson(counts, groups))
      text += window.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    return text;
  }
  const Table table = ToTable(counts, groups);
  text = format_ == OutputFormat::kCsv ? ToCsv(table) : ToText(table);
  // The header is printed once, with the first rows.
  if (table.rows.empty()) return "";
  return first == TimePoint::min() ? text : text.substr(text.find('\n') + 1);
}

}  // namespace loadcurve
