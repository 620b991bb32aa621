#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace loadcurve {

// From one step on the load stands at another level: a migration, a launch, a tenant that left.
struct LevelShift {
  std::size_t at = 0;  // the first step of the new level
  double factor = 1;   // of the new level over the old one, > 0
};

// The last shift that a load had, where it lies no more than seven of the shortest season back.
//
// Day by day (as the shortest season is called here) the log of the load, as against the same times
// of up to four seasons before, is cut in two where the cumulated sum of its deviations of the last
// two days is furthest from 0 for its place (Page, 1954, Biometrika 41; as a test of two means has
// it). What follows the cut is a new level where it has lasted for an eighth of a day, differs from
// the day before by a quarter at least and by half more than stretches as long ever did before, and
// nearly all of it lies on its side. What was before is brought to that level, and the search goes
// on. A load that shifted up and down, or more than once in two weeks on the average, or that on
// its last day is halfway back, has no level that would stay, and none is found.
//
// `seasons` in steps, rising, at least one. NaN is missing. None in less than three seasons.
std::optional<LevelShift> RecentLevelShift(std::span<const double> loads,
                                           std::span<const std::size_t> seasons);

// The loads with what came before the shift brought to the level after it: the shapes of days and
// weeks stay known, and how high they were is forgotten.
std::vector<double> AtLevelAfter(const LevelShift& shift, std::span<const double> loads);

}  // namespace loadcurve
