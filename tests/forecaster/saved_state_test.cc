#include "forecaster/saved_state.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace loadcurve {
namespace {

struct Things {
  std::size_t count = 0;
  double number = 0;
  std::vector<float> floats;
  std::deque<double> few;
  Eigen::MatrixXd matrix;

  void Exchange(SavedState& state) { state.Exchange(count, number, floats, few, matrix); }
};

std::string SavedThings() {
  Things things{7, -0.0, {1.5F, 2.5F}, {3, std::nan(""), 5}, Eigen::MatrixXd{{1, 2}, {3, 4}}};
  SavedState state("things 1");
  state.Exchange(things);
  return state.Bytes();
}

Result<Things> ThingsOf(std::string_view kind, const std::string& bytes) {
  LC_TRY(SavedState state, SavedState::From(kind, bytes));
  Things things;
  state.Exchange(things);
  LC_TRY_VOID(state.Finish());
  return things;
}

TEST(SavedState, GivesBackWhatWasSavedToTheLastBit) {
  const Things things = ThingsOf("things 1", SavedThings()).value();
  EXPECT_EQ(things.count, 7U);
  EXPECT_TRUE(std::signbit(things.number));
  EXPECT_EQ(things.floats, (std::vector{1.5F, 2.5F}));
  EXPECT_EQ(things.few.size(), 3U);
  EXPECT_TRUE(std::isnan(things.few[1]));
  EXPECT_EQ(things.matrix, (Eigen::MatrixXd{{1, 2}, {3, 4}}));
}

TEST(SavedState, RefusesWhatIsCutOrChangedAnywhereAndWhatIsOfAnotherKind) {
  const std::string bytes = SavedThings();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_FALSE(ThingsOf("things 1", bytes.substr(0, i))) << i;
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(ThingsOf("things 1", changed)) << i;
  }
  EXPECT_FALSE(ThingsOf("things 1", bytes + "x"));
  EXPECT_EQ(ThingsOf("things 2", bytes).error().message,
            "the saved state is not of the kind 'things 2'");
}

TEST(SavedState, RefusesCountsThatItHasNoBytesFor) {
  std::size_t many = std::numeric_limits<std::size_t>::max();
  SavedState written("floats");
  written.Exchange(many);
  SavedState state = SavedState::From("floats", written.Bytes()).value();
  std::vector<float> floats;
  state.Exchange(floats);
  EXPECT_TRUE(floats.empty());
  EXPECT_FALSE(state.Finish());
}

TEST(SavedState, RefusesAMatrixOfAnotherSizeThanTheModelHas) {
  Eigen::VectorXd three = Eigen::VectorXd::Ones(3);
  SavedState written("vector");
  written.Exchange(three);
  SavedState state = SavedState::From("vector", written.Bytes()).value();
  Eigen::VectorXd two = Eigen::VectorXd::Zero(2);
  state.Exchange(two);
  EXPECT_FALSE(state.Finish());
  EXPECT_EQ(two, Eigen::VectorXd::Zero(2));
}

}  // namespace
}  // namespace loadcurve
