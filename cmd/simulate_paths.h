#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "base/result.h"
#include "scaler/twin/simulation.h"

namespace loadcurve {

// The file of --paths: policy,knob,time,demand,ready, one row a step, demand in replicas (nan
// where missing), ready the fewest ready replicas in the step. Written as runs come; a failed
// write is told by Close.
class SimulatePaths {
 public:
  [[nodiscard]] static Result<SimulatePaths> Open(const std::string& path);

  void Append(const twin::Simulation& simulation, const twin::PolicyRun& run);
  [[nodiscard]] Result<void> Close();

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  SimulatePaths(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}

  std::string path_;
  std::unique_ptr<std::FILE, CloseFile> file_;
  // What every run repeats: ",time,demand," of each step.
  std::vector<std::string> middles_;
};

}  // namespace loadcurve
