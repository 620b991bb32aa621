#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "metrics/weight_fit.h"

namespace loadcurve {

// How far the CPU of windows lies off a line, in logarithms, and how far the mean of some windows
// in a row does by chance alone. Neighbours err together, so that is found on blocks of as many
// windows, not from single ones.
class CpuNoise {
 public:
  CpuNoise() = default;
  // `offsets`: log(CPU / line) of windows in order of time, which the line was fitted to.
  explicit CpuNoise(std::span<const double> offsets);

  // The standard error of the mean of `count` >= 1 windows in a row, against the line as it is.
  // Never below 1 %: no two revisions meet the same mix of requests.
  double ErrorOfMean(std::size_t count) const;

  // What it is made of: errors of the means of blocks of 1, 2, 4, 8 ... windows.
  const std::vector<double>& block_errors() const { return block_errors_; }
  static CpuNoise OfBlocks(std::vector<double> block_errors);

  bool operator==(const CpuNoise&) const = default;

 private:
  std::vector<double> block_errors_;
};

enum class ShiftVerdict {
  kOpen,       // it cannot be told yet
  kUnchanged,  // what there is, is less than what is told
  kMore,       // a unit of load costs more CPU than before
  kLess,
};

// What a new revision's CPU is to that of the one before, at the same load.
struct ShiftEstimate {
  ShiftVerdict verdict = ShiftVerdict::kOpen;
  double log_ratio = 0;  // 0.18: 20 % more
  double error = 0;      // standard error

  bool operator==(const ShiftEstimate&) const = default;
};

// Judges the offsets of a new revision's windows one after the other, as they come.
//
// A shift is told when the mean of all offsets, and that of their later half by itself, lie off by
// more than 3.3 standard errors and more than 5 %, to the same side, and the later half by no less
// than three quarters of the earlier one: caches that fill and code that is still compiled burn
// more at first, and less and less. A verdict stays. Offsets count in steps of 0.0001.
class CpuShift {
 public:
  // All that it knows but for the noise, for another process to go on with.
  struct Parts {
    std::size_t least = 0;
    std::size_t enough = 0;
    ShiftVerdict verdict = ShiftVerdict::kOpen;
    double line_error = 0;
    std::vector<double> offsets{};
    // Of a process before this one; it stands until the offsets tell it better.
    std::optional<ShiftEstimate> estimate{};

    bool operator==(const Parts&) const = default;
  };

  // No verdict before `least` offsets; kUnchanged after `enough` of them without a shift.
  CpuShift(CpuNoise noise, std::size_t least, std::size_t enough);
  CpuShift(CpuNoise noise, Parts parts) : noise_(std::move(noise)), parts_(std::move(parts)) {}

  // `line_error`: the standard error of the logarithm of the line, at the loads of the offsets so
  // far.
  ShiftEstimate Add(double offset, double line_error);
  // The estimate as it stands: of the later half, once there are four offsets.
  ShiftEstimate Present() const;

  const Parts& parts() const { return parts_; }
  // The same without its offsets where they have told: the estimate stands for them.
  CpuShift Kept() const;

  bool operator==(const CpuShift&) const = default;

 private:
  double ErrorOf(std::size_t count) const;

  CpuNoise noise_;
  Parts parts_;
};

}  // namespace loadcurve
