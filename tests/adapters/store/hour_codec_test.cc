#include "adapters/store/hour_codec.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace loadcurve::store {
namespace {

HourCells SomeCells(std::mt19937_64& random) {
  HourCells cells;
  for (std::size_t i = 0; i < random() % 300; ++i) {
    const HourCellKey key{static_cast<std::uint32_t>(random() % 60),
                          static_cast<std::uint32_t>(random() % 5 * (random() % 100)),
                          static_cast<std::uint32_t>(random() % 33)};
    RequestCell cell;
    cell.count = random() >> random() % 64;
    cell.duration_us = random() >> random() % 64;
    cell.carried_us = static_cast<std::int64_t>(random() >> random() % 64);
    cell.carried_share = static_cast<std::int64_t>(random() >> random() % 64);
    cells[key] = cell;
  }
  return cells;
}

TEST(HourCodec, GivesBackEveryCellToTheLastBit) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 200; ++round) {
    const HourCells cells = SomeCells(random);
    const auto decoded = DecodeHour(EncodeHour(cells));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, cells);
  }
}

TEST(HourCodec, GivesBackTheLargestAndTheSmallestNumbers) {
  using Limits = std::numeric_limits<std::int64_t>;
  const HourCells cells = {
      {{0, 0, 0}, {~std::uint64_t{0}, ~std::uint64_t{0}, Limits::min(), Limits::max()}},
      {{59, 4'294'967'295U, 63}, {0, 0, Limits::max(), Limits::min()}}};
  EXPECT_EQ(DecodeHour(EncodeHour(cells)), cells);
}

TEST(HourCodec, NeverGivesOtherCellsForDamagedBytes) {
  std::mt19937_64 random(4);
  const HourCells cells = SomeCells(random);
  const std::string bytes = EncodeHour(cells);
  int refused = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int bit : {0, 3, 7}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
      const auto decoded = DecodeHour(damaged);
      if (decoded) {
        EXPECT_EQ(*decoded, cells) << "byte " << at << ", bit " << bit;
      } else {
        ++refused;
      }
    }
    EXPECT_FALSE(DecodeHour(bytes.substr(0, at)));
  }
  EXPECT_GT(refused, static_cast<int>(bytes.size()));
}

}  // namespace
}  // namespace loadcurve::store
