#pragma once

#include <span>

namespace loadcurve {

// How the tail of latency rises while what serves the requests fills up:
//
//   tail(u) = light (1 + growth * C(c, c u) / (c (1 - u)))
//
// with u in [0, 1) the share that is used and C Erlang's formula: the mean wait of the queue
// M/M/c, in times of service. `growth` is 1 for a tail that grows as the mean does; less where a
// part of the time is waiting for others; more where short requests wait behind long ones.
struct QueueCurve {
  double light_seconds = 0;  // the tail where nothing queues
  double growth = 1;         // >= 0
  double servers = 1;        // c, a whole number
  double error = 0;          // of what it was fitted to, relative, in the quadratic mean

  double TailAt(double used_share) const;
  // The highest share at which the tail is within the target; 1 where it always is, 0 where it
  // never is.
  double ShareWithin(double target_seconds) const;
};

// What was seen at one load.
struct TailPoint {
  double used_share = 0;  // in [0, 1)
  double tail_seconds = 0;
  double weight = 1;
};

// By least squares of relative errors, which pull `growth` to 1 as strongly as a guess that may be
// wrong by 0.7. `points` is not empty.
QueueCurve FitQueueCurve(std::span<const TailPoint> points, double servers);

}  // namespace loadcurve
