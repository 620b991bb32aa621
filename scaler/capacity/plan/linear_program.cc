#include "scaler/capacity/plan/linear_program.h"

#include <algorithm>
#include <cmath>
#include <coin/CbcHeuristic.hpp>
#include <coin/CbcModel.hpp>
#include <coin/CglGomory.hpp>
#include <coin/CglMixedIntegerRounding2.hpp>
#include <coin/ClpSimplex.hpp>
#include <coin/CoinPackedMatrix.hpp>
#include <coin/OsiClpSolverInterface.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace loadcurve::capacity {
namespace {

constexpr double kWhole = 1e-6;  // what is so close to a whole number is one

void AddRows(ClpSimplex& model, const std::vector<LinearRow>& rows) {
  std::vector<double> lower;
  std::vector<double> upper;
  std::vector<CoinBigIndex> starts = {0};
  std::vector<int> columns;
  std::vector<double> factors;
  for (const LinearRow& row : rows) {
    lower.push_back(row.lower);
    upper.push_back(row.upper);
    columns.insert(columns.end(), row.columns.begin(), row.columns.end());
    factors.insert(factors.end(), row.factors.begin(), row.factors.end());
    starts.push_back(static_cast<CoinBigIndex>(columns.size()));
  }
  model.addRows(static_cast<int>(rows.size()), lower.data(), upper.data(), starts.data(),
                columns.data(), factors.data());
}

bool IsWhole(const LinearProgram& program, const std::vector<double>& values) {
  for (std::size_t i = 0; i < program.columns.size(); ++i)
    if (program.columns[i].is_whole && std::abs(values[i] - std::round(values[i])) > 1e-4)
      return false;
  return true;
}

// Branch and bound from the rounded values on; absent where it found nothing that is cheaper.
std::optional<LinearSolution> Search(const LinearProgram& program, ClpSimplex model,
                                     const LinearSolution& rounded, Duration limit) {
  double left = Seconds(limit);
  LinearSolution best = rounded;
  for (int round = 0; round < 10 && left > 0.01; ++round) {
    OsiClpSolverInterface solver(&model);
    solver.setHintParam(OsiDoReducePrint, true, OsiHintTry);
    for (std::size_t i = 0; i < program.columns.size(); ++i)
      if (program.columns[i].is_whole) solver.setInteger(static_cast<int>(i));
    CbcModel search(solver);
    search.setLogLevel(0);
    search.solver()->messageHandler()->setLogLevel(0);
    CglGomory gomory;
    CglMixedIntegerRounding2 rounding;
    search.addCutGenerator(&gomory, -1, "Gomory");
    search.addCutGenerator(&rounding, -1, "MixedIntegerRounding2");
    CbcRounding heuristic(search);
    search.addHeuristic(&heuristic);
    search.setAllowableFractionGap(1e-4);
    search.setMaximumSeconds(left);
    search.setCutoff(best.cost);
    search.branchAndBound();
    left -= search.getCurrentSeconds();
    const double* values = search.bestSolution();
    if (values == nullptr) break;
    const std::vector<double> found(values, values + program.columns.size());
    const auto broken = program.broken ? program.broken(found) : std::vector<LinearRow>{};
    if (!broken.empty()) {
      AddRows(model, broken);
      continue;
    }
    if (!IsWhole(program, found)) break;
    best.values = found;
    best.cost = search.getObjValue();
    best.is_searched = true;
    break;
  }
  if (!best.is_searched) return std::nullopt;
  return best;
}

// Where nothing binds columns together each is best at one of its bounds. CLP 1.17 cannot be asked:
// it ends the process over a program without rows.
Result<LinearSolution> SolveWithoutRows(const LinearProgram& program) {
  LinearSolution solution;
  for (const LinearColumn& column : program.columns) {
    const double value = column.cost < 0 ? column.upper : column.lower;
    if (std::isinf(value)) return Fail(ErrorCode::kInternal, "the plan's program has no end");
    solution.values.push_back(value);
    solution.cost += column.cost * value;
    solution.too_dear.push_back(column.cost);
  }
  solution.bound = solution.cost;
  return solution;
}

}  // namespace

// Rounds the solution of a linear program step by step, each step followed by what the rest makes
// of it; then takes away what turned out not to be needed.
class RelaxedProgram::Solver {
 public:
  explicit Solver(const LinearProgram& program) : program_(program) {
    model_.setLogLevel(0);
    model_.resize(0, static_cast<int>(program.columns.size()));
    for (std::size_t i = 0; i < program.columns.size(); ++i) {
      const LinearColumn& column = program.columns[i];
      model_.setColumnBounds(static_cast<int>(i), column.lower, column.upper);
      model_.setObjectiveCoefficient(static_cast<int>(i), column.cost);
      if (column.is_whole) whole_.push_back(static_cast<int>(i));
    }
    AddRows(model_, program.rows);
  }

  void Add(const std::vector<LinearRow>& rows) { AddRows(model_, rows); }

  // With all rows that matter; false where there is no solution.
  bool Relax() {
    constexpr int kMostRounds = 200;
    for (int round = 0; round < kMostRounds; ++round) {
      model_.dual();
      steps_ += model_.numberIterations();
      if (!model_.isProvenOptimal()) model_.primal();
      if (!model_.isProvenOptimal()) return false;
      if (!program_.broken) return true;
      const std::vector<LinearRow> broken = program_.broken(Values());
      if (broken.empty()) return true;
      AddRows(model_, broken);
    }
    return true;
  }

  // Whole values for all columns that ask for them; false where that failed. Each step rounds those
  // that lie nearest to a whole number to that; where it costs more than a unit of each does, the
  // nearest alone, to the side that costs less.
  bool Round() {
    for (std::vector<int> open = Open(); !open.empty(); open = Open()) {
      const std::vector<int> due = Clearest(open);
      const std::vector<double> values = Values();
      const double before = Cost();
      double units = 0;
      for (const int column : due) units += CostOf(column);
      if (!RoundAll(due, values, 0.5)) return false;
      if (Cost() <= before + units) continue;
      Release(due);
      if (!RoundToCheaperSide(due.front(), values)) return false;
    }
    return true;
  }

  // Takes units away one by one, the dearest first, and fills up with others where needed, as long
  // as that is cheaper and the cost is not next to the bound. The values are whole before and
  // after.
  void Repair(double bound) {
    Settle();
    steps_ = 0;
    std::vector<int> columns;
    for (const int column : whole_)
      if (model_.columnLower()[column] > LowerOf(column)) columns.push_back(column);
    std::ranges::stable_sort(columns, [&](int a, int b) { return CostOf(a) > CostOf(b); });
    for (const int column : columns)
      while (IsWorthRepairing(bound) && TakeOne(column)) {
      }
  }

  std::vector<double> Values() const {
    const double* values = model_.primalColumnSolution();
    return {values, values + model_.numberColumns()};
  }
  std::vector<double> TooDear() const {
    const double* costs = model_.dualColumnSolution();
    return {costs, costs + model_.numberColumns()};
  }
  double Cost() const { return model_.objectiveValue(); }
  const LinearProgram& program() const { return program_; }
  const ClpSimplex& model() const { return model_; }

  // As the program has them, whatever was rounded meanwhile; rows that mattered stay.
  void Unfix() {
    for (std::size_t i = 0; i < program_.columns.size(); ++i)
      model_.setColumnBounds(static_cast<int>(i), program_.columns[i].lower,
                             program_.columns[i].upper);
  }

 private:
  // Steps of the simplex method stand for time, so that the same program has the same solution
  // everywhere.
  bool IsWorthRepairing(double bound) const {
    constexpr double kClose = 0.002;
    constexpr std::int64_t kMostSteps = 3000;
    return Cost() > bound + kClose * std::abs(bound) && steps_ < kMostSteps;
  }

  double CostOf(int column) const {
    return program_.columns[static_cast<std::size_t>(column)].cost;
  }
  double LowerOf(int column) const {
    return program_.columns[static_cast<std::size_t>(column)].lower;
  }
  double UpperOf(int column) const {
    return program_.columns[static_cast<std::size_t>(column)].upper;
  }

  static double FractionOf(double value) { return value - std::floor(value + kWhole); }

  // Columns that should be whole and are not.
  std::vector<int> Open() const {
    std::vector<int> open;
    for (const int column : whole_)
      if (FractionOf(model_.primalColumnSolution()[column]) > kWhole) open.push_back(column);
    return open;
  }

  // A quarter of them: those that lie nearest to a whole number, the nearest first.
  std::vector<int> Clearest(std::vector<int> open) const {
    const double* values = model_.primalColumnSolution();
    std::ranges::stable_sort(open, std::greater<>(), [&](int column) {
      return std::abs(FractionOf(values[column]) - 0.5);
    });
    open.resize((open.size() + 3) / 4);
    return open;
  }

  static double ValueIn(const std::vector<double>& values, int column) {
    return values[static_cast<std::size_t>(column)];
  }

  // Up from the fraction `up_from` on. What the bounds were is kept for Release().
  bool RoundAll(const std::vector<int>& columns, const std::vector<double>& values,
                double up_from) {
    released_.clear();
    for (const int column : columns) {
      released_.emplace_back(model_.columnLower()[column], model_.columnUpper()[column]);
      const double value = ValueIn(values, column);
      if (FractionOf(value) < up_from)
        model_.setColumnUpper(column, std::floor(value));
      else
        model_.setColumnLower(column, std::floor(value) + 1);
    }
    return Relax();
  }

  void Release(const std::vector<int>& columns) {
    for (std::size_t i = 0; i < columns.size(); ++i)
      model_.setColumnBounds(columns[i], released_[i].first, released_[i].second);
  }

  bool RoundToCheaperSide(int column, const std::vector<double>& values) {
    constexpr double kDown = 2;
    constexpr double kUp = 0;
    if (!RoundAll({column}, values, kDown)) return false;
    const double below = Cost();
    Release({column});
    if (!RoundAll({column}, values, kUp)) return false;
    if (Cost() <= below) return true;
    Release({column});
    return RoundAll({column}, values, kDown);
  }

  // Fixes what is to be whole where it stands.
  void Settle() {
    for (const int column : whole_) {
      const double value = std::round(model_.primalColumnSolution()[column]);
      model_.setColumnBounds(column, value, value);
    }
    Relax();
  }

  // One unit of the column less, and as much of others as that takes; false, with everything as it
  // was, where that is not cheaper.
  bool TakeOne(int column) {
    const double before = Cost();
    const double value = model_.columnUpper()[column];
    if (value <= LowerOf(column)) return false;
    std::vector<double> values;
    for (const int other : whole_) {
      values.push_back(model_.columnUpper()[other]);
      model_.setColumnUpper(other, UpperOf(other));
    }
    model_.setColumnBounds(column, value - 1, value - 1);
    const bool is_cheaper = Relax() && Cost() < before - Noticed(before) && Round() &&
                            Cost() < before - Noticed(before);
    if (is_cheaper) {
      Settle();
      return true;
    }
    for (std::size_t i = 0; i < whole_.size(); ++i)
      model_.setColumnBounds(whole_[i], values[i], values[i]);
    Relax();
    return false;
  }

  static double Noticed(double cost) { return 1e-7 * (1 + std::abs(cost)); }

  const LinearProgram& program_;
  ClpSimplex model_;
  std::vector<int> whole_;                           // columns that are to be
  std::vector<std::pair<double, double>> released_;  // bounds before the last rounding
  std::int64_t steps_ = 0;                           // of the simplex method, in repairing
};

RelaxedProgram::RelaxedProgram(std::unique_ptr<Solver> solver, LinearSolution solution)
    : solver_(std::move(solver)), solution_(std::move(solution)) {}
RelaxedProgram::RelaxedProgram(RelaxedProgram&&) noexcept = default;
RelaxedProgram::~RelaxedProgram() = default;

Result<RelaxedProgram> RelaxedProgram::Make(const LinearProgram& program) {
  std::vector<LinearRow> first;
  if (program.rows.empty()) {
    LC_TRY(LinearSolution solution, SolveWithoutRows(program));
    if (program.broken) first = program.broken(solution.values);
    if (first.empty()) return RelaxedProgram(nullptr, std::move(solution));
  }
  auto solver = std::make_unique<Solver>(program);
  solver->Add(first);
  if (!solver->Relax()) return Fail(ErrorCode::kInternal, "the plan's program has no solution");
  LinearSolution solution{.values = solver->Values(), .cost = solver->Cost()};
  solution.bound = solution.cost;
  solution.too_dear = solver->TooDear();
  return RelaxedProgram(std::move(solver), std::move(solution));
}

Result<LinearSolution> RelaxedProgram::Round(const SolverEffort& effort) {
  if (!solver_) return solution_;
  LinearSolution solution = solution_;
  if (!solver_->Round()) return Fail(ErrorCode::kInternal, "the plan could not be rounded");
  solver_->Repair(solution.bound);
  solution.values = solver_->Values();
  solution.cost = solver_->Cost();
  if (effort.search > Duration(0)) {
    solver_->Unfix();
    if (auto found = Search(solver_->program(), solver_->model(), solution, effort.search))
      return *found;
  }
  return solution;
}

Result<LinearSolution> Solve(const LinearProgram& program, const SolverEffort& effort) {
  LC_TRY(RelaxedProgram relaxed, RelaxedProgram::Make(program));
  return relaxed.Round(effort);
}

}  // namespace loadcurve::capacity
