#include "scaler/capacity/capacity_offer.h"

namespace loadcurve::capacity {

std::string_view Name(CapacityClass capacity_class) {
  switch (capacity_class) {
    case CapacityClass::kReserved:
      return "reserved";
    case CapacityClass::kOnDemand:
      return "on-demand";
    case CapacityClass::kSpot:
      return "spot";
  }
  return "";
}

}  // namespace loadcurve::capacity
