#include "cmd/advice_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace loadcurve {
namespace {

using nlohmann::ordered_json;

std::string CpuOr(const std::optional<CpuCores>& cpu) {
  return cpu ? CpuText(*cpu) : "-";
}
std::string MemoryOr(const std::optional<Bytes>& memory) {
  return memory ? MemoryText(*memory) : "-";
}

ordered_json Amounts(const std::optional<CpuCores>& cpu, const std::optional<Bytes>& memory) {
  ordered_json amounts = ordered_json::object();
  if (cpu) amounts["cpu"] = CpuText(*cpu);
  if (memory) amounts["memory"] = MemoryText(*memory);
  return amounts;
}

ordered_json Containers(const SizingAdvice& advice) {
  ordered_json containers = ordered_json::array();
  for (const ContainerAdvice& container : advice.containers) {
    const ContainerResources& to = container.advised;
    ordered_json resources = {{"requests", Amounts(to.cpu_request, to.memory_request)}};
    ordered_json limits = Amounts(to.cpu_limit, to.memory_limit);
    if (!limits.empty()) resources["limits"] = std::move(limits);
    containers.push_back({{"name", to.name}, {"resources", std::move(resources)}});
  }
  return containers;
}

// What kubectl merges container by container.
bool IsBuiltIn(const TargetRef& target) {
  constexpr std::array<std::string_view, 3> kKinds = {"Deployment", "StatefulSet", "DaemonSet"};
  return target.api_version == "apps/v1" && std::ranges::find(kKinds, target.kind) != kKinds.end();
}

}  // namespace

Table AdviceTable(const SizingAdvice& advice) {
  Table table{{"container", "amount", "now", "advised"}, {}};
  for (const ContainerAdvice& container : advice.containers) {
    const auto put = [&](const char* amount, std::string now, std::string advised) {
      if (now != "-" || advised != "-")
        table.rows.push_back({container.advised.name, amount, std::move(now), std::move(advised)});
    };
    const ContainerResources& now = container.now;
    const ContainerResources& to = container.advised;
    put("CPU request", CpuOr(now.cpu_request), CpuOr(to.cpu_request));
    put("CPU limit", CpuOr(now.cpu_limit), CpuOr(to.cpu_limit));
    put("memory request", MemoryOr(now.memory_request), MemoryOr(to.memory_request));
    put("memory limit", MemoryOr(now.memory_limit), MemoryOr(to.memory_limit));
  }
  return table;
}

std::string AdviceText(const SizingAdvice& advice) {
  if (advice.containers.empty()) return advice.why + "\n";
  std::string text = advice.why + "\n";
  if (advice.used_now && advice.used_advised)
    text += fmt::format("of the CPU that is asked for {:.3g} % is used now, {:.3g} % then\n",
                        100 * advice.used_now->value(), 100 * advice.used_advised->value());
  if (advice.saving && advice.saving->now > 0)
    text += fmt::format("{} replicas cost {:.4g} an hour now, {:.4g} then: {:.3g} % less{}\n",
                        advice.replicas.value(), advice.saving->now, advice.saving->advised,
                        100 * (1 - advice.saving->advised / advice.saving->now),
                        advice.saving->is_derived
                            ? " (by the price of a replica-hour, a core as much as 7.5 GiB)"
                            : "");
  for (const ContainerAdvice& container : advice.containers)
    text += fmt::format("{}: {}\n", container.advised.name, container.why);
  return text;
}

std::string PatchFor(const SizingAdvice& advice, const TargetRef& target,
                     const std::string& namespace_name) {
  if (advice.containers.empty()) return "";
  if (!IsBuiltIn(target))
    return fmt::format("in {} {}, under spec.template.spec.containers: {}\n", target.kind,
                       target.name, Containers(advice).dump());
  const ordered_json patch = {
      {"spec", {{"template", {{"spec", {{"containers", Containers(advice)}}}}}}}};
  std::string kind(target.kind);
  std::ranges::transform(kind, kind.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return fmt::format("kubectl -n {} patch {} {} --type strategic -p '{}'\n",
                     namespace_name.empty() ? "default" : namespace_name, kind, target.name,
                     patch.dump());
}

}  // namespace loadcurve
