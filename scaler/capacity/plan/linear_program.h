#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve::capacity {

struct LinearColumn {
  double cost = 0;
  double lower = 0;
  double upper = 0;  // may be infinite
  bool is_whole = false;
};

// lower <= sum of factors[i] * value of columns[i] <= upper; either may be infinite.
struct LinearRow {
  double lower = 0;
  double upper = 0;
  std::vector<int> columns;
  std::vector<double> factors;

  void Add(int column, double factor) {
    columns.push_back(column);
    factors.push_back(factor);
  }
};

// Least cost. Where there are more rows than a solver should see at once, `broken` tells those that
// some values break.
struct LinearProgram {
  std::vector<LinearColumn> columns;
  std::vector<LinearRow> rows;
  std::function<std::vector<LinearRow>(std::span<const double>)> broken;

  int AddColumn(const LinearColumn& column) {
    columns.push_back(column);
    return static_cast<int>(columns.size()) - 1;
  }
};

struct SolverEffort {
  // Search for the best whole values (branch and bound) for so long, by the processor's clock; else
  // values are rounded and repaired.
  Duration search{0};
};

struct LinearSolution {
  std::vector<double> values;  // whole where columns are
  double cost = 0;
  // Of the program without whole numbers: nothing whole can be cheaper.
  double bound = 0;
  // By how much a column that the bound leaves out is too dear.
  std::vector<double> too_dear;
  bool is_searched = false;  // the values are of the search
};

// A program solved without whole numbers, from which the whole ones are found.
class RelaxedProgram {
 public:
  // `program` outlives it. kInternal where that has no solution at all, or no end: columns that
  // stand for what is lacking keep that from happening.
  [[nodiscard]] static Result<RelaxedProgram> Make(const LinearProgram& program);
  RelaxedProgram(RelaxedProgram&&) noexcept;
  ~RelaxedProgram();

  // Its cost is the bound.
  const LinearSolution& solution() const { return solution_; }

  // Once; kInternal where no whole values were found.
  [[nodiscard]] Result<LinearSolution> Round(const SolverEffort& effort = {});

 private:
  class Solver;

  explicit RelaxedProgram(std::unique_ptr<Solver> solver, LinearSolution solution);

  std::unique_ptr<Solver> solver_;  // none where there are no rows
  LinearSolution solution_;
};

// Both in one.
[[nodiscard]] Result<LinearSolution> Solve(const LinearProgram& program,
                                           const SolverEffort& effort = {});

}  // namespace loadcurve::capacity
