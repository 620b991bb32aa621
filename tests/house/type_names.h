#pragma once

#include <span>
#include <vector>

#include "tests/house/house_rules.h"
#include "tests/house/source_text.h"

namespace loadcurve::house {

// Types of the product that are defined under a name that another file gave away before, in the
// same namespace: the linker takes one of the two for both (the one-definition rule, C++20
// [basic.def.odr]). Types of an anonymous namespace, of another type and of tests and benchmarks,
// which are programs of their own, are left out.
std::vector<Finding> NamesGivenTwice(std::span<const SourceText> sources);

}  // namespace loadcurve::house
