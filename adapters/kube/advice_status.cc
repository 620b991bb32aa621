#include "adapters/kube/advice_status.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "adapters/kube/json_fields.h"
#include "adapters/kube/status_fields.h"
#include "base/quantity_text.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

json Amounts(const std::optional<CpuCores>& cpu, const std::optional<Bytes>& memory) {
  json amounts = json::object();
  if (cpu) amounts["cpu"] = CpuText(*cpu);
  if (memory) amounts["memory"] = MemoryText(*memory);
  return amounts;
}

json ToJson(const ContainerResources& resources) {
  json object = json::object();
  json requests = Amounts(resources.cpu_request, resources.memory_request);
  json limits = Amounts(resources.cpu_limit, resources.memory_limit);
  if (!requests.empty()) object["requests"] = std::move(requests);
  if (!limits.empty()) object["limits"] = std::move(limits);
  return object;
}

std::optional<CpuCores> CpuAt(const json& object, JsonPath path) {
  const auto cores = QuantityIn(TextAt(object, path));
  return cores ? std::optional(CpuCores(*cores)) : std::nullopt;
}

std::optional<Bytes> MemoryAt(const json& object, JsonPath path) {
  const auto bytes = QuantityIn(TextAt(object, path));
  return bytes ? std::optional(Bytes(std::llround(*bytes))) : std::nullopt;
}

ContainerResources ResourcesFrom(const json& object, std::string_view which, std::string name) {
  return {.name = std::move(name),
          .cpu_request = CpuAt(object, {which, "requests", "cpu"}),
          .cpu_limit = CpuAt(object, {which, "limits", "cpu"}),
          .memory_request = MemoryAt(object, {which, "requests", "memory"}),
          .memory_limit = MemoryAt(object, {which, "limits", "memory"})};
}

json ToJson(const ContainerAdvice& advice) {
  return {{"name", advice.advised.name},
          {"now", ToJson(advice.now)},
          {"advised", ToJson(advice.advised)},
          {"cpuSeen", Rounded(advice.cpu_seen.value())},
          {"cpuHighest", Rounded(advice.cpu_highest.value())},
          {"cpuWhenFull", Rounded(advice.cpu_when_full.value())},
          {"memoryHighest", advice.memory_highest.value()},
          {"why", advice.why}};
}

ContainerAdvice ContainerFrom(const json& object) {
  const std::string name = TextAt(object, {"name"});
  ContainerAdvice advice{.now = ResourcesFrom(object, "now", name),
                         .advised = ResourcesFrom(object, "advised", name)};
  advice.cpu_seen = CpuCores(NumberAt(object, {"cpuSeen"}).value_or(0));
  advice.cpu_highest = CpuCores(NumberAt(object, {"cpuHighest"}).value_or(0));
  advice.cpu_when_full = CpuCores(NumberAt(object, {"cpuWhenFull"}).value_or(0));
  advice.memory_highest = Bytes(WholeAt(object, {"memoryHighest"}).value_or(0));
  advice.why = TextAt(object, {"why"});
  return advice;
}

template <class Amount>
bool HasMoved(const std::optional<Amount>& written, const std::optional<Amount>& next) {
  constexpr double kTenth = 0.1;
  if (written.has_value() != next.has_value()) return true;
  if (!written) return false;
  const auto from = static_cast<double>(written->value());
  const auto to = static_cast<double>(next->value());
  return std::abs(to - from) > kTenth * std::max(from, to);
}

bool HasMoved(const ContainerResources& written, const ContainerResources& next) {
  return written.name != next.name || HasMoved(written.cpu_request, next.cpu_request) ||
         HasMoved(written.cpu_limit, next.cpu_limit) ||
         HasMoved(written.memory_request, next.memory_request) ||
         HasMoved(written.memory_limit, next.memory_limit);
}

std::string AmountsText(const ContainerResources& resources) {
  std::string text;
  const auto put = [&](std::string_view what, const std::string& amount) {
    text += (text.empty() ? "" : ", ") + std::string(what) + " " + amount;
  };
  if (resources.cpu_request) put("CPU", CpuText(*resources.cpu_request));
  if (resources.memory_request) put("memory", MemoryText(*resources.memory_request));
  if (resources.cpu_limit) put("CPU limit", CpuText(*resources.cpu_limit));
  if (resources.memory_limit) put("memory limit", MemoryText(*resources.memory_limit));
  return text.empty() ? "nothing" : text;
}

}  // namespace

json ToJson(const SizingAdvice& advice) {
  json object = {{"message", advice.why}};
  if (advice.at != TimePoint()) object["time"] = WholeSeconds(advice.at);
  if (advice.windows > 0)
    object["looked"] = {{"from", WholeSeconds(advice.from)},
                        {"until", WholeSeconds(advice.until)},
                        {"windows", advice.windows},
                        {"windowSeconds", Seconds(advice.window)},
                        {"loadHighest", Rounded(advice.load_highest.value())},
                        {"loadPlanned", Rounded(advice.load_planned.value())}};
  if (!advice.containers.empty()) {
    json& containers = object["containers"] = json::array();
    for (const ContainerAdvice& container : advice.containers)
      containers.push_back(ToJson(container));
  }
  if (advice.used_now && advice.used_advised)
    object["cpuUsed"] = {{"now", Rounded(advice.used_now->value())},
                         {"advised", Rounded(advice.used_advised->value())}};
  if (advice.saving)
    object["saving"] = {{"replicas", advice.replicas.value()},
                        {"now", Rounded(advice.saving->now)},
                        {"advised", Rounded(advice.saving->advised)},
                        {"derived", advice.saving->is_derived}};
  return object;
}

SizingAdvice SizingAdviceFrom(const json& object) {
  SizingAdvice advice;
  advice.at = TimeAt(object, {"time"});
  advice.why = TextAt(object, {"message"});
  advice.from = TimeAt(object, {"looked", "from"});
  advice.until = TimeAt(object, {"looked", "until"});
  advice.windows = WholeAt(object, {"looked", "windows"}).value_or(0);
  advice.window =
      Duration(std::llround(NumberAt(object, {"looked", "windowSeconds"}).value_or(0) * 1e6));
  advice.load_highest = MetricsQps(NumberAt(object, {"looked", "loadHighest"}).value_or(0));
  advice.load_planned = MetricsQps(NumberAt(object, {"looked", "loadPlanned"}).value_or(0));
  if (const json* containers = FieldAt(object, {"containers"});
      containers != nullptr && containers->is_array()) {
    for (const json& container : *containers) advice.containers.push_back(ContainerFrom(container));
  }
  const auto used_now = NumberAt(object, {"cpuUsed", "now"});
  const auto used_advised = NumberAt(object, {"cpuUsed", "advised"});
  if (used_now && used_advised) {
    advice.used_now = Ratio(*used_now);
    advice.used_advised = Ratio(*used_advised);
  }
  advice.replicas = Replicas(WholeAt(object, {"saving", "replicas"}).value_or(0));
  const auto now = NumberAt(object, {"saving", "now"});
  const auto advised = NumberAt(object, {"saving", "advised"});
  const json* const derived = FieldAt(object, {"saving", "derived"});
  if (now && advised)
    advice.saving = SizingSaving{*now, *advised, derived != nullptr && *derived == true};
  return advice;
}

bool IsNews(const std::optional<SizingAdvice>& written, const std::optional<SizingAdvice>& next) {
  if (written.has_value() != next.has_value()) return true;
  // A new process has not looked yet.
  if (!next || next->at == TimePoint()) return false;
  // Why nothing is advised changes with every look; that it is so is news once.
  return written->at == TimePoint() ||
         !std::ranges::equal(written->containers, next->containers,
                             [](const ContainerAdvice& before, const ContainerAdvice& after) {
                               return !HasMoved(before.advised, after.advised) &&
                                      !HasMoved(before.now, after.now);
                             });
}

std::optional<Notice> AdviceNotice(const std::optional<SizingAdvice>& written,
                                   const std::optional<SizingAdvice>& next) {
  if (!next || next->containers.empty() || !IsNews(written, next)) return std::nullopt;
  std::string note;
  for (const ContainerAdvice& container : next->containers)
    note += "Container " + container.advised.name + ": " + AmountsText(container.advised) +
            " in place of " + AmountsText(container.now) + ". ";
  if (next->saving && next->saving->now > 0) {
    std::array<char, 64> saving{};
    std::snprintf(saving.data(), saving.size(), "That is %.3g an hour in place of %.3g. ",
                  next->saving->advised, next->saving->now);
    note += saving.data();
  }
  return Notice{.is_warning = false,
                .reason = "RightSizingAdvised",
                .action = "RightSizing",
                .note = note + "Nothing is applied: 'loadcurve why' prints the patch."};
}

}  // namespace loadcurve::kube
