#include "adapters/spot_trace/spot_trace_file.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "adapters/files/whole_file.h"

namespace loadcurve::spot_trace {
namespace {

using nlohmann::json;

tl::unexpected<Error> Invalid(const std::string& path, const std::string& message) {
  return Fail(ErrorCode::kInvalidArgument, path + ": " + message);
}

// "found" for messages: short, and never a whole array.
std::string Shown(const json& value) {
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > 40) text = text.substr(0, 40) + "...";
  return text;
}

std::string NameOf(const std::string& path) {
  const std::string name = path.substr(path.find_last_of('/') + 1);
  return name.substr(0, name.find('.'));
}

// A region ends in a digit, and its zone is a letter right after it (AWS) or after a hyphen (GCP).
std::string RegionOf(const std::string& pool) {
  const auto is_letter = [&](std::size_t i) {
    return i < pool.size() && pool[i] >= 'a' && pool[i] <= 'z';
  };
  const auto ends = [&](std::size_t i) {
    return i >= pool.size() || pool[i] == '_' || pool[i] == '-';
  };
  for (std::size_t i = 1; i < pool.size(); ++i) {
    if (pool[i] < '0' || pool[i] > '9') continue;
    const std::size_t zone = i + 1 < pool.size() && pool[i + 1] == '-' ? i + 2 : i + 1;
    if (is_letter(zone) && ends(zone + 1)) return pool.substr(0, i + 1);
  }
  return pool;
}

Result<Duration> GapOf(const json& document, const std::string& path) {
  const json* gap = nullptr;
  if (document.contains("metadata") && document["metadata"].is_object() &&
      document["metadata"].contains("gap_seconds"))
    gap = &document["metadata"]["gap_seconds"];
  if (gap == nullptr)
    return Invalid(path, "metadata.gap_seconds is missing; expected the step of data in seconds");
  constexpr double kMost = 86400;
  if (!gap->is_number() || !(gap->get<double>() > 0 && gap->get<double>() <= kMost))
    return Invalid(path, "metadata.gap_seconds is " + Shown(*gap) +
                             "; expected a number above 0 and up to 86400");
  return Duration(std::llround(gap->get<double>() * 1e6));
}

Result<std::int64_t> CountOf(const json& value, std::size_t index, const std::string& path) {
  constexpr double kMost = 1e6;
  const double count = value.is_number() ? value.get<double>() : -1;
  if (!(count >= 0 && count <= kMost) || count != std::floor(count))
    return Invalid(path, "data[" + std::to_string(index) + "] is " + Shown(value) +
                             "; expected a whole number of nodes from 0 to 1000000");
  return static_cast<std::int64_t>(count);
}

}  // namespace

Result<TraceFile> ParseTrace(std::string_view text, const std::string& path) {
  const json document = json::parse(text, nullptr, false);
  if (!document.is_object())
    return Invalid(path, "is not JSON as {\"metadata\":{\"gap_seconds\":195},\"data\":[0,1,...]}");
  TraceFile trace{NameOf(path), "", Duration(0), {}};
  trace.region = RegionOf(trace.pool);
  LC_TRY(trace.gap, GapOf(document, path));
  if (!document.contains("data") || !document["data"].is_array() || document["data"].empty())
    return Invalid(path, "data is " +
                             (document.contains("data") ? Shown(document["data"]) : "missing") +
                             "; expected an array with a count of nodes for each step");
  for (const json& value : document["data"]) {
    LC_TRY(const std::int64_t count, CountOf(value, trace.stock.size(), path));
    trace.stock.push_back(count);
  }
  return trace;
}

Result<TraceFile> ReadTrace(const std::string& path) {
  LC_TRY(const std::string text, files::ReadWholeFile(path));
  return ParseTrace(text, path);
}

}  // namespace loadcurve::spot_trace
