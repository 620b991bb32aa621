#include "adapters/observation/pid_observer.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/support/scratch_folder.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::observation {
namespace {

// A folder laid out as /proc, of which the kernel's ticks are hundredths of a second.
class PidObserverTest : public ::testing::Test {
 protected:
  struct Task {
    char state = 'S';
    int parent = 1;
    int user_ticks = 0;
    int system_ticks = 0;
    int waited_ticks = 0;  // of children, in user mode
    int threads = 1;
    int began = 5000;
  };

  void Put(int pid, const Task& is) {
    const std::string folder = std::to_string(pid);
    std::filesystem::create_directories(proc_.Path(folder + "/task"));
    // pid (comm) state ppid pgrp session tty tpgid flags minflt cminflt majflt cmajflt utime
    // stime cutime cstime priority nice threads itrealvalue starttime ...
    proc_.Write(folder + "/stat",
                folder + " (odd ) name) " + is.state + " " + std::to_string(is.parent) +
                    " 1 1 0 -1 4194560 1 2 3 4 " + std::to_string(is.user_ticks) + " " +
                    std::to_string(is.system_ticks) + " " + std::to_string(is.waited_ticks) +
                    " 0 20 0 " + std::to_string(is.threads) + " 0 " + std::to_string(is.began) +
                    " 1000 2000\n");
    proc_.Write(folder + "/status",
                "Name:\todd\nVmRSS:\t 900 kB\nRssAnon:\t 100 kB\nRssFile:\t 800 kB\n"
                "RssShmem:\t 4 kB\nCpus_allowed:\tff\nCpus_allowed_list:\t0-3,6\n");
  }

  void PutThread(int pid, int thread, int voluntary, int involuntary) {
    const std::string folder = std::to_string(pid) + "/task/" + std::to_string(thread);
    std::filesystem::create_directories(proc_.Path(folder));
    proc_.Write(folder + "/status", "voluntary_ctxt_switches:\t" + std::to_string(voluntary) +
                                        "\nnonvoluntary_ctxt_switches:\t" +
                                        std::to_string(involuntary) + "\n");
  }

  void Remove(const std::string& path) { std::filesystem::remove_all(proc_.Path(path)); }

  std::unique_ptr<PidObserver> Observer(pid_t pid) {
    return PidObserver::Make(pid, clock_, proc_.Path("")).value();
  }

  ScratchFolder proc_;
  SimulatedClock clock_{TimePoint(std::chrono::seconds(1'800'000'000))};
};

TEST_F(PidObserverTest, TellsWhatTheKernelTells) {
  Put(10, {.user_ticks = 200, .system_ticks = 50, .waited_ticks = 25, .threads = 3});
  PutThread(10, 10, 7, 1);
  PutThread(10, 11, 5, 2);
  const ReplicaObservation seen = Observer(10)->Observe().value();
  EXPECT_EQ(seen.at, clock_.Now());
  EXPECT_DOUBLE_EQ(*seen.cpu_seconds, 2.75);
  EXPECT_EQ(*seen.memory_bytes, 104U * 1024) << "what is in files can be dropped";
  EXPECT_EQ(seen.threads, 3);
  EXPECT_EQ(seen.machine_cores, 5);
  EXPECT_EQ(seen.voluntary_switches, 12U);
  EXPECT_EQ(seen.involuntary_switches, 3U);
  EXPECT_TRUE(seen.is_alive);
  EXPECT_EQ(seen.start_id, 5000U);
  EXPECT_FALSE(seen.cpu_limit_cores || seen.memory_limit_bytes || seen.throttled_seconds ||
               seen.busy_slots || seen.slot_limit)
      << "which a process does not tell";
}

TEST_F(PidObserverTest, AddsUpChildrenAndTheirChildren) {
  Put(10, {.user_ticks = 100});
  Put(11, {.parent = 10, .user_ticks = 20});
  Put(12, {.parent = 11, .user_ticks = 3, .threads = 4});
  Put(13, {.parent = 1, .user_ticks = 5000});
  const ReplicaObservation seen = Observer(10)->Observe().value();
  EXPECT_DOUBLE_EQ(*seen.cpu_seconds, 1.23);
  EXPECT_EQ(seen.threads, 6);
  EXPECT_EQ(*seen.memory_bytes, 3U * 104 * 1024);
}

TEST_F(PidObserverTest, NeverLetsASumFallWhenAChildEnds) {
  Put(10, {.user_ticks = 100});
  Put(11, {.parent = 10, .user_ticks = 50});
  const auto observer = Observer(10);
  EXPECT_DOUBLE_EQ(*observer->Observe()->cpu_seconds, 1.5);
  Remove("11");
  EXPECT_DOUBLE_EQ(*observer->Observe()->cpu_seconds, 1.5) << "not waited for yet";
  Put(10, {.user_ticks = 110, .waited_ticks = 52});
  EXPECT_DOUBLE_EQ(*observer->Observe()->cpu_seconds, 1.62);
}

TEST_F(PidObserverTest, KeepsTheSwitchesOfThreadsThatEnded) {
  Put(10, {});
  PutThread(10, 10, 100, 10);
  PutThread(10, 11, 50, 5);
  const auto observer = Observer(10);
  EXPECT_EQ(observer->Observe()->voluntary_switches, 150U);
  Remove("10/task/11");
  EXPECT_EQ(observer->Observe()->voluntary_switches, 150U);
  PutThread(10, 11, 2, 0);
  const ReplicaObservation seen = observer->Observe().value();
  EXPECT_EQ(seen.voluntary_switches, 152U) << "another thread with the same id";
  EXPECT_EQ(seen.involuntary_switches, 15U);
}

TEST_F(PidObserverTest, TellsTheWaitForACpuAndWhatAllDidOnItsCpus) {
  Put(10, {});
  PutThread(10, 10, 1, 1);
  PutThread(10, 11, 1, 1);
  EXPECT_EQ(Observer(10)->Observe()->machine_busy_seconds, std::nullopt);
  proc_.Write("10/task/10/schedstat", "7000000000 1500000000 12\n");
  proc_.Write("10/task/11/schedstat", "7000000000 250000000 12\n");
  // CPUs 0 to 3 and 6 are its own.
  proc_.Write("stat", "cpu  0 0 0 0 0 0 0 0\ncpu1 100 900 20 0 0 0 0 30\ncpu5 900 0 0 0 0 0 0 0\n");
  const ReplicaObservation seen = Observer(10)->Observe().value();
  EXPECT_DOUBLE_EQ(seen.machine_busy_seconds.value(), 1.5);
  EXPECT_DOUBLE_EQ(seen.cpu_wait_seconds.value(), 1.75 + 0.3) << "stolen is waited for too";
}

TEST_F(PidObserverTest, SeesThatAProcessIsGone) {
  Put(10, {});
  const auto observer = Observer(10);
  Put(10, {.state = 'Z'});
  EXPECT_FALSE(observer->Observe()->is_alive) << "it waits to be buried";
  Put(10, {.began = 9000});
  EXPECT_FALSE(observer->Observe()->is_alive) << "a stranger that got its id";
  Remove("10");
  const auto seen = observer->Observe();
  EXPECT_FALSE(seen->is_alive);
  EXPECT_FALSE(seen->cpu_seconds) << "absent is not zero";
}

TEST_F(PidObserverTest, TakesALostLookForAnError) {
  Put(10, {});
  const auto observer = Observer(10);
  proc_.Write("10/stat", "10 (cut o");
  const auto seen = observer->Observe();
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, ErrorCode::kUnavailable);
}

TEST_F(PidObserverTest, KnowsNoProcessThatNeverWas) {
  const auto observer = PidObserver::Make(77, clock_, proc_.Path(""));
  ASSERT_FALSE(observer);
  EXPECT_EQ(observer.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(observer.error().message, "no process of the id 77 runs");
}

TEST(PidObserver, SeesTheCpuThatThisProcessUses) {
  const SystemClock clock;
  const auto observer = PidObserver::Make(getpid(), clock).value();
  const ReplicaObservation before = observer->Observe().value();
  ASSERT_TRUE(before.cpu_seconds);
  EXPECT_GT(*before.memory_bytes, 100'000U);
  EXPECT_GE(*before.threads, 1);
  ReplicaObservation after = before;
  const Duration give_up = clock.MonotonicNow() + std::chrono::seconds(60);
  while (*after.cpu_seconds < *before.cpu_seconds + 0.1 && clock.MonotonicNow() < give_up)
    after = observer->Observe().value();
  EXPECT_GE(*after.cpu_seconds, *before.cpu_seconds + 0.1);
  EXPECT_EQ(after.start_id, before.start_id);
  EXPECT_GE(*after.voluntary_switches, *before.voluntary_switches);
}

TEST(PidObserver, SeesThatAChildOfThisProcessEnds) {
  const SystemClock clock;
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  const auto observer = PidObserver::Make(child, clock).value();
  EXPECT_TRUE(observer->Observe()->is_alive);
  kill(child, SIGKILL);
  siginfo_t ended{};
  waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT);
  EXPECT_FALSE(observer->Observe()->is_alive);
  waitpid(child, nullptr, 0);
  EXPECT_FALSE(observer->Observe()->is_alive);
}

}  // namespace
}  // namespace loadcurve::observation
