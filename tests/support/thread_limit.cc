// LOADCURVE_THREADS=1 keeps TBB to one thread in every test: Debian's libtbb is not
// instrumented for the thread sanitizer, which would report it falsely.

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cstdlib>
#include <memory>

namespace loadcurve {
namespace {

class ThreadLimit final : public testing::Environment {
 public:
  void SetUp() override {
    const char* threads = std::getenv("LOADCURVE_THREADS");
    if (threads == nullptr) return;
    limit_ = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism,
                                                   std::strtoul(threads, nullptr, 10));
  }
  void TearDown() override { limit_.reset(); }

 private:
  std::unique_ptr<tbb::global_control> limit_;
};

[[maybe_unused]] testing::Environment* const kThreadLimit =
    testing::AddGlobalTestEnvironment(new ThreadLimit);

}  // namespace
}  // namespace loadcurve
