#include "cmd/simulate_paths.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <iterator>

#include "base/time_text.h"

namespace loadcurve {

Result<SimulatePaths> SimulatePaths::Open(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr)
    return Fail(ErrorCode::kInvalidArgument,
                "--paths: '" + path + "' cannot be written: " + std::strerror(errno));
  std::fputs("policy,knob,time,demand,ready\n", file);
  return SimulatePaths(path, file);
}

void SimulatePaths::Append(const twin::Simulation& simulation, const twin::PolicyRun& run) {
  const twin::Timing& timing = simulation.timing();
  if (middles_.empty()) {
    for (std::size_t i = 0; i < simulation.demand().size(); ++i) {
      const std::string time = ToRfc3339(timing.start + timing.step * static_cast<std::int64_t>(i));
      middles_.push_back(fmt::format(",{},{:.7g},", time, simulation.demand()[i]));
    }
  }
  const std::string head = run.policy + "," + run.knob;
  std::string rows;
  for (std::size_t i = 0; i < run.records.size(); ++i) {
    rows += head;
    rows += middles_[i];
    fmt::format_to(std::back_inserter(rows), "{}\n", run.records[i].ready.value());
  }
  std::fwrite(rows.data(), 1, rows.size(), file_.get());
}

Result<void> SimulatePaths::Close() {
  const bool is_bad = std::ferror(file_.get()) != 0;
  if (std::fclose(file_.release()) != 0 || is_bad)
    return Fail(ErrorCode::kUnavailable, "--paths: '" + path_ + "' could not be written whole");
  return {};
}

}  // namespace loadcurve
