#include "adapters/observation/cgroup_observer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/scratch_folder.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::observation {
namespace {

namespace fs = std::filesystem;

class CgroupObserverTest : public ::testing::Test {
 protected:
  void Put(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(root_.Path(path)).parent_path());
    root_.Write(path, text);
  }

  // A container in a pod of version 2.
  void PutUnified() {
    Put("pod/cgroup.procs", "");
    Put("pod/cpu.max", "150000 100000\n");
    Put("pod/memory.max", "max\n");
    Put("pod/web/cgroup.procs", "17\n");
    Put("pod/web/cgroup.events", "populated 1\nfrozen 0\n");
    Put("pod/web/cpu.stat",
        "usage_usec 12500000\nuser_usec 9000000\nsystem_usec 3500000\nnr_periods 400\n"
        "nr_throttled 30\nthrottled_usec 750000\n");
    Put("pod/web/cpu.max", "200000 100000\n");
    Put("pod/web/memory.current", "104857600\n");
    Put("pod/web/memory.stat", "anon 90000000\ninactive_file 4857600\nactive_file 10000000\n");
    Put("pod/web/memory.max", "268435456\n");
    Put("pod/web/pids.current", "42\n");
    Put("pod/web/cpuset.cpus.effective", "0-3\n");
  }

  std::unique_ptr<CgroupObserver> Observer(const std::string& path) {
    return CgroupObserver::Make(root_.Path(path), clock_, root_.Path("proc")).value();
  }

  ScratchFolder root_;
  SimulatedClock clock_{TimePoint(std::chrono::seconds(1'800'000'000))};
};

TEST_F(CgroupObserverTest, TellsUseThrottlingAndLimitsOfVersion2) {
  PutUnified();
  const ReplicaObservation seen = Observer("pod/web/")->Observe().value();
  EXPECT_EQ(seen.at, clock_.Now());
  EXPECT_DOUBLE_EQ(*seen.cpu_seconds, 12.5);
  EXPECT_DOUBLE_EQ(*seen.throttled_seconds, 0.75);
  EXPECT_DOUBLE_EQ(*seen.cpu_limit_cores, 1.5) << "the pod has less than the container";
  EXPECT_EQ(seen.memory_bytes, 100'000'000U) << "without inactive_file";
  EXPECT_EQ(seen.memory_limit_bytes, 268'435'456U);
  EXPECT_EQ(seen.threads, 42);
  EXPECT_EQ(seen.machine_cores, 4);
  EXPECT_TRUE(seen.is_alive);
  EXPECT_NE(seen.start_id, 0U);
  EXPECT_FALSE(seen.voluntary_switches || seen.busy_slots);
}

TEST_F(CgroupObserverTest, TellsTheWaitForACpuByPressureOrByItsThreads) {
  PutUnified();
  Put("proc/stat", "cpu0 100 0 0 0 0 0 0 0\ncpu4 900 0 0 0 0 0 0 0\n");
  Put("pod/web/cgroup.threads", "17\n18\n");
  Put("proc/17/schedstat", "1 2000000000 3\n");
  Put("proc/18/schedstat", "1 500000000 3\n");
  const auto observer = Observer("pod/web");
  EXPECT_DOUBLE_EQ(observer->Observe()->cpu_wait_seconds.value(), 2.5);
  EXPECT_DOUBLE_EQ(observer->Observe()->machine_busy_seconds.value(), 1) << "it may use 0-3";
  Put("pod/web/cpu.pressure",
      "some avg10=0.00 avg60=0.00 avg300=0.00 total=3250000\nfull avg10=0.00 total=0\n");
  EXPECT_DOUBLE_EQ(observer->Observe()->cpu_wait_seconds.value(), 3.25);
}

TEST_F(CgroupObserverTest, HasNoLimitWhereNoneIsSet) {
  PutUnified();
  Put("pod/cpu.max", "max 100000\n");
  Put("pod/web/cpu.max", "max 100000\n");
  Put("pod/web/memory.max", "max\n");
  const ReplicaObservation seen = Observer("pod/web")->Observe().value();
  EXPECT_FALSE(seen.cpu_limit_cores);
  EXPECT_FALSE(seen.memory_limit_bytes);
}

TEST_F(CgroupObserverTest, LeavesAbsentWhatNoControllerCounts) {
  Put("web/cpu.stat", "usage_usec 1000000\nuser_usec 1\nsystem_usec 1\n");
  const ReplicaObservation seen = Observer("web")->Observe().value();
  EXPECT_DOUBLE_EQ(*seen.cpu_seconds, 1);
  EXPECT_FALSE(seen.throttled_seconds || seen.memory_bytes || seen.threads || seen.machine_cores);
}

TEST_F(CgroupObserverTest, SeesThatAGroupIsEmptyOrGone) {
  PutUnified();
  const auto observer = Observer("pod/web");
  Put("pod/web/cgroup.events", "populated 0\nfrozen 0\n");
  EXPECT_FALSE(observer->Observe()->is_alive);
  fs::remove_all(root_.Path("pod/web"));
  const auto seen = observer->Observe();
  EXPECT_FALSE(seen->is_alive);
  EXPECT_FALSE(seen->cpu_seconds) << "absent is not zero";
}

TEST_F(CgroupObserverTest, TakesALostLookForAnError) {
  PutUnified();
  const auto observer = Observer("pod/web");
  fs::remove(root_.Path("pod/web/cpu.stat"));
  EXPECT_FALSE(observer->Observe());
}

TEST_F(CgroupObserverTest, FindsTheControllersOfVersion1BesideEachOther) {
  Put("cpuacct/docker/web/cpuacct.usage", "3500000000\n");
  Put("cpu/docker/web/cpu.stat", "nr_periods 9\nnr_throttled 2\nthrottled_time 250000000\n");
  Put("cpu/docker/web/cgroup.procs", "17\n");
  Put("cpu/docker/web/cpu.cfs_quota_us", "50000\n");
  Put("cpu/docker/web/cpu.cfs_period_us", "100000\n");
  Put("memory/docker/web/cgroup.procs", "17\n");
  Put("memory/docker/web/memory.usage_in_bytes", "1000000\n");
  Put("memory/docker/web/memory.stat", "inactive_file 1\ntotal_inactive_file 400000\n");
  Put("memory/docker/web/memory.limit_in_bytes", "9223372036854771712\n");
  Put("pids/docker/web/pids.current", "5\n");
  const ReplicaObservation seen = Observer("memory/docker/web")->Observe().value();
  EXPECT_DOUBLE_EQ(*seen.cpu_seconds, 3.5);
  EXPECT_DOUBLE_EQ(*seen.throttled_seconds, 0.25);
  EXPECT_DOUBLE_EQ(*seen.cpu_limit_cores, 0.5);
  EXPECT_EQ(seen.memory_bytes, 600'000U);
  EXPECT_FALSE(seen.memory_limit_bytes) << "so large a limit is none";
  EXPECT_EQ(seen.threads, 5);
}

TEST_F(CgroupObserverTest, RefusesWhatIsNoControlGroup) {
  const auto absent = CgroupObserver::Make(root_.Path("none"), clock_);
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  Put("plain/file", "");
  const auto plain = CgroupObserver::Make(root_.Path("plain"), clock_);
  EXPECT_EQ(plain.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(plain.error().message, testing::HasSubstr("expected the folder of a control group"));
}

}  // namespace
}  // namespace loadcurve::observation
