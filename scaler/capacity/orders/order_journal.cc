#include "scaler/capacity/orders/order_journal.h"

namespace loadcurve::capacity {

std::string_view Name(OrderStage stage) {
  return stage == OrderStage::kIntended ? "intended" : "settled";
}

}  // namespace loadcurve::capacity
