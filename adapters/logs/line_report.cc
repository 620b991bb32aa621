#include "adapters/logs/line_report.h"

#include <array>
#include <cstdio>

#include "base/time_text.h"

namespace loadcurve::logs {
namespace {

std::string Place(const NamedTally& log, std::uint64_t line) {
  return log.name + ":" + std::to_string(line);
}

std::string Percent(double share) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g %%", share * 100);
  return text.data();
}

// "2 duration (a.log:3, a.log:9), 1 shape (a.log:12)"
std::string ReasonsOf(const LineReport& report) {
  std::string text;
  for (const auto& [reason, count] : report.by_reason) {
    if (!text.empty()) text += ", ";
    text += std::to_string(count) + " " + reason + " (";
    std::string_view separator;
    for (const std::string& place : report.examples.at(reason)) {
      text += std::string(separator) + place;
      separator = ", ";
    }
    text += count > report.examples.at(reason).size() ? " ...)" : ")";
  }
  return text;
}

}  // namespace

LineReport ReportOf(std::span<const NamedTally> logs) {
  LineReport report;
  for (const NamedTally& log : logs) {
    const LineTally& lines = log.lines;
    report.requests += lines.requests;
    report.bad += lines.Bad();
    report.unserved += lines.by_reason[static_cast<std::size_t>(BadLine::kUnserved)];
    report.unfinished += lines.unfinished;
    for (std::size_t i = 0; i < kBadLineKinds; ++i) {
      const auto reason = static_cast<BadLine>(i);
      if (IsBad(reason) && lines.by_reason[i] > 0)
        report.by_reason[std::string(Name(reason))] += lines.by_reason[i];
    }
    for (const LineExample& example : lines.examples) {
      auto& places = report.examples[std::string(Name(example.reason))];
      if (places.size() < kExamples) places.push_back(Place(log, example.line));
    }
  }
  report.read = report.requests + report.bad + report.unserved;
  return report;
}

Result<void> CheckLines(std::span<const NamedTally> logs, Ratio max_bad) {
  for (const NamedTally& log : logs) {
    const LineTally& lines = log.lines;
    const auto unserved = lines.by_reason[static_cast<std::size_t>(BadLine::kUnserved)];
    if (lines.requests + unserved > 0 || lines.Bad() == 0) continue;
    return Fail(ErrorCode::kInvalidArgument,
                log.name + ": no line is a request of the format: " +
                    ReasonsOf(ReportOf(std::span(&log, 1))) +
                    "; leave --format out to have the format detected, or write it out");
  }
  const LineReport report = ReportOf(logs);
  if (report.read == 0) return {};
  const double share = static_cast<double>(report.bad) / static_cast<double>(report.read);
  if (share <= max_bad.value()) return {};
  return Fail(ErrorCode::kInvalidArgument,
              std::to_string(report.bad) + " of " + std::to_string(report.read) +
                  " lines are bad (" + Percent(share) + ", and --max-bad allows " +
                  Percent(max_bad.value()) + "): " + ReasonsOf(report));
}

std::vector<std::string> JumpWarnings(std::span<const NamedTally> logs) {
  std::vector<std::string> warnings;
  for (const NamedTally& log : logs) {
    for (const ClockJump& jump : log.lines.jumps)
      warnings.push_back(Place(log, jump.line) + ": the time goes " +
                         (jump.after < jump.before ? "back" : "forward") + " from " +
                         ToRfc3339(jump.before) + " to " + ToRfc3339(jump.after) +
                         "; counted as it stands");
    const std::uint64_t more = log.lines.jump_count - log.lines.jumps.size();
    if (more > 0)
      warnings.push_back(log.name + ": the time jumps by more than an hour in " +
                         std::to_string(more) + " more lines");
  }
  return warnings;
}

}  // namespace loadcurve::logs
