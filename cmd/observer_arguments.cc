#include "cmd/observer_arguments.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <utility>

#include "adapters/kube/pod_metrics_observer.h"
#include "adapters/observation/cgroup_observer.h"
#include "adapters/observation/pid_observer.h"
#include "adapters/prometheus/pod_observer.h"
#include "cmd/source_factory.h"

namespace loadcurve {
namespace {

// An observation that takes longer comes too late to be of use.
constexpr Duration kAnswerLimit = std::chrono::seconds(5);

struct PodName {
  std::string namespace_name;
  std::string name;
  std::string container;  // empty: all
};

Result<PodName> ParsePod(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::size_t next = slash == std::string::npos ? slash : text.find('/', slash + 1);
  PodName pod{.namespace_name = text.substr(0, slash)};
  if (slash != std::string::npos) pod.name = text.substr(slash + 1, next - slash - 1);
  if (next != std::string::npos) pod.container = text.substr(next + 1);
  const bool has_empty = pod.namespace_name.empty() || pod.name.empty() ||
                         (next != std::string::npos && pod.container.empty());
  if (has_empty || pod.container.find('/') != std::string::npos)
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--pod is '{}'; expected NAMESPACE/NAME, or with a container "
                            "NAMESPACE/NAME/CONTAINER",
                            text));
  return pod;
}

}  // namespace

void ObserverArguments::AddTo(CLI::App& command) {
  command
      .add_option("--pid", pids_,
                  "The process that is the target, on this machine: its CPU, memory")
      ->check(CLI::PositiveNumber.description(""))
      ->option_text("PID");
  command
      .add_option("--cgroup", cgroups_,
                  "The control group that the target runs in, on this machine: with its limits "
                  "and throttling")
      ->option_text("FOLDER");
  command
      .add_option("--pod", pods_,
                  "The pod that is the target, by --prometheus (cAdvisor's metrics) or else the "
                  "cluster's metrics API")
      ->option_text("NAMESPACE/NAME");
  prometheus_.AddTo(command);
  cluster_.AddTo(command);
}

Result<Observers> ObserverArguments::Make(std::size_t targets, const Clock& clock) const {
  LC_TRY_VOID(CheckNumber(targets));
  Observers observers;
  LC_TRY_VOID(AddLocal(clock, observers));
  if (pods_.empty()) return observers;
  LC_TRY(const PrometheusAddress address, prometheus_.ToAddress());
  LC_TRY_VOID(address.url.empty() ? AddByCluster(clock, observers)
                                  : AddByPrometheus(clock, observers));
  return observers;
}

Result<void> ObserverArguments::CheckNumber(std::size_t targets) const {
  const std::size_t count = pids_.size() + cgroups_.size() + pods_.size();
  const int kinds = (pids_.empty() ? 0 : 1) + (cgroups_.empty() ? 0 : 1) + (pods_.empty() ? 0 : 1);
  if (kinds > 1)
    return Fail(ErrorCode::kInvalidArgument,
                "--pid, --cgroup and --pod are mixed; expected one kind for all targets");
  if (count > 0 && count != targets)
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} {} for {} targets; expected one for each, in their order", count,
                            pids_.size() == count      ? "--pid"
                            : cgroups_.size() == count ? "--cgroup"
                                                       : "--pod",
                            targets));
  return {};
}

Result<void> ObserverArguments::AddLocal(const Clock& clock, Observers& observers) const {
  for (const int pid : pids_) {
    auto observer = observation::PidObserver::Make(pid, clock);
    if (!observer) return Within("--pid", observer.error());
    observers.all_.push_back(*std::move(observer));
  }
  for (const std::string& cgroup : cgroups_) {
    auto observer = observation::CgroupObserver::Make(cgroup, clock);
    if (!observer) return Within("--cgroup", observer.error());
    observers.all_.push_back(*std::move(observer));
  }
  return {};
}

Result<void> ObserverArguments::AddByPrometheus(const Clock& clock, Observers& observers) const {
  LC_TRY(const PrometheusAddress address, prometheus_.ToAddress());
  observers.transport_ = std::make_unique<http::CurlTransport>(TransportOptionsOf(address), clock);
  for (const std::string& text : pods_) {
    LC_TRY(const PodName pod, ParsePod(text));
    LC_TRY(auto client, QueryClientFor(*observers.transport_, address, kAnswerLimit));
    observers.all_.push_back(std::make_unique<prometheus::PodObserver>(
        std::move(client), prometheus::ObservedPod{pod.namespace_name, pod.name, pod.container},
        clock));
  }
  return {};
}

Result<void> ObserverArguments::AddByCluster(const Clock& clock, Observers& observers) const {
  LC_TRY(const kube::KubeConfig config, ConfigOf(cluster_));
  observers.cluster_ = std::make_unique<KubeConnection>(config, clock);
  for (const std::string& text : pods_) {
    LC_TRY(const PodName pod, ParsePod(text));
    if (!pod.container.empty())
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("--pod is '{}'; a single container is told apart only with "
                              "--prometheus; expected NAMESPACE/NAME",
                              text));
    observers.all_.push_back(std::make_unique<kube::PodMetricsObserver>(
        observers.cluster_->client, pod.namespace_name, pod.name, clock));
  }
  return {};
}

}  // namespace loadcurve
