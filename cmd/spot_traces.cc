#include "cmd/spot_traces.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <utility>

namespace loadcurve {

using capacity::CapacityClass;
using capacity::CapacityOffer;
using capacity::LossRecord;

Result<std::vector<spot_trace::TraceFile>> ReadTraces(const std::vector<std::string>& paths) {
  std::vector<spot_trace::TraceFile> traces;
  for (const std::string& path : paths) {
    LC_TRY(auto trace, spot_trace::ReadTrace(path));
    if (!traces.empty() && trace.gap != traces.front().gap)
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{}: metadata.gap_seconds is {:g}; expected {:g} as in {}", path,
                              Seconds(trace.gap), Seconds(traces.front().gap), paths.front()));
    traces.push_back(std::move(trace));
  }
  std::size_t ticks = traces.front().stock.size();
  for (const auto& trace : traces) ticks = std::min(ticks, trace.stock.size());
  for (auto& trace : traces) trace.stock.resize(ticks);
  return traces;
}

Result<LossRecord> SeenLossesIn(const std::vector<std::string>& traces,
                                const std::vector<CapacityOffer>& offers) {
  if (traces.empty()) return LossRecord();
  std::vector<std::string> pools;
  std::vector<std::string> paths;
  for (const std::string& text : traces) {
    const std::size_t equals = text.find('=');
    const std::string pool = text.substr(0, equals);
    const bool is_spot = std::ranges::any_of(offers, [&](const CapacityOffer& offer) {
      return offer.capacity_class == CapacityClass::kSpot && offer.pool == pool;
    });
    if (equals == std::string::npos || !is_spot)
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("--trace is '{}'; expected POOL=FILE, with a spot pool of --pools", text));
    if (std::ranges::find(pools, pool) != pools.end())
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("--trace names pool '{}' twice; expected one trace a pool", pool));
    pools.push_back(pool);
    paths.push_back(text.substr(equals + 1));
  }
  LC_TRY(const auto files, ReadTraces(paths));
  if (files.front().gap > LossRecord::kLongestLook)
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{}: metadata.gap_seconds is {:g}; expected {:g} at most, or what "
                    "happens between is not known",
                    paths.front(), Seconds(files.front().gap), Seconds(LossRecord::kLongestLook)));
  std::map<std::string, std::span<const std::int64_t>> stock;
  for (std::size_t i = 0; i < pools.size(); ++i) stock[pools[i]] = files[i].stock;
  return LossRecord::Of(stock, files.front().gap);
}

}  // namespace loadcurve
