// `loadcurve serve` as a program of its own: what signals do to it.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

constexpr std::string_view kProfile = R"(apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata: {name: web}
spec:
  load:
    source: {kind: logs, workload: web}
    weights: {kind: occupancy, referenceSeconds: 0.1}
)";

// Serves until it is told to stop; what it prints goes to a pipe.
class Served {
 public:
  explicit Served(const ScratchFolder& folder) {
    const std::string profile = folder.Write("p.yaml", kProfile);
    const std::string log = folder.Write("access.log", "");
    const std::string keys = profile + ".keys";
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      execl(LOADCURVE_BINARY, LOADCURVE_BINARY, "serve", "--profiles", profile.c_str(), "--log",
            log.c_str(), "--keys", keys.c_str(), "--listen", "127.0.0.1:0", nullptr);
      _exit(127);
    }
    close(ends[1]);
    out_ = ends[0];
  }
  ~Served() { close(out_); }

  // False where it ended without printing that.
  bool AwaitText(const std::string& wanted) {
    std::string text;
    char byte = 0;
    while (text.find(wanted) == std::string::npos) {
      if (read(out_, &byte, 1) != 1) return false;
      text += byte;
    }
    return true;
  }

  void Tell(int signal) const { kill(pid_, signal); }

  // The exit code; -1 where a signal ended it.
  int Wait() const {
    int status = 0;
    waitpid(pid_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
};

TEST(Serve, EndsInOrderWhenItIsAskedTo) {
  for (const int signal : {SIGTERM, SIGINT}) {
    const ScratchFolder folder;
    Served served(folder);
    ASSERT_TRUE(served.AwaitText("Ctrl-C ends it"));
    served.Tell(SIGHUP);
    served.Tell(signal);
    EXPECT_EQ(served.Wait(), 0);
  }
}

}  // namespace
}  // namespace loadcurve
