#include "adapters/mock/worker_pool.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace loadcurve::mock {
namespace {

using std::chrono::milliseconds;

TEST(WorkerPool, BeginsAtOnceWhileAWorkerIsFree) {
  WorkerPool pool(2, 10);
  EXPECT_EQ(pool.Begin(milliseconds(5), milliseconds(100)), milliseconds(5));
  EXPECT_EQ(pool.Begin(milliseconds(6), milliseconds(100)), milliseconds(6));
  EXPECT_EQ(pool.Waiting(milliseconds(6)), 0U);
}

TEST(WorkerPool, LetsTheNextBeginWhenTheFirstWorkerIsFree) {
  WorkerPool pool(2, 10);
  pool.Begin(milliseconds(0), milliseconds(100));
  pool.Begin(milliseconds(0), milliseconds(30));
  EXPECT_EQ(pool.Begin(milliseconds(10), milliseconds(50)), milliseconds(30)) << "until 80";
  EXPECT_EQ(pool.Begin(milliseconds(10), milliseconds(50)), milliseconds(80)) << "until 130";
  EXPECT_EQ(pool.Begin(milliseconds(10), milliseconds(50)), milliseconds(100));
  EXPECT_EQ(pool.Waiting(milliseconds(29)), 3U);
  EXPECT_EQ(pool.Waiting(milliseconds(80)), 1U);
  EXPECT_EQ(pool.Waiting(milliseconds(100)), 0U);
}

TEST(WorkerPool, RefusesWhereTooManyWait) {
  WorkerPool pool(1, 1);
  pool.Begin(milliseconds(0), milliseconds(10));
  EXPECT_TRUE(pool.Begin(milliseconds(1), milliseconds(10)));
  EXPECT_FALSE(pool.Begin(milliseconds(2), milliseconds(10)));
  EXPECT_EQ(pool.Begin(milliseconds(10), milliseconds(10)), milliseconds(20))
      << "the one that was refused left no trace, and the one that waited began";
}

TEST(WorkerPool, WaitsAsTheFormulaOfOneWorkerWithConstantServiceSays) {
  // M/D/1 at a load of 0.8: a mean wait of 0.8 / (2 * (1 - 0.8)) = 2 services. Arrivals from a
  // fixed generator; the mean of 400,000 is within 3 %.
  WorkerPool pool(1, 1'000'000);
  const Duration service = milliseconds(1);
  std::uint64_t state = 1;
  double now_us = 0;
  double waited_us = 0;
  constexpr int kRequests = 400'000;
  for (int i = 0; i < kRequests; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    const double share = static_cast<double>(state >> 11) * 0x1p-53;
    now_us += -std::log1p(-share) * 1000 / 0.8;
    const Duration now(static_cast<Duration::rep>(now_us));
    waited_us += static_cast<double>((pool.Begin(now, service).value() - now).count());
  }
  EXPECT_NEAR(waited_us / kRequests, 2000, 60);
}

}  // namespace
}  // namespace loadcurve::mock
