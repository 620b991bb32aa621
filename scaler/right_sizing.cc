#include "scaler/right_sizing.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/time_text.h"
#include "scaler/reason_words.h"

namespace loadcurve {
namespace {

constexpr double kGibi = 0x1p30;
constexpr double kMemoryStep = 16 * 0x1p20;
constexpr double kCpuSteps = 100;  // a core
constexpr double kRoundingError = 1e-9;
// A load that moves by less tells no slope.
constexpr double kHardlyMoves = 0.1;
// Memory that is higher by more at the end still grew.
constexpr double kStillGrew = 1.05;

CpuCores RoundedUp(double cores) {
  return CpuCores(std::max(1.0, std::ceil(cores * kCpuSteps - kRoundingError)) / kCpuSteps);
}

Bytes RoundedUp(Bytes bytes, double factor) {
  const double steps =
      std::ceil(static_cast<double>(bytes.value()) * factor / kMemoryStep - kRoundingError);
  return Bytes(static_cast<std::int64_t>(std::max(1.0, steps) * kMemoryStep));
}

// To a whole Mi, for people.
std::string Mebi(double bytes) {
  constexpr double kMebi = 0x1p20;
  return MemoryText(Bytes(std::llround(bytes / kMebi) * static_cast<std::int64_t>(kMebi)));
}

double Quantile(std::vector<double> values, double quantile) {
  const auto rank = static_cast<std::size_t>(
      std::ceil(quantile * static_cast<double>(values.size()) - kRoundingError));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

// The mean load over (from, to]; absent where a step of it is missing.
std::optional<double> MeanLoad(const LoadSeries& load, TimePoint from, TimePoint to) {
  if (from < load.start() || to > load.end()) return std::nullopt;
  const auto first = static_cast<std::size_t>((from - load.start()) / load.step());
  const auto last = static_cast<std::size_t>((to - load.start() - Duration(1)) / load.step());
  double sum = 0;
  for (std::size_t i = first; i <= last; ++i) sum += load.values()[i];
  if (std::isnan(sum)) return std::nullopt;
  return sum / static_cast<double>(last - first + 1);
}

// One window with the load that a replica bore in it.
struct LoadedWindow {
  double load;
  const UsageWindow* usage;
};

struct Line {
  double at_zero = 0;
  double slope = 0;
  double At(double load) const { return at_zero + slope * load; }
};

// Least squares of `value` on the load.
template <class Value>
Line LineOf(const std::vector<LoadedWindow>& windows, const Value& value) {
  const auto count = static_cast<double>(windows.size());
  double load = 0;
  double mean = 0;
  for (const LoadedWindow& window : windows) {
    load += window.load / count;
    mean += value(*window.usage) / count;
  }
  double spread = 0;
  double together = 0;
  for (const LoadedWindow& window : windows) {
    spread += (window.load - load) * (window.load - load);
    together += (window.load - load) * (value(*window.usage) - mean);
  }
  if (std::sqrt(spread / count) < kHardlyMoves * load) return {0, load > 0 ? mean / load : 0};
  const double slope = std::max(0.0, together / spread);
  return {mean - slope * load, slope};
}

class Sizing {
 public:
  explicit Sizing(const SizingInputs& inputs) : inputs_(inputs) {
    advice_.at = inputs.now;
    advice_.window = inputs.window;
    advice_.load_planned = inputs.planned;
    advice_.replicas = inputs.replicas;
  }

  SizingAdvice Run() {
    advice_.why = TooLittle();
    if (!advice_.why.empty()) {
      advice_.why = "nothing is advised: " + advice_.why;
      return std::move(advice_);
    }
    for (const auto& [container, windows] : loaded_)
      advice_.containers.push_back(Advise(*container, windows));
    Compare();
    Price();
    advice_.why = "of " + Looked() + ", in which a replica bore up to " + Borne();
    return std::move(advice_);
  }

 private:
  // Lays load over use; why that is too little.
  std::string TooLittle() {
    if (inputs_.usage->containers.empty()) return "no use of CPU and memory was measured";
    if (inputs_.load == nullptr) return "no load was measured";
    for (const ContainerUsage& container : inputs_.usage->containers) {
      std::vector<LoadedWindow> windows;
      for (const UsageWindow& window : container.windows) {
        const auto load = MeanLoad(*inputs_.load, window.from, window.to);
        if (load && window.replicas > Replicas(0))
          windows.push_back({*load / static_cast<double>(window.replicas.value()), &window});
      }
      if (windows.size() > Longest().size()) longest_ = loaded_.size();
      loaded_.emplace_back(&container, std::move(windows));
    }
    const auto windows = Longest();
    if (windows.empty()) return "load and use were never measured at the same time";
    advice_.from = windows.front().usage->from;
    advice_.until = windows.back().usage->to;
    advice_.windows = std::ssize(windows);
    double highest = 0;
    for (const LoadedWindow& window : windows) highest = std::max(highest, window.load);
    advice_.load_highest = MetricsQps(highest);
    const Duration span = advice_.until - advice_.from;
    if (span < kLeastSizingSpan)
      return "load and use were measured for " + ToString(span) + ", and " +
             ToString(kLeastSizingSpan) + " are needed";
    if (Seconds(inputs_.window) * static_cast<double>(windows.size()) <
        kLeastMeasured * Seconds(span))
      return "of " + ToString(span) + " only " + Looked() + " were measured whole";
    if (highest < kLeastCovered * inputs_.planned.value())
      return "in " + Looked() + " a replica bore no more than " + Borne() +
             "; what it uses when it bears that is not known below half of it. Fewer replicas bear "
             "more each";
    std::erase_if(loaded_, [](const auto& each) { return each.second.empty(); });
    return "";
  }

  // Of the container that is known for the longest.
  std::span<const LoadedWindow> Longest() const {
    return longest_ < loaded_.size() ? std::span<const LoadedWindow>(loaded_[longest_].second)
                                     : std::span<const LoadedWindow>();
  }

  std::span<const ContainerResources> Resources() const {
    return inputs_.resources.empty() ? std::span<const ContainerResources>(inputs_.usage->resources)
                                     : inputs_.resources;
  }

  std::string Looked() const {
    return std::to_string(advice_.windows) + " windows of " + ToString(advice_.window) + " since " +
           ToRfc3339(advice_.from);
  }

  std::string Borne() const {
    return Short(advice_.load_highest.value()) + " of the " + Short(inputs_.planned.value()) +
           " that it is planned to carry (" +
           Short(100 * (advice_.load_highest / inputs_.planned)) + " %)";
  }

  const ContainerResources* ResourcesOf(const std::string& name) const {
    const auto known = Resources();
    const auto found = std::ranges::find(known, name, &ContainerResources::name);
    return found == known.end() ? nullptr : &*found;
  }

  ContainerAdvice Advise(const ContainerUsage& container,
                         const std::vector<LoadedWindow>& windows) const {
    ContainerAdvice advice{.advised = {.name = container.name}};
    if (const auto* known = ResourcesOf(container.name)) advice.now = *known;
    advice.now.name = container.name;
    AdviseCpu(container, windows, advice);
    AdviseMemory(container, windows, advice);
    return advice;
  }

  void AdviseCpu(const ContainerUsage& container, const std::vector<LoadedWindow>& windows,
                 ContainerAdvice& advice) const {
    const auto cpu = [](const UsageWindow& window) { return window.cpu_highest.value(); };
    std::vector<double> all;
    bool is_throttled = false;
    for (const UsageWindow& window : container.windows) {
      all.push_back(cpu(window));
      is_throttled = is_throttled || window.is_throttled;
    }
    advice.cpu_highest = CpuCores(*std::ranges::max_element(all));
    advice.cpu_seen = CpuCores(Quantile(all, kPeakQuantile));
    const Line line = LineOf(windows, cpu);
    std::vector<double> over;
    for (const LoadedWindow& window : windows)
      over.push_back(cpu(*window.usage) - line.At(window.load));
    const double above = std::max(0.0, Quantile(over, kPeakQuantile));
    advice.cpu_when_full = CpuCores(line.At(inputs_.planned.value()) + above);
    const double at_limit = line.At(inputs_.sustained.value()) + above;
    CpuCores request = RoundedUp(std::max(advice.cpu_seen.value(), advice.cpu_when_full.value()));
    std::string kept;
    if (advice.now.cpu_limit) {
      CpuCores limit = RoundedUp(std::max({advice.cpu_highest.value(), at_limit, request.value()}));
      const bool binds = inputs_.binding == BindingResource::kCpu;
      if ((binds || is_throttled) && limit < *advice.now.cpu_limit) {
        limit = *advice.now.cpu_limit;
        kept = binds ? "; the limit stays, since CPU is what binds a replica, and what it carries "
                       "was measured with it"
                     : "; the limit stays, since it held a replica back";
      }
      advice.advised.cpu_limit = limit;
      request = std::min(request, limit);
    }
    advice.advised.cpu_request = request;
    advice.why = "CPU " + Short(advice.cpu_when_full.value()) + " cores at a load of " +
                 Short(inputs_.planned.value()) + ", " + Short(advice.cpu_seen.value()) +
                 " seen (quantile " + Short(kPeakQuantile) + ") and " +
                 Short(advice.cpu_highest.value()) + " at most" + kept;
  }

  void AdviseMemory(const ContainerUsage& container, const std::vector<LoadedWindow>& windows,
                    ContainerAdvice& advice) const {
    const auto memory = [](const UsageWindow& window) {
      return static_cast<double>(window.memory_highest.value());
    };
    const std::size_t late = container.windows.size() - container.windows.size() / 10;
    double before = 0;
    double after = 0;
    for (std::size_t i = 0; i < container.windows.size(); ++i) {
      double& highest = i < late ? before : after;
      highest = std::max(highest, memory(container.windows[i]));
    }
    const double highest = std::max(before, after);
    advice.memory_highest = Bytes(static_cast<std::int64_t>(highest));
    const double more = std::max(0.0, inputs_.planned.value() - advice_.load_highest.value());
    const double need = highest + LineOf(windows, memory).slope * more;
    const Bytes needed(static_cast<std::int64_t>(std::ceil(need)));
    Bytes request = RoundedUp(needed, kMemoryRoom);
    Bytes limit = RoundedUp(needed, kMemoryLimitRoom);
    advice.why += "; memory " + Mebi(highest) + " at most";
    if (needed > advice.memory_highest)
      advice.why += ", " + Mebi(need) + " at a load of " + Short(inputs_.planned.value());
    if (before > 0 && after > kStillGrew * before) {
      advice.why += ", and it still grew at the end, so that no less is advised than now";
      request = std::max(request, advice.now.memory_request.value_or(request));
      limit = std::max(limit, advice.now.memory_limit.value_or(limit));
    }
    advice.advised.memory_request = request;
    if (advice.now.memory_limit) advice.advised.memory_limit = std::max(limit, request);
  }

  // CPU used of what is asked for, by those containers that ask for some.
  void Compare() {
    double used = 0;
    double now = 0;
    double advised = 0;
    for (std::size_t i = 0; i < advice_.containers.size(); ++i) {
      const ContainerAdvice& container = advice_.containers[i];
      if (!container.now.cpu_request) return;
      const auto& windows = loaded_[i].second;
      for (const LoadedWindow& window : windows)
        used += window.usage->cpu.value() / static_cast<double>(windows.size());
      now += container.now.cpu_request->value();
      advised += container.advised.cpu_request->value();
    }
    advice_.used_now = Ratio(used / now);
    advice_.used_advised = Ratio(used / advised);
  }

  static double Gib(const std::optional<Bytes>& bytes) {
    return static_cast<double>(bytes->value()) / kGibi;
  }

  std::optional<ResourcePrices> Prices() const {
    if (inputs_.prices || !inputs_.replica_hour) return inputs_.prices;
    double gib = 0;  // what a replica asks for, as if it were memory alone
    for (const ContainerResources& container : Resources()) {
      if (!container.cpu_request || !container.memory_request) return std::nullopt;
      gib += kGibPerCore * container.cpu_request->value() + Gib(container.memory_request);
    }
    if (gib == 0) return std::nullopt;
    return ResourcePrices{.cpu_hour = kGibPerCore * *inputs_.replica_hour / gib,
                          .gib_hour = *inputs_.replica_hour / gib};
  }

  void Price() {
    const auto prices = Prices();
    if (!prices) return;
    SizingSaving saving{.is_derived = !inputs_.prices};
    const auto cost = [&](const ContainerResources& container) {
      return container.cpu_request->value() * prices->cpu_hour +
             Gib(container.memory_request) * prices->gib_hour;
    };
    const auto count = static_cast<double>(inputs_.replicas.value());
    for (const ContainerAdvice& container : advice_.containers) {
      if (!container.now.cpu_request || !container.now.memory_request) return;
      saving.now += count * cost(container.now);
      saving.advised += count * cost(container.advised);
    }
    advice_.saving = saving;
  }

  const SizingInputs& inputs_;
  SizingAdvice advice_;
  std::vector<std::pair<const ContainerUsage*, std::vector<LoadedWindow>>> loaded_;
  std::size_t longest_ = 0;
};

}  // namespace

SizingAdvice AdviseSizes(const SizingInputs& inputs) {
  return Sizing(inputs).Run();
}

}  // namespace loadcurve
