#pragma once

#include <string>
#include <vector>

#include "adapters/kube/scaling_evidence.h"

namespace loadcurve::kube {

// One thing that keeps the count where it is, or explains it.
struct ScalingCause {
  int weight = 0;      // the larger, the more likely it is what people look for
  std::string reason;  // one CamelCase word, for programs
  std::string what;    // a sentence
  std::string remedy;  // what to do; empty where there is nothing to do
};

// All that the evidence speaks for, the most likely first; never empty. What stops everything
// (a pause, two owners) comes before what stops a step (a metric in error, a quota), that before
// limits that were set on purpose, and those before what is as decided. Pure.
std::vector<ScalingCause> CausesOf(const ScalingEvidence& evidence);

// The parts, each in its own file.
void AddProfileCauses(const ScalingEvidence& evidence, std::vector<ScalingCause>& causes);
void AddHpaCauses(const ScalingEvidence& evidence, std::vector<ScalingCause>& causes);
void AddWriterCauses(const ScalingEvidence& evidence, std::vector<ScalingCause>& causes);
void AddPodCauses(const ScalingEvidence& evidence, std::vector<ScalingCause>& causes);

}  // namespace loadcurve::kube
