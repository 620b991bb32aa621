#include "adapters/logs/histogram_file.h"

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "adapters/files/whole_file.h"

namespace loadcurve::logs {
namespace {

using nlohmann::json;

constexpr const char* kFormat = "loadcurve-histograms";
constexpr int kVersion = 1;

json Header(const RequestCounts& counts) {
  json bounds = json::array();
  for (const Duration upper : counts.bounds().upper()) bounds.push_back(upper.count());
  return {{"format", kFormat},
          {"version", kVersion},
          {"step_us", counts.step().count()},
          {"bounds_us", std::move(bounds)}};
}

json CellRow(const RequestCounts::Entry& entry) {
  return {entry.window,           entry.bucket,          entry.cell.count,
          entry.cell.duration_us, entry.cell.carried_us, entry.cell.carried_share};
}

std::optional<RequestClass> ClassNamed(const std::string& name) {
  for (const auto known : {RequestClass::kServed, RequestClass::kError, RequestClass::kLongLived}) {
    if (name == Name(known)) return known;
  }
  return std::nullopt;
}

Result<RequestCounts> MakeFrom(const json& header) {
  if (header.value("format", "") != kFormat)
    return Fail(ErrorCode::kInvalidArgument,
                "this is not a file of histograms; expected a first line with \"format\":\"" +
                    std::string(kFormat) + "\", as measure --save-histograms writes it");
  if (header.at("version") != kVersion)
    return Fail(ErrorCode::kInvalidArgument, "version is " + header.at("version").dump() +
                                                 "; expected " + std::to_string(kVersion));
  std::vector<Duration> upper;
  for (const json& bound : header.at("bounds_us")) upper.emplace_back(bound.get<std::int64_t>());
  LC_TRY(DurationBounds bounds, DurationBounds::Make(std::move(upper)));
  return RequestCounts::Make(std::move(bounds), Duration(header.at("step_us").get<std::int64_t>()));
}

Result<void> AddSeries(const json& line, RequestCounts& counts) {
  const auto request_class = ClassNamed(line.at("class").get<std::string>());
  if (!request_class)
    return Fail(ErrorCode::kInvalidArgument,
                "class is " + line.at("class").dump() + "; expected served, error or long-lived");
  const auto series = counts.Intern(line.at("workload").get<std::string>(),
                                    line.at("route").get<std::string>(), *request_class);
  for (const json& row : line.at("cells")) {
    const auto bucket = row.at(1).get<std::uint64_t>();
    if (row.size() != 6 || bucket >= counts.bounds().bucket_count())
      return Fail(ErrorCode::kInvalidArgument, "cell " + row.dump() +
                                                   ": expected six numbers and a bucket below " +
                                                   std::to_string(counts.bounds().bucket_count()));
    counts.AddCell(row.at(0).get<std::int64_t>(), series, bucket,
                   {.count = row.at(2).get<std::uint64_t>(),
                    .duration_us = row.at(3).get<std::uint64_t>(),
                    .carried_us = row.at(4).get<std::int64_t>(),
                    .carried_share = row.at(5).get<std::int64_t>()});
  }
  return {};
}

// Calls `visit` with each line and its number; stops at the first error, and names the line.
template <class Visit>
Result<void> ForEachLine(std::string_view text, const std::string& name, Visit visit) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty()) continue;
    const std::string where = name + ":" + std::to_string(number);
    try {
      const Result<void> done = visit(json::parse(line), number);
      if (!done) return Within(where, done.error());
    } catch (const json::exception& exception) {
      return Fail(ErrorCode::kInvalidArgument, where + ": " + exception.what());
    }
  }
  return {};
}

}  // namespace

std::string WriteHistograms(const RequestCounts& counts) {
  std::map<SeriesKey, json> cells;
  for (const RequestCounts::Entry& entry : counts.Sorted()) {
    json& rows = cells[counts.series()[entry.series]];
    if (rows.is_null()) rows = json::array();
    rows.push_back(CellRow(entry));
  }
  std::string text = Header(counts).dump() + "\n";
  for (auto& [series, rows] : cells) {
    const json line = {{"workload", series.workload},
                       {"route", series.route},
                       {"class", Name(series.request_class)},
                       {"cells", std::move(rows)}};
    // Names come from logs and may hold any bytes.
    text += line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  }
  return text;
}

Result<RequestCounts> ParseHistograms(std::string_view text, const std::string& name) {
  std::optional<RequestCounts> counts;
  LC_TRY_VOID(ForEachLine(text, name, [&](const json& line, std::size_t) -> Result<void> {
    if (counts) return AddSeries(line, *counts);
    LC_TRY(counts, MakeFrom(line));
    return {};
  }));
  if (!counts)
    return Fail(ErrorCode::kInvalidArgument,
                name + " is empty; expected histograms as measure --save-histograms writes them");
  return *std::move(counts);
}

Result<RequestCounts> ReadHistograms(const std::string& path) {
  LC_TRY(const std::string text, files::ReadWholeFile(path));
  return ParseHistograms(text, path);
}

}  // namespace loadcurve::logs
