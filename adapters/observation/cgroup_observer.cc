#include "adapters/observation/cgroup_observer.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>

#include "adapters/observation/kernel_file.h"
#include "adapters/observation/machine_cpu.h"

namespace loadcurve::observation {
namespace {

constexpr double kMicro = 1e-6;
constexpr double kNano = 1e-9;

// Above this a limit of version 1, which writes "none" as a large number, is none.
constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 60;

std::optional<std::uint64_t> NumberIn(const std::string& path) {
  const auto text = ReadKernelFile(path);
  return text ? NumberAtStart(*text) : std::nullopt;
}

void TakeLower(std::optional<double> value, std::optional<double>& lowest) {
  if (value && (!lowest || *value < *lowest)) lowest = value;
}

// "50000 100000" is half a CPU, "max 100000" no limit.
std::optional<double> CoresOfMax(const std::string& path) {
  const auto text = ReadKernelFile(path);
  if (!text) return std::nullopt;
  const auto quota = NumberAtStart(*text);
  const std::size_t space = text->find(' ');
  const auto period = space == std::string::npos
                          ? std::nullopt
                          : NumberAtStart(std::string_view(*text).substr(space + 1));
  if (!quota || !period || *period == 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::optional<double> CoresOfQuota(const std::string& folder) {
  const auto quota = NumberIn(folder + "/cpu.cfs_quota_us");  // -1: none
  const auto period = NumberIn(folder + "/cpu.cfs_period_us");
  if (!quota || !period || *period == 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::optional<double> BytesOfLimit(const std::string& path) {
  const auto bytes = NumberIn(path);
  if (!bytes || *bytes >= kNoLimit) return std::nullopt;
  return static_cast<double>(*bytes);
}

// The lowest of a group and those around it, each told by `read` of its folder, up to the first
// folder that is no group.
template <class Read>
std::optional<double> LowestFrom(std::string folder, Read read) {
  std::optional<double> lowest;
  while (folder.size() > 1 && ReadKernelFile(folder + "/cgroup.procs")) {
    TakeLower(read(folder), lowest);
    folder.resize(folder.rfind('/'));
  }
  return lowest;
}

void TakeMemory(std::optional<std::uint64_t> charged, const Result<std::string>& stat,
                std::string_view inactive, ReplicaObservation& seen) {
  if (!charged) return;
  const auto dropped = stat ? NumberAtStart(ValueOf(*stat, inactive)).value_or(0) : 0;
  seen.memory_bytes = *charged - std::min(*charged, dropped);
}

void TakeLimits(std::optional<double> cores, std::optional<double> bytes,
                ReplicaObservation& seen) {
  seen.cpu_limit_cores = cores;
  if (bytes) seen.memory_limit_bytes = static_cast<std::uint64_t>(*bytes);
}

// How long any thread of the group had to wait, those of groups in it too:
// "some avg10=0.12 avg60=0.05 avg300=0.01 total=58761459" in microseconds.
std::optional<double> WaitOfPressure(const std::string& path) {
  constexpr std::string_view kTotal = "total=";
  const auto text = ReadKernelFile(path);
  const std::string_view some = text ? ValueOf(*text, "some") : std::string_view();
  const std::size_t at = some.find(kTotal);
  const auto total =
      at == std::string_view::npos ? std::nullopt : NumberAtStart(some.substr(at + kTotal.size()));
  if (!total) return std::nullopt;
  return static_cast<double>(*total) * kMicro;
}

std::optional<double> ToCount(std::optional<std::uint64_t> number) {
  return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
}

}  // namespace

Result<std::unique_ptr<CgroupObserver>> CgroupObserver::Make(const std::string& folder,
                                                             const Clock& clock, std::string proc) {
  std::string path = folder;
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  std::unique_ptr<CgroupObserver> made(new CgroupObserver(path, clock, std::move(proc)));
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode))
    return Fail(ErrorCode::kNotFound, folder + ": there is no such control group");
  constexpr std::array<std::string_view, 6> kControllers = {
      "/cpu,cpuacct/", "/cpuacct,cpu/", "/cpuacct/", "/memory/", "/cpu/", "/pids/"};
  if (!made->IsUnified()) {
    for (const std::string_view controller : kControllers) {
      const std::size_t at = (path + "/").find(controller);
      if (at == std::string::npos) continue;
      made->root_ = path.substr(0, at);
      made->path_ = (path + "/").substr(at + controller.size() - 1);
      made->path_.pop_back();
      break;
    }
  }
  const auto seen = made->Observe();
  if (!seen || !seen->cpu_seconds)
    return Fail(ErrorCode::kInvalidArgument,
                folder + " tells no CPU time" + (seen ? "" : " (" + seen.error().message + ")") +
                    "; expected the folder of a control group below /sys/fs/cgroup, with cpu.stat");
  return made;
}

bool CgroupObserver::IsUnified() const {
  const auto text = ReadKernelFile(folder_ + "/cpu.stat");
  return text && !ValueOf(*text, "usage_usec").empty();
}

std::string CgroupObserver::Under(const char* controller) const {
  return root_ + "/" + controller + path_;
}

Result<ReplicaObservation> CgroupObserver::Observe() {
  ReplicaObservation seen{.at = clock_.Now()};
  struct stat facts {};
  if (stat(folder_.c_str(), &facts) != 0) {
    if (errno != ENOENT)
      return Fail(ErrorCode::kUnavailable, "cannot look at the control group " + folder_);
    seen.is_alive = false;
    return seen;
  }
  seen.start_id = facts.st_ino;
  const Result<void> read = root_.empty() ? ReadUnified(seen) : ReadByController(seen);
  if (!read) {
    // Gone between the two looks.
    if (stat(folder_.c_str(), &facts) != 0) {
      seen.is_alive = false;
      return seen;
    }
    return tl::unexpected<Error>(read.error());
  }
  return seen;
}

Result<void> CgroupObserver::ReadUnified(ReplicaObservation& seen) const {
  LC_TRY(const std::string cpu, ReadKernelFile(folder_ + "/cpu.stat"));
  const auto usage = NumberAtStart(ValueOf(cpu, "usage_usec"));
  if (!usage) return Fail(ErrorCode::kUnavailable, folder_ + "/cpu.stat has no usage_usec");
  seen.cpu_seconds = static_cast<double>(*usage) * kMicro;
  if (const auto throttled = NumberAtStart(ValueOf(cpu, "throttled_usec")))
    seen.throttled_seconds = static_cast<double>(*throttled) * kMicro;
  TakeMemory(NumberIn(folder_ + "/memory.current"), ReadKernelFile(folder_ + "/memory.stat"),
             "inactive_file", seen);
  TakeLimits(LowestFrom(folder_, [](const auto& at) { return CoresOfMax(at + "/cpu.max"); }),
             LowestFrom(folder_, [](const auto& at) { return BytesOfLimit(at + "/memory.max"); }),
             seen);
  seen.threads = ToCount(NumberIn(folder_ + "/pids.current"));
  const auto pressure = WaitOfPressure(folder_ + "/cpu.pressure");
  seen.cpu_wait_seconds = pressure ? pressure : CpuWaitOfThreads(folder_ + "/cgroup.threads");
  TakeMachine(proc_, ReadKernelFile(folder_ + "/cpuset.cpus.effective").value_or(""), seen);
  const auto events = ReadKernelFile(folder_ + "/cgroup.events");
  seen.is_alive = !events || ValueOf(*events, "populated") != "0";
  return {};
}

double CgroupObserver::CpuWaitOfThreads(const std::string& list) const {
  const auto text = ReadKernelFile(list);
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  double seconds = 0;
  while (const auto thread = NumberAtStart(rest)) {
    seconds += CpuWaitOf(proc_ + "/" + std::to_string(*thread));
    rest.remove_prefix(std::min(rest.size(), rest.find('\n')));
    rest.remove_prefix(std::min<std::size_t>(rest.size(), 1));
  }
  return seconds;
}

Result<void> CgroupObserver::ReadByController(ReplicaObservation& seen) const {
  auto usage = NumberIn(Under("cpuacct") + "/cpuacct.usage");
  if (!usage) usage = NumberIn(Under("cpu,cpuacct") + "/cpuacct.usage");
  if (!usage)
    return Fail(ErrorCode::kUnavailable, "cannot read " + Under("cpuacct") + "/cpuacct.usage");
  seen.cpu_seconds = static_cast<double>(*usage) * kNano;
  auto cpu = ReadKernelFile(Under("cpu") + "/cpu.stat");
  if (!cpu) cpu = ReadKernelFile(Under("cpu,cpuacct") + "/cpu.stat");
  if (cpu)
    if (const auto throttled = NumberAtStart(ValueOf(*cpu, "throttled_time")))
      seen.throttled_seconds = static_cast<double>(*throttled) * kNano;
  const std::string memory = Under("memory");
  TakeMemory(NumberIn(memory + "/memory.usage_in_bytes"), ReadKernelFile(memory + "/memory.stat"),
             "total_inactive_file", seen);
  TakeLimits(LowestFrom(Under("cpu"), CoresOfQuota),
             LowestFrom(memory,
                        [](const auto& at) { return BytesOfLimit(at + "/memory.limit_in_bytes"); }),
             seen);
  seen.threads = ToCount(NumberIn(Under("pids") + "/pids.current"));
  seen.cpu_wait_seconds = CpuWaitOfThreads(folder_ + "/tasks");
  auto cpus = ReadKernelFile(Under("cpuset") + "/cpuset.effective_cpus");
  if (!cpus) cpus = ReadKernelFile(Under("cpuset") + "/cpuset.cpus");
  TakeMachine(proc_, cpus.value_or(""), seen);
  return {};
}

}  // namespace loadcurve::observation
