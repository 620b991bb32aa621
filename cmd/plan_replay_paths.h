#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "base/result.h"
#include "scaler/capacity/replay/spot_replay.h"

namespace loadcurve {

// The file of `plan --replay --paths`: policy,time,demand,ready,on_demand,spot, one row a tick;
// time in seconds from the start, the rest in node-ticks, as SpotTick has them. Written as runs
// come; a failed write is told by Close.
class PlanReplayPaths {
 public:
  [[nodiscard]] static Result<PlanReplayPaths> Open(const std::string& path);

  void Append(const capacity::SpotRun& run, Duration gap);
  [[nodiscard]] Result<void> Close();

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  PlanReplayPaths(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}

  std::string path_;
  std::unique_ptr<std::FILE, CloseFile> file_;
};

}  // namespace loadcurve
