#include "cmd/plan_replay_paths.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <iterator>

namespace loadcurve {

Result<PlanReplayPaths> PlanReplayPaths::Open(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr)
    return Fail(ErrorCode::kInvalidArgument,
                "--paths: '" + path + "' cannot be written: " + std::strerror(errno));
  std::fputs("policy,time,demand,ready,on_demand,spot\n", file);
  return PlanReplayPaths(path, file);
}

void PlanReplayPaths::Append(const capacity::SpotRun& run, Duration gap) {
  std::string rows;
  for (std::size_t i = 0; i < run.ticks.size(); ++i) {
    const capacity::SpotTick& tick = run.ticks[i];
    fmt::format_to(std::back_inserter(rows), "{},{},{},{},{},{}\n", run.policy,
                   Seconds(gap * static_cast<std::int64_t>(i)), tick.demand, tick.ready,
                   tick.on_demand, tick.spot);
  }
  std::fwrite(rows.data(), 1, rows.size(), file_.get());
}

Result<void> PlanReplayPaths::Close() {
  const bool is_bad = std::ferror(file_.get()) != 0;
  if (std::fclose(file_.release()) != 0 || is_bad)
    return Fail(ErrorCode::kUnavailable, "--paths: '" + path_ + "' could not be written whole");
  return {};
}

}  // namespace loadcurve
