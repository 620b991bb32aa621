#include "adapters/sample_service/service_child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <string_view>
#include <system_error>
#include <utility>

namespace loadcurve::sample {
namespace {

constexpr int kStartMilliseconds = 10'000;
constexpr int kStopMilliseconds = 3'000;
constexpr std::string_view kGreeting = "listening ";

std::string Because(int error) {
  return std::error_code(error, std::generic_category()).message();
}

// In a session of its own, so that Ctrl-C reaches us alone and we end it in good order, and
// so that a busy machine gives it a fair share (sched(7), autogroups); with the signals
// that our threads block or ignore as they are by default.
int Spawn(const std::vector<std::string>& command, int output, pid_t& pid) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

  posix_spawnattr_t attributes{};
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  sigset_t usual;
  sigemptyset(&usual);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) sigaddset(&usual, signal);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);

  const int failure =
      posix_spawn(&pid, command.front().c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failure;
}

// True as soon as `file` has something to read, or was closed at its other end.
bool IsReadable(int file, int timeout_milliseconds) {
  pollfd asked{.fd = file, .events = POLLIN, .revents = 0};
  return poll(&asked, 1, timeout_milliseconds) > 0;
}

// The first line; shorter where the program ended or fell silent.
std::string FirstLine(int file) {
  std::string line;
  while (line.size() < 200 && IsReadable(file, kStartMilliseconds)) {
    char c = 0;
    if (read(file, &c, 1) != 1 || c == '\n') break;
    line += c;
  }
  return line;
}

}  // namespace

Result<ServiceChild> ServiceChild::Start(const std::vector<std::string>& command) {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0)
    return Fail(ErrorCode::kUnavailable, fmt::format("cannot open a pipe: {}", Because(errno)));
  pid_t pid = 0;
  const int failure = Spawn(command, pipe_ends[1], pid);
  close(pipe_ends[1]);
  if (failure != 0) {
    close(pipe_ends[0]);
    return Fail(ErrorCode::kUnavailable,
                fmt::format("cannot start {}: {}", command.front(), Because(failure)));
  }

  ServiceChild child(pid, pipe_ends[0]);
  const std::string line = FirstLine(child.output_);
  const std::string_view port =
      std::string_view(line).substr(std::min(line.size(), kGreeting.size()));
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), child.port_);
  if (!line.starts_with(kGreeting) || error != std::errc())
    return Fail(ErrorCode::kUnavailable,
                fmt::format("the sample service did not start: expected \"listening PORT\", got "
                            "\"{}\"",
                            line));
  return child;
}

ServiceChild::ServiceChild(pid_t pid, int output) : pid_(pid), output_(output) {}

ServiceChild::ServiceChild(ServiceChild&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      output_(std::exchange(other.output_, -1)),
      port_(other.port_) {}

ServiceChild::~ServiceChild() {
  if (pid_ != 0) static_cast<void>(Stop());
}

Result<void> ServiceChild::Stop() {
  kill(pid_, SIGTERM);
  // It holds its end of the pipe as long as it lives.
  if (!IsReadable(output_, kStopMilliseconds)) kill(pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  close(output_);
  pid_ = 0;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return Fail(ErrorCode::kUnavailable,
              WIFSIGNALED(status)
                  ? fmt::format("the sample service was ended by signal {}", WTERMSIG(status))
                  : fmt::format("the sample service ended with {}", WEXITSTATUS(status)));
}

Result<void> EndWithParent(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have ended before the kernel was told.
  if (getppid() == parent) return {};
  return Fail(ErrorCode::kCancelled, fmt::format("the parent, pid {}, has ended", parent));
}

}  // namespace loadcurve::sample
