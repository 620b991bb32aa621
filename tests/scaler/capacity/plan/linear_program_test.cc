#include "scaler/capacity/plan/linear_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace loadcurve::capacity {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr double kEndless = std::numeric_limits<double>::infinity();

TEST(LinearProgram, IsSolvedWithoutAnyColumnOrRow) {
  const auto solution = Solve(LinearProgram{});
  ASSERT_TRUE(solution);
  EXPECT_THAT(solution->values, IsEmpty());
  EXPECT_EQ(solution->cost, 0);
}

TEST(LinearProgram, PutsEachColumnAtItsBetterBoundWhereNothingBindsThem) {
  LinearProgram program;
  program.AddColumn({.cost = 2, .lower = 1, .upper = kEndless, .is_whole = true});
  program.AddColumn({.cost = -3, .lower = 0, .upper = 4});
  program.AddColumn({.cost = 0, .lower = 5, .upper = 6});
  const auto solution = Solve(program).value();
  EXPECT_THAT(solution.values, ElementsAre(1, 4, 5));
  EXPECT_EQ(solution.cost, 2 - 12);
  EXPECT_EQ(solution.bound, solution.cost);
}

TEST(LinearProgram, HasNoEndWhereAColumnThatPaysHasNone) {
  LinearProgram program;
  program.AddColumn({.cost = -1, .lower = 0, .upper = kEndless});
  EXPECT_EQ(Solve(program).error().code, ErrorCode::kInternal);
}

TEST(LinearProgram, HeedsRowsThatAreOnlyToldOnceTheyAreBroken) {
  // Two columns that are to sum to 3; the first is the cheaper one, and ends at 2.
  LinearProgram program;
  program.AddColumn({.cost = 1, .lower = 0, .upper = 2});
  program.AddColumn({.cost = 5, .lower = 0, .upper = 9});
  program.broken = [](std::span<const double> values) -> std::vector<LinearRow> {
    if (values[0] + values[1] >= 3 - 1e-9) return {};
    LinearRow row{.lower = 3, .upper = kEndless};
    row.Add(0, 1);
    row.Add(1, 1);
    return {row};
  };
  const auto solution = Solve(program).value();
  EXPECT_NEAR(solution.values[0], 2, 1e-9);
  EXPECT_NEAR(solution.values[1], 1, 1e-9);
  EXPECT_NEAR(solution.cost, 7, 1e-9);
}

}  // namespace
}  // namespace loadcurve::capacity
