#include "cmd/spot_traces.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace loadcurve {

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

}  // namespace loadcurve
