#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "adapters/mock/service_model.h"
#include "base/result.h"

namespace loadcurve::mock {

struct ControlAnswer {
  int status = 200;
  std::string body;  // JSON, with a line break
};

// Answers whoever steers a mock while it runs:
//
//   GET  /                   the faults, and what they have touched
//   POST /faults/NAME/on     begins a fault anew: its from and until count from now
//   POST /faults/NAME/off
//   POST /reload             reads the plan again; a broken one changes nothing, 422
//
// An unknown fault is 404, another method 405. NAME is taken as it stands, but for %20 and kin.
ControlAnswer AnswerControl(std::string_view method, std::string_view target, Duration now,
                            ServiceModel& model, const std::function<Result<void>()>& reload);

}  // namespace loadcurve::mock
