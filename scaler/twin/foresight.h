#pragma once

#include <vector>

#include "scaler/twin/policy.h"

namespace loadcurve::twin {

// What rivals foresee, at each step and from the loads before it alone: one load a step, in
// replicas, 0 where they have no opinion yet. All need a day of whole steps; without one they
// never have an opinion.

// KEDA's cron scaler, as someone sets it who reviews the last week each day: for each hour of the
// day the median over the last seven days of its highest load, in force from one start-up
// before the hour.
std::vector<double> CronSchedule(const FamilyInputs& inputs);

// Crane's EHPA with DSP: the last day again, without its quick changes (15-minute means), after
// two days; the highest value of the hour to come (predictionWindowSeconds = 3600).
std::vector<double> LastDayHighestHour(const FamilyInputs& inputs);

// AHPA-style: the median of the same time on the last seven days, brought to the level of the
// last half hour; the highest value until a replica ordered now is ready, and one step on.
std::vector<double> DailyMedianAhead(const FamilyInputs& inputs);

// AWS predictive scaling: the mean of the same hour on the last 14 days, recent ones weighing
// more, after one day; in force from 300 s before the hour (SchedulingBufferTime).
std::vector<double> HourlyForecast(const FamilyInputs& inputs);

}  // namespace loadcurve::twin
