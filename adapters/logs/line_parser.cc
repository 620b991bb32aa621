#include "adapters/logs/line_parser.h"

namespace loadcurve::logs {

std::string_view Name(BadLine reason) {
  switch (reason) {
    case BadLine::kNone:
      return "none";
    case BadLine::kHeader:
      return "header";
    case BadLine::kUnserved:
      return "unserved";
    case BadLine::kShape:
      return "shape";
    case BadLine::kTime:
      return "time";
    case BadLine::kDuration:
      return "duration";
    case BadLine::kStatus:
      return "status";
    case BadLine::kImplausible:
      return "implausible";
    case BadLine::kTooLong:
      return "too_long";
  }
  return "unknown";
}

}  // namespace loadcurve::logs
