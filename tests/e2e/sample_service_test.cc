// The sample service as it really runs: a program of its own, real sockets, real time.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "adapters/sample_service/recording.h"
#include "adapters/sample_service/sample_routes.h"
#include "adapters/sample_service/service_child.h"

namespace loadcurve::sample {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

class SampleService : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "loadcurve-sample-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string log() const { return folder_ + "/access.log"; }
  std::vector<std::string> command() const {
    return {LOADCURVE_BINARY, "serve-sample",          "--access-log", log(),
            "--parent",       std::to_string(getpid())};
  }
  std::string LogText() const {
    std::ostringstream text;
    text << std::ifstream(log()).rdbuf();
    return text.str();
  }

  std::string folder_;
};

bool IsRunning(pid_t pid) {
  return kill(pid, 0) == 0;
}

TEST_F(SampleService, RecordsWhatItReallyDid) {
  const RecordingOptions options{.service = command(),
                                 .access_log = log(),
                                 .plan = {.length = seconds(3), .day = seconds(3), .seed = 5},
                                 .cpu_step = milliseconds(250)};
  const auto recording = Record(options, SystemClock(), {});
  ASSERT_TRUE(recording) << recording.error().message;
  const std::size_t planned = PlanArrivals(options.plan).size();
  EXPECT_EQ(recording->drive.sent, planned);
  EXPECT_EQ(recording->drive.answered, planned);
  EXPECT_GT(recording->drive.p99_latency, milliseconds(1));

  const std::string text = LogText();
  EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')), planned);
  EXPECT_THAT(text, HasSubstr("\"GET /expensive HTTP/1.1\" 200"));

  // What the kernel counted is what the work asked for, and a little for HTTP: at least
  // the mean work of the requests, less a third for chance; at most 3 times that.
  double asked_seconds = 0;
  for (const Arrival& arrival : PlanArrivals(options.plan))
    asked_seconds += Seconds(SampleRoutes()[arrival.route].mean_cpu);
  double used_seconds = 0;
  for (const CpuSample& sample : recording->cpu) used_seconds += sample.cores.value() * 0.25;
  EXPECT_GT(used_seconds, asked_seconds * 0.6);
  EXPECT_LT(used_seconds, asked_seconds * 3);
}

TEST_F(SampleService, EndsWhenItsOwnerStopsIt) {
  auto child = ServiceChild::Start(command());
  ASSERT_TRUE(child) << child.error().message;
  const pid_t pid = child->pid();
  EXPECT_TRUE(IsRunning(pid));
  const auto stopped = child->Stop();
  EXPECT_TRUE(stopped) << stopped.error().message;
  EXPECT_FALSE(IsRunning(pid));
}

TEST_F(SampleService, EndsWhenTheRecordingIsCancelled) {
  std::stop_source stop;
  RecordingOptions options{.service = command(), .access_log = log()};
  options.on_progress = [&](Duration) { stop.request_stop(); };
  const auto recording = Record(options, SystemClock(), stop.get_token());
  ASSERT_FALSE(recording);
  EXPECT_EQ(recording.error().code, ErrorCode::kCancelled);
  // No child of ours is left, not even as a zombie.
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
}

TEST_F(SampleService, SaysWhyItDidNotStart) {
  auto words = command();
  words[3] = "/no/such/folder/access.log";
  const auto child = ServiceChild::Start(words);
  ASSERT_FALSE(child);
  EXPECT_THAT(child.error().message, HasSubstr("did not start"));
}

TEST_F(SampleService, RefusesToOutliveAParentThatHasEnded) {
  auto words = command();
  words.back() = "1";
  const auto child = ServiceChild::Start(words);
  EXPECT_FALSE(child);
}

}  // namespace
}  // namespace loadcurve::sample
