#include "cmd/cpu_quantity.h"

#include <string>

#include "base/quantity_text.h"

namespace loadcurve {

Result<CpuCores> ParseCpuQuantity(std::string_view text) {
  const auto cores = QuantityIn(text);
  if (!cores || *cores <= 0)
    return Fail(ErrorCode::kInvalidArgument,
                "'" + std::string(text) + "' is no amount of CPU; expected one as 250m, 0.5 or 2");
  return CpuCores(*cores);
}

}  // namespace loadcurve
