#include "metrics/replica_capacity.h"

namespace loadcurve {

std::string_view Name(BindingResource resource) {
  return resource == BindingResource::kCpu ? "cpu" : "slots";
}

}  // namespace loadcurve
