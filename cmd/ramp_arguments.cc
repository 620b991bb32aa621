#include "cmd/ramp_arguments.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <charconv>

#include "base/time_text.h"
#include "cmd/dependent_options.h"
#include "cmd/profile_name.h"

namespace loadcurve {
namespace {

// "5%" or "0.05".
std::optional<double> ParseShare(std::string_view text) {
  const bool is_percent = text.ends_with('%');
  if (is_percent) text.remove_suffix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  const double share = is_percent ? number / 100 : number;
  if (!(share >= 0 && share < 1)) return std::nullopt;
  return share;
}

}  // namespace

void RampArguments::AddTo(CLI::App& command) {
  const std::size_t others = command.get_options().size();
  auto* ramp = command.add_flag(
      "--ramp", is_on,
      "Raise the rate until the target no longer answers in time, and say what one replica "
      "carries and what keeps it from more");
  const auto add = [&](const char* name, std::string& value, const char* what, const char* kind) {
    command.add_option(name, value, what)->option_text(kind);
  };
  command
      .add_option("--latency-quantile", quantile,
                  "So much of the answers is to meet --latency-target (default 0.95)")
      ->check(CLI::Range(0.5, 0.9999).description(""))
      ->option_text("Q");
  command
      .add_option("--late-targets", late_targets,
                  "This share of the targets late, one at least, is too many (default 0.1)")
      ->check(CLI::Range(0.0001, 1.0).description(""))
      ->option_text("SHARE");
  add("--interval", interval, "How often it looks; a rate is held for six and more (default 1s)",
      "DURATION");
  command
      .add_option("--cpu-limit", cpu_limit,
                  "CPU that one target may use, where that cannot be read")
      ->check(CLI::PositiveNumber)
      ->option_text("CORES");
  observers.AddTo(command);
  add("--events", events, "Write what happens as JSON lines; '-' is stdout, which then has no page",
      "FILE");
  add("--plot", plot, "Draw latency against load (SVG)", "FILE");
  add("--html", html, "Write a page with the drawing and the numbers", "FILE");
  add("--profile", profile, "Compare with what this ScalingProfile holds", "FILE");
  add("--write-profile", write_profile,
      "Write capacity and weights into this ScalingProfile, which may not be there yet", "FILE");
  AddProfileNameOption(command, profile_name,
                       "the host's of the target, where it has one, else workload");
  add("--target-version", target_version, "Of the target's software, kept in the profile", "TEXT");
  add("--fail-if-capacity-drops", most_drop,
      "Exit with 3, and write no profile, where the profile's capacity is undercut by more than "
      "that and by more than chance: 5%",
      "SHARE");
  const std::vector<CLI::Option*> options = command.get_options();
  for (std::size_t i = others; i < options.size(); ++i) options[i]->group("Ramp");
  NeedHead(command, others, ramp);
}

Result<Duration> RampArguments::Interval() const {
  const auto length = ParseDuration(interval);
  if (!length) return Within("--interval", length.error());
  if (*length < std::chrono::milliseconds(50) || *length > std::chrono::minutes(10))
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--interval is {}; expected 50ms to 10m", interval));
  return *length;
}

Result<std::optional<Ratio>> RampArguments::MostDrop() const {
  if (most_drop.empty()) return std::nullopt;
  if (profile.empty() && write_profile.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "--fail-if-capacity-drops needs --profile or --write-profile to compare with");
  const auto share = ParseShare(most_drop);
  if (!share)
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("--fail-if-capacity-drops is '{}'; expected a share as 5% or 0.05", most_drop));
  return Ratio(*share);
}

}  // namespace loadcurve
