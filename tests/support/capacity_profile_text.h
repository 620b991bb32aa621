#pragma once

#include <string>

namespace loadcurve {

// A CapacityProfile named fleet; each line of `spec` is set in by two.
inline std::string CapacityProfileText(const std::string& spec) {
  return "apiVersion: loadcurve.dev/v1alpha1\nkind: CapacityProfile\nmetadata: {name: fleet}\n"
         "spec:\n" +
         spec;
}

}  // namespace loadcurve
