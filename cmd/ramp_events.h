#pragma once

#include <cstdio>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.h"
#include "metrics/capacity/ramp.h"
#include "metrics/capacity/ramp_result.h"

namespace loadcurve {

// What happens in a ramp, one JSON object a line, written as it happens: "interval", "order",
// "step" and at the end "result".
class RampEvents {
 public:
  RampEvents() = default;
  ~RampEvents();
  RampEvents(const RampEvents&) = delete;
  RampEvents& operator=(const RampEvents&) = delete;

  // "-" is standard output, empty is nowhere. kUnavailable where the file cannot be written.
  [[nodiscard]] Result<void> Open(const std::string& path);

  bool is_stdout() const { return file_ == stdout; }

  void OnInterval(const RampInterval& interval, const RampStep& step);
  void OnOrder(const RampOrder& order, const Ramp& ramp);
  void OnStep(const RampStep& step);
  void OnResult(const nlohmann::json& result);

  // kUnavailable where a line could not be written: the disk is full, the reader gone.
  [[nodiscard]] Result<void> Close();

 private:
  void Write(const nlohmann::json& event);

  std::string path_;
  std::FILE* file_ = nullptr;
  bool has_failed_ = false;
};

// What one replica used; null where it was not told.
nlohmann::json UseToJson(const ReplicaUse& use);

}  // namespace loadcurve
