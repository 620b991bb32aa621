#include "adapters/kube/capacity_status.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "adapters/kube/capacity_watch_status.h"
#include "adapters/kube/json_fields.h"
#include "base/time_text.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

constexpr std::array kChanges = {CapacityChange::kUnchanged, CapacityChange::kHigher,
                                 CapacityChange::kLower};

void Put(json& object, const char* name, const std::optional<MetricsQps>& load) {
  if (load) object[name] = load->value();
}

std::optional<MetricsQps> LoadAt(const json& object, JsonPath path) {
  const auto number = NumberAt(object, path);
  return number && *number > 0 ? std::optional(MetricsQps(*number)) : std::nullopt;
}

json ToJson(const RevisionNews& news) {
  return {{"time", ToRfc3339(news.at)}, {"before", news.before},
          {"after", news.after},        {"capacity", Name(news.change)},
          {"cpuRatio", news.cpu_ratio}, {"low", news.low},
          {"high", news.high}};
}

std::optional<RevisionNews> NewsFrom(const json& object) {
  const std::string name = TextAt(object, {"capacity"});
  const auto change = std::ranges::find_if(kChanges, [&](auto one) { return Name(one) == name; });
  if (change == kChanges.end()) return std::nullopt;
  return RevisionNews{.at = ParseTime(TextAt(object, {"time"})).value_or(TimePoint()),
                      .before = TextAt(object, {"before"}),
                      .after = TextAt(object, {"after"}),
                      .change = *change,
                      .cpu_ratio = NumberAt(object, {"cpuRatio"}).value_or(1),
                      .low = NumberAt(object, {"low"}).value_or(1),
                      .high = NumberAt(object, {"high"}).value_or(1)};
}

bool IsMoved(const CapacityReport& report) {
  return report.planned != report.profile;
}

// By so much that a person would see it: the closed loop moves it a little with every window.
bool HasMoved(const CapacityReport& written, const CapacityReport& next) {
  constexpr double kALittle = 0.03;
  if (IsMoved(written) != IsMoved(next)) return true;
  if (!written.planned || !next.planned) return written.planned != next.planned;
  return std::abs(*next.planned / *written.planned - 1) > kALittle;
}

// What is planned with, before the closed loop on latency takes its share, by the profile's; 1
// where nothing was learnt.
double LearntShare(const CapacityReport& report) {
  if (!report.planned || !report.profile) return 1;
  return *report.planned / *report.profile / report.latency_share;
}

bool Differs(double from, double to, double by) {
  return std::abs(to / from - 1) > by;
}

}  // namespace

json ToJson(const CapacityReport& report) {
  json object = {{"message", report.why}};
  if (!report.scale.empty()) object["weightsVersion"] = report.scale;
  if (report.latency_share != 1) object["latencyShare"] = report.latency_share;
  if (!report.revision.empty()) object["revision"] = report.revision;
  Put(object, "profile", report.profile);
  Put(object, "planned", report.planned);
  if (report.since) object["since"] = ToRfc3339(*report.since);
  Put(object, "value", report.load);
  Put(object, "low", report.low);
  Put(object, "high", report.high);
  if (report.load) object["inherited"] = report.is_inherited;
  if (report.news) object["news"] = ToJson(*report.news);
  if (report.watch) object["watch"] = ToJson(*report.watch);
  return object;
}

CapacityReport CapacityReportFrom(const json& object) {
  CapacityReport report;
  report.why = TextAt(object, {"message"});
  report.scale = TextAt(object, {"weightsVersion"});
  report.revision = TextAt(object, {"revision"});
  report.profile = LoadAt(object, {"profile"});
  report.planned = LoadAt(object, {"planned"});
  if (const auto since = ParseTime(TextAt(object, {"since"}))) report.since = *since;
  report.load = LoadAt(object, {"value"});
  report.low = LoadAt(object, {"low"});
  report.high = LoadAt(object, {"high"});
  const double share = NumberAt(object, {"latencyShare"}).value_or(1);
  report.latency_share = share > 0 && share <= 1 ? share : 1;
  const json* const inherited = FieldAt(object, {"inherited"});
  report.is_inherited = inherited != nullptr && *inherited == true;
  if (const json* news = FieldAt(object, {"news"})) report.news = NewsFrom(*news);
  if (const json* watch = FieldAt(object, {"watch"})) report.watch = CapacityWatchStateFrom(*watch);
  return report;
}

bool IsNews(const std::optional<CapacityReport>& written,
            const std::optional<CapacityReport>& next) {
  if (written.has_value() != next.has_value()) return true;
  if (!next) return false;
  return written->revision != next->revision || written->profile != next->profile ||
         HasMoved(*written, *next) || written->load.has_value() != next->load.has_value() ||
         written->news != next->news;
}

bool HasMoved(const std::optional<CapacityReport>& written,
              const std::optional<CapacityReport>& next) {
  return written && next && written->watch && next->watch &&
         HasMoved(*written->watch, *next->watch);
}

std::optional<Notice> CapacityNotice(const std::optional<CapacityReport>& written,
                                     const std::optional<CapacityReport>& next) {
  if (!next || !next->news || (written && written->news == next->news)) return std::nullopt;
  const RevisionNews& news = *next->news;
  std::array<char, 160> ratio{};
  std::snprintf(ratio.data(), ratio.size(), "%.3g times the CPU (90 %% interval %.3g .. %.3g)",
                news.cpu_ratio, news.low, news.high);
  std::array<char, 80> plan{};
  if (next->planned && next->profile && *next->planned != *next->profile)
    std::snprintf(plan.data(), plan.size(), " Planned with: %.4g instead of %.4g.",
                  next->planned->value(), next->profile->value());
  const bool is_lower = news.change == CapacityChange::kLower;
  return Notice{.is_warning = is_lower,
                .reason = is_lower                                 ? "CapacityLower"
                          : news.change == CapacityChange::kHigher ? "CapacityHigher"
                                                                   : "CapacityUnchanged",
                .action = "Capacity",
                .note = "A unit of load costs revision " + news.after + " " + ratio.data() +
                        " that it cost revision " + news.before + "." + plan.data()};
}

std::optional<Notice> PlanNotice(const std::optional<CapacityReport>& written,
                                 const std::optional<CapacityReport>& next) {
  constexpr double kALittle = 0.03;
  if (!written || !next || !next->planned || written->scale != next->scale ||
      written->profile != next->profile || written->news != next->news)
    return std::nullopt;
  const double before = LearntShare(*written);
  const double after = LearntShare(*next);
  if (!Differs(before, after, kALittle)) return std::nullopt;
  std::array<char, 120> plan{};
  std::snprintf(plan.data(), plan.size(),
                "Planned with %.4g, %.3g of what the profile says; %.3g before: ",
                next->planned->value(), after, before);
  return Notice{.is_warning = after < before,
                .reason = after < before ? "CapacityPlannedLower" : "CapacityPlannedHigher",
                .action = "Capacity",
                .note = plan.data() + next->why + "."};
}

std::optional<Notice> LatencyNotice(const std::optional<CapacityReport>& written,
                                    const std::optional<CapacityReport>& next) {
  constexpr double kALittle = 0.005;
  if (!next) return std::nullopt;
  const double before = written ? written->latency_share : 1;
  const double after = next->latency_share;
  if (!Differs(before, after, kALittle)) return std::nullopt;
  std::array<char, 80> shares{};
  std::snprintf(shares.data(), shares.size(), "Planned with %.3g of the capacity, %.3g before",
                after, before);
  const bool is_lower = after < before;
  return Notice{.is_warning = is_lower,
                .reason = is_lower     ? "LatencyCorrected"
                          : after == 1 ? "LatencyCorrectionOver"
                                       : "LatencyCorrectionEased",
                .action = "Latency",
                .note = shares.data() + (after == 1 ? "." : ": " + next->why + ".")};
}

}  // namespace loadcurve::kube
