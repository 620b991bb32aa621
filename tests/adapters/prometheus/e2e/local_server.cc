#include "tests/adapters/prometheus/e2e/local_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <sstream>

#include "base/check.h"
#include "tests/adapters/prometheus/e2e/loopback_transport.h"

extern char** environ;

namespace loadcurve::prometheus {

int FreePort() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  Check(bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
            getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0,
        "this machine has a free port");
  close(listener);
  return ntohs(address.sin_port);
}

bool IsInstalled(const std::string& program) {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

LocalServer::LocalServer(std::vector<std::string> command, const std::string& log_path) {
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log_path.c_str(),
                                   O_CREAT | O_WRONLY | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  Check(posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ) == 0,
        "a program that is installed starts");
  posix_spawn_file_actions_destroy(&actions);
}

LocalServer::~LocalServer() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

bool LocalServer::Await(const std::string& url) const {
  LoopbackTransport transport;
  for (int i = 0; i < 600; ++i) {
    const auto answer = transport.Send({.method = "GET", .url = url}, std::chrono::seconds(5));
    if (answer && answer->status == 200) return true;
    if (waitid(P_PID, static_cast<id_t>(pid_), nullptr, WEXITED | WNOHANG | WNOWAIT) != 0)
      return false;
    poll(nullptr, 0, 50);
  }
  return false;
}

}  // namespace loadcurve::prometheus
