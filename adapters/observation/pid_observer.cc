#include "adapters/observation/pid_observer.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "adapters/observation/kernel_file.h"
#include "adapters/observation/machine_cpu.h"

namespace loadcurve::observation {
namespace {

// What /proc/PID/stat tells, see proc(5).
struct Stat {
  char state = '?';
  pid_t parent = 0;
  std::uint64_t cpu_ticks = 0;  // of the process and of the children it waited for
  std::uint64_t threads = 0;
  std::uint64_t began = 0;
};

// The command in its parentheses may hold anything, parentheses too.
std::optional<Stat> ParseStat(std::string_view text) {
  const std::size_t close = text.rfind(')');
  if (close == std::string_view::npos) return std::nullopt;
  constexpr std::size_t kState = 3;  // the number of the field behind the command
  constexpr std::size_t kLast = 22;
  std::array<std::uint64_t, kLast + 1> fields{};
  Stat stat;
  std::string_view rest = text.substr(close + 1);
  for (std::size_t field = kState; field <= kLast; ++field) {
    const std::size_t begin = rest.find_first_not_of(' ');
    if (begin == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(begin);
    if (field == kState) stat.state = rest.front();
    // Some fields that are of no interest here are negative.
    fields[field] = NumberAtStart(rest).value_or(0);
    rest.remove_prefix(std::min(rest.size(), rest.find(' ')));
  }
  stat.parent = static_cast<pid_t>(fields[4]);
  stat.cpu_ticks = fields[14] + fields[15] + fields[16] + fields[17];
  stat.threads = fields[20];
  stat.began = fields[22];
  return stat;
}

Result<Stat> StatOf(const std::string& proc, pid_t pid) {
  const std::string path = proc + "/" + std::to_string(pid) + "/stat";
  LC_TRY(const std::string text, ReadKernelFile(path));
  if (const auto stat = ParseStat(text)) return *stat;
  return Fail(ErrorCode::kUnavailable, path + " is not as the kernel writes it");
}

bool IsGone(const Result<Stat>& stat, std::uint64_t began) {
  if (!stat) return stat.error().code == ErrorCode::kNotFound;
  return stat->began != began || stat->state == 'Z' || stat->state == 'X';
}

// Names in a folder that are numbers; empty where it cannot be read.
std::vector<pid_t> NumbersIn(const std::string& folder) {
  std::vector<pid_t> numbers;
  DIR* const open = opendir(folder.c_str());
  if (open == nullptr) return numbers;
  while (const dirent* const entry = readdir(open)) {
    const std::string_view name(static_cast<const char*>(entry->d_name));
    pid_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc() && end == name.data() + name.size()) numbers.push_back(number);
  }
  closedir(open);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// In /proc/PID/status, "RssAnon:  123 kB".
std::uint64_t BytesOf(std::string_view status, std::string_view key) {
  return NumberAtStart(ValueOf(status, key)).value_or(0) * 1024;
}

}  // namespace

Result<std::unique_ptr<PidObserver>> PidObserver::Make(pid_t pid, const Clock& clock,
                                                       std::string proc) {
  const Result<Stat> stat = StatOf(proc, pid);
  if (!stat && stat.error().code != ErrorCode::kNotFound)
    return tl::unexpected<Error>(stat.error());
  if (!stat || IsGone(stat, stat->began))
    return Fail(ErrorCode::kNotFound, "no process of the id " + std::to_string(pid) + " runs");
  return std::unique_ptr<PidObserver>(new PidObserver(pid, clock, std::move(proc), stat->began));
}

std::vector<pid_t> PidObserver::Family() const {
  std::multimap<pid_t, pid_t> children;
  for (const pid_t pid : NumbersIn(proc_)) {
    if (const auto stat = StatOf(proc_, pid)) children.emplace(stat->parent, pid);
  }
  std::vector<pid_t> family = {pid_};
  for (std::size_t i = 0; i < family.size(); ++i) {
    const auto [begin, end] = children.equal_range(family[i]);
    for (auto child = begin; child != end; ++child) family.push_back(child->second);
  }
  return family;
}

void PidObserver::AddThreads(pid_t pid, ByThread& seen) const {
  const std::string folder = proc_ + "/" + std::to_string(pid) + "/task";
  for (const pid_t thread : NumbersIn(folder)) {
    const std::string own = folder + "/" + std::to_string(thread);
    const auto status = ReadKernelFile(own + "/status");
    if (!status) continue;
    seen[thread] = {NumberAtStart(ValueOf(*status, "voluntary_ctxt_switches:")).value_or(0),
                    NumberAtStart(ValueOf(*status, "nonvoluntary_ctxt_switches:")).value_or(0),
                    CpuWaitOf(own)};
  }
}

// All sums so far, when these threads are there. One that has fewer than before is another
// that got its id.
PidObserver::Sums PidObserver::SumsWith(ByThread seen) {
  for (const auto& [thread, before] : threads_) {
    const auto now = seen.find(thread);
    if (now != seen.end() && now->second.voluntary >= before.voluntary &&
        now->second.involuntary >= before.involuntary)
      continue;
    ended_.voluntary += before.voluntary;
    ended_.involuntary += before.involuntary;
    ended_.cpu_wait_seconds += before.cpu_wait_seconds;
  }
  threads_ = std::move(seen);
  Sums sum = ended_;
  for (const auto& [thread, own] : threads_) {
    sum.voluntary += own.voluntary;
    sum.involuntary += own.involuntary;
    sum.cpu_wait_seconds += own.cpu_wait_seconds;
  }
  return sum;
}

Result<ReplicaObservation> PidObserver::Observe() {
  ReplicaObservation seen{.at = clock_.Now(), .start_id = began_};
  const Result<Stat> own = StatOf(proc_, pid_);
  if (IsGone(own, began_)) {
    seen.is_alive = false;
    return seen;
  }
  std::uint64_t ticks = 0;
  std::uint64_t threads = 0;
  std::uint64_t memory = 0;
  ByThread by_thread;
  std::string cpus;
  for (const pid_t pid : Family()) {
    const Result<Stat> stat = StatOf(proc_, pid);
    const auto status = ReadKernelFile(proc_ + "/" + std::to_string(pid) + "/status");
    if (!stat || !status) {
      // A child that ends meanwhile is counted by its parent.
      if (pid != pid_) continue;
      return tl::unexpected<Error>(stat ? status.error() : stat.error());
    }
    ticks += stat->cpu_ticks;
    threads += stat->threads;
    memory += BytesOf(*status, "RssAnon:") + BytesOf(*status, "RssShmem:");
    AddThreads(pid, by_thread);
    if (pid == pid_) cpus = ValueOf(*status, "Cpus_allowed_list:");
  }
  const auto ticks_a_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  cpu_seconds_ = std::max(cpu_seconds_, static_cast<double>(ticks) / ticks_a_second);
  seen.cpu_seconds = cpu_seconds_;
  seen.memory_bytes = memory;
  seen.threads = static_cast<double>(threads);
  const Sums sum = SumsWith(std::move(by_thread));
  seen.voluntary_switches = sum.voluntary;
  seen.involuntary_switches = sum.involuntary;
  seen.cpu_wait_seconds = sum.cpu_wait_seconds;
  TakeMachine(proc_, cpus, seen);
  return seen;
}

}  // namespace loadcurve::observation
