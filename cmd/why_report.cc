#include "cmd/why_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/kube/advice_status.h"
#include "adapters/kube/json_fields.h"
#include "adapters/kube/speed_status.h"
#include "base/time_text.h"
#include "cmd/advice_report.h"

namespace loadcurve {
namespace {

using kube::FieldAt;
using kube::NumberAt;
using kube::TextAt;
using kube::WholeAt;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kShownEvents = 6;

std::string Seconds(TimePoint time) {
  return ToRfc3339(std::chrono::floor<std::chrono::seconds>(time));
}

std::string NumberOr(std::optional<double> number, std::string otherwise) {
  return number ? fmt::format("{:.4g}", *number) : std::move(otherwise);
}

std::string WholeOr(std::optional<std::int64_t> whole, std::string otherwise) {
  return whole ? std::to_string(*whole) : std::move(otherwise);
}

std::string NameOf(const kube::ScalingEvidence& evidence) {
  return evidence.target.kind + " " + evidence.namespace_name + "/" + evidence.target.name;
}

std::string EventLine(const json& event) {
  const std::int64_t count = WholeAt(event, {"count"}).value_or(1);
  return fmt::format("{}  {} {}  {}{}", kube::TimeOfEvent(event),
                     TextAt(event, {"involvedObject", "kind"}), TextAt(event, {"reason"}),
                     TextAt(event, {"message"}), count > 1 ? fmt::format(" (x{})", count) : "");
}

std::string EventLines(const std::vector<json>& events) {
  std::string text;
  const std::size_t first = events.size() > kShownEvents ? events.size() - kShownEvents : 0;
  for (std::size_t i = first; i < events.size(); ++i) text += "  " + EventLine(events[i]) + "\n";
  return text.empty() ? "  none\n" : text;
}

std::string CauseLines(const std::vector<kube::ScalingCause>& causes) {
  std::string text;
  for (std::size_t i = 0; i < causes.size(); ++i) {
    const auto& cause = causes[i];
    if (i == 0) text += "Most likely:\n";
    if (i == 1) text += "\nAlso seen:\n";
    text += fmt::format("  {}: {}\n", cause.reason, cause.what);
    if (!cause.remedy.empty()) text += fmt::format("    -> {}\n", cause.remedy);
  }
  return text;
}

// The version in force: adopted, or the spec's own, which may leave it to be computed.
std::string WeightsInForce(const json& profile) {
  std::string adopted =
      TextAt(profile, {"status", "onlineCalibration", "adopted", "weights", "version"});
  if (!adopted.empty()) return adopted;
  std::string own = TextAt(profile, {"spec", "load", "weights", "version"});
  return own.empty() ? TextAt(profile, {"spec", "load", "weights", "kind"}) : own;
}

std::string WeightsLine(const json& profile) {
  const json* const adopted = FieldAt(profile, {"status", "onlineCalibration", "adopted"});
  std::string text = "weights    " + WeightsInForce(profile);
  if (adopted != nullptr)
    text +=
        fmt::format(", in place of {} since {}; a replica carries {}",
                    TextAt(*adopted, {"insteadOf", "weightsVersion"}), TextAt(*adopted, {"time"}),
                    NumberOr(NumberAt(*adopted, {"perReplica", "metricsqps"}), "?"));
  const std::string outcome = TextAt(profile, {"status", "onlineCalibration", "outcome"});
  if (!outcome.empty())
    text += fmt::format("\n           tried {}: {}, {}",
                        TextAt(profile, {"status", "onlineCalibration", "time"}), outcome,
                        TextAt(profile, {"status", "onlineCalibration", "message"}));
  return text + "\n";
}

// "speeds     by m5: m7i 1.3 (1.29 to 1.31); ..."; one that is not stood on yet says so.
std::string SpeedLine(const json& profile) {
  const json* const status = FieldAt(profile, {"status", "instanceSpeeds"});
  if (status == nullptr) return "";
  const SpeedReport report = kube::SpeedReportFrom(*status);
  std::string text = "speeds     by " + report.reference + ": ";
  for (const auto& [family, speed] : report.families)
    text += fmt::format("{} {:.3g} ({:.3g} to {:.3g}{}), ", family, speed.speed, speed.low,
                        speed.high, IsBelieved(speed) ? "" : "; not certain enough yet");
  return text + report.why + "\n";
}

std::string ProfileLines(const kube::ScalingEvidence& evidence) {
  const json& profile = evidence.profile;
  if (profile.is_null()) return "profile    none\n";
  const std::string measured = kube::ConditionOf(profile, "Measured").message;
  std::string text = fmt::format(
      "profile    {}\n"
      "{}"
      "measured   {} MetricsQPS{}\n"
      "forecast   {} MetricsQPS when a replica ordered now is ready\n"
      "decided    {} replicas, from {}, since {}\n",
      TextAt(profile, {"metadata", "name"}), WeightsLine(profile),
      NumberOr(NumberAt(profile, {"status", "load"}), "no"),
      measured.empty() ? "" : "; " + measured,
      NumberOr(NumberAt(profile, {"status", "forecast"}), "no"),
      WholeOr(WholeAt(profile, {"status", "decision", "desired"}), "no"),
      WholeOr(WholeAt(profile, {"status", "decision", "current"}), "?"),
      TextAt(profile, {"status", "decision", "time"}));
  const json* const reasons = FieldAt(profile, {"status", "decision", "reasons"});
  if (reasons != nullptr && reasons->is_array()) {
    for (const json& reason : *reasons)
      text += fmt::format("           {} {} -> {}: {}\n", TextAt(reason, {"stage"}),
                          WholeOr(WholeAt(reason, {"before"}), "?"),
                          WholeOr(WholeAt(reason, {"after"}), "?"), TextAt(reason, {"why"}));
  }
  return text + SpeedLine(profile) + "published  " +
         (evidence.published ? fmt::format("loadcurve-replicas {:g}", *evidence.published)
                             : "nothing: " + evidence.why_not_published) +
         "\n";
}

std::string HpaLines(const json& hpa) {
  std::string text = fmt::format(
      "HPA        {}: wants {}, sees {}, {} to {}, last moved {}\n",
      TextAt(hpa, {"metadata", "name"}), WholeOr(WholeAt(hpa, {"status", "desiredReplicas"}), "?"),
      WholeOr(WholeAt(hpa, {"status", "currentReplicas"}), "?"),
      WholeOr(WholeAt(hpa, {"spec", "minReplicas"}), "1"),
      WholeOr(WholeAt(hpa, {"spec", "maxReplicas"}), "?"),
      TextAt(hpa, {"status", "lastScaleTime"}).empty() ? "never"
                                                       : TextAt(hpa, {"status", "lastScaleTime"}));
  for (const char* const type : {"AbleToScale", "ScalingActive", "ScalingLimited"}) {
    const auto seen = kube::ConditionOf(hpa, type);
    if (!seen.status.empty())
      text += fmt::format("           {}={} {}\n", type, seen.status, seen.reason);
  }
  return text;
}

std::string ReplicaLine(const json& object) {
  return fmt::format("replicas   {} ordered, {} there, {} ready\n",
                     WholeOr(WholeAt(object, {"spec", "replicas"}), "1"),
                     WholeOr(WholeAt(object, {"status", "replicas"}), "0"),
                     WholeOr(WholeAt(object, {"status", "readyReplicas"}), "0"));
}

// What the containers should ask for, where the profile wants to know.
std::string AdviceLines(const kube::ScalingEvidence& evidence) {
  const json* const status = FieldAt(evidence.profile, {"status", "advice"});
  if (status == nullptr) return "";
  const SizingAdvice advice = kube::SizingAdviceFrom(*status);
  std::string text = "\nRight-sizing, which nobody applies but you:\n";
  if (!advice.containers.empty()) text += ToText(AdviceTable(advice));
  return text + AdviceText(advice) + PatchFor(advice, evidence.target, evidence.namespace_name);
}

ordered_json AdviceJson(const kube::ScalingEvidence& evidence) {
  const json* const status = FieldAt(evidence.profile, {"status", "advice"});
  if (status == nullptr) return nullptr;
  ordered_json advice(*status);
  const std::string patch =
      PatchFor(kube::SizingAdviceFrom(*status), evidence.target, evidence.namespace_name);
  if (!patch.empty()) advice["patch"] = patch;
  return advice;
}

std::string UnseenLines(const std::vector<std::string>& unseen, std::string_view title) {
  std::string text;
  for (const std::string& each : unseen)
    text += (text.empty() ? fmt::format("\n{}\n", title) : std::string()) + "  " + each + "\n";
  return text;
}

std::string PastLines(const kube::ScalingEvidence& evidence, const PastEvidence& past) {
  std::string text = fmt::format("{} at {}\n\n", NameOf(evidence), Seconds(past.at));
  if (past.is_decision_known) {
    text += "The decision of now was in force then:\n" + ProfileLines(evidence);
  } else if (past.load) {
    text += fmt::format(
        "measured   {:.4g} MetricsQPS in the {} from {} on, by the history store{}\n",
        past.load->value(), ToString(past.load_step), Seconds(past.load_since),
        past.need ? fmt::format("; that needs {} replicas", past.need->value()) : std::string());
  }
  text += "\nEvents until then:\n" + EventLines(past.events);
  return text + UnseenLines(past.unknown, "No longer known:");
}

ordered_json EventsJson(const std::vector<json>& events) {
  ordered_json list = ordered_json::array();
  for (const json& event : events)
    list.push_back({{"time", kube::TimeOfEvent(event)},
                    {"about", TextAt(event, {"involvedObject", "kind"}) + "/" +
                                  TextAt(event, {"involvedObject", "name"})},
                    {"reason", TextAt(event, {"reason"})},
                    {"message", TextAt(event, {"message"})},
                    {"count", WholeAt(event, {"count"}).value_or(1)}});
  return list;
}

// A copy of a field, or null.
ordered_json Copy(const json& object, kube::JsonPath path) {
  const json* const field = FieldAt(object, path);
  return field == nullptr ? ordered_json() : ordered_json(*field);
}

}  // namespace

PastEvidence PastOf(const kube::ScalingEvidence& evidence, TimePoint at) {
  PastEvidence past{.at = at};
  const std::string until = Seconds(at);
  const std::string decided = TextAt(evidence.profile, {"status", "decision", "time"});
  past.is_decision_known = !decided.empty() && decided <= until;
  for (const json& event : evidence.events)
    if (kube::TimeOfEvent(event) <= until) past.events.push_back(event);
  if (!past.is_decision_known)
    past.unknown.emplace_back(decided.empty()
                                  ? "what was decided: the profile has no decision"
                                  : "what was decided, and why: the decision of now is of " +
                                        decided + ", and only the latest is kept");
  past.unknown.emplace_back("what was published, and what the HPA made of it beyond its events");
  if (past.events.empty())
    past.unknown.emplace_back("events: the cluster keeps them for an hour, unless told otherwise");
  return past;
}

std::string WhyText(const kube::ScalingEvidence& evidence,
                    const std::optional<PastEvidence>& past) {
  if (past) return PastLines(evidence, *past) + UnseenLines(evidence.unseen, "Could not be seen:");
  std::string text = fmt::format("{} at {}\n\n", NameOf(evidence), Seconds(evidence.at));
  text += CauseLines(kube::CausesOf(evidence)) + "\n" + ProfileLines(evidence);
  for (const json& hpa : evidence.hpas) text += HpaLines(hpa);
  if (evidence.hpas.empty()) text += "HPA        none\n";
  text += ReplicaLine(evidence.object) + "\nEvents:\n" + EventLines(evidence.events);
  text += AdviceLines(evidence);
  return text + UnseenLines(evidence.unseen, "Could not be seen:");
}

ordered_json WhyJson(const kube::ScalingEvidence& evidence,
                     const std::optional<PastEvidence>& past) {
  ordered_json report = {{"workload", evidence.namespace_name + "/" + evidence.target.kind + "/" +
                                          evidence.target.name},
                         {"time", Seconds(past ? past->at : evidence.at)},
                         {"profile", Copy(evidence.profile, {"metadata", "name"})}};
  if (past) {
    report["decision"] =
        past->is_decision_known ? Copy(evidence.profile, {"status", "decision"}) : ordered_json();
    report["load"] = past->load ? ordered_json(past->load->value()) : ordered_json();
    report["load_since"] = past->load ? ordered_json(Seconds(past->load_since)) : ordered_json();
    report["load_seconds"] =
        past->load ? ordered_json(loadcurve::Seconds(past->load_step)) : ordered_json();
    report["need"] = past->need ? ordered_json(past->need->value()) : ordered_json();
    report["events"] = EventsJson(past->events);
    report["unknown"] = past->unknown;
    report["unseen"] = evidence.unseen;
    return report;
  }
  ordered_json causes = ordered_json::array();
  for (const auto& cause : kube::CausesOf(evidence))
    causes.push_back({{"reason", cause.reason}, {"what", cause.what}, {"remedy", cause.remedy}});
  report["causes"] = std::move(causes);
  report["weights"] = WeightsInForce(evidence.profile);
  report["load"] = Copy(evidence.profile, {"status", "load"});
  report["forecast"] = Copy(evidence.profile, {"status", "forecast"});
  report["decision"] = Copy(evidence.profile, {"status", "decision"});
  report["instance_speeds"] = Copy(evidence.profile, {"status", "instanceSpeeds"});
  report["advice"] = AdviceJson(evidence);
  report["published"] = evidence.published ? ordered_json(*evidence.published) : ordered_json();
  report["replicas"] = {
      {"ordered", Copy(evidence.object, {"spec", "replicas"})},
      {"there", WholeAt(evidence.object, {"status", "replicas"}).value_or(0)},
      {"ready", WholeAt(evidence.object, {"status", "readyReplicas"}).value_or(0)}};
  ordered_json hpas = ordered_json::array();
  for (const json& hpa : evidence.hpas)
    hpas.push_back({{"name", TextAt(hpa, {"metadata", "name"})},
                    {"desired", Copy(hpa, {"status", "desiredReplicas"})},
                    {"conditions", Copy(hpa, {"status", "conditions"})}});
  report["hpas"] = std::move(hpas);
  report["events"] = EventsJson(evidence.events);
  report["unseen"] = evidence.unseen;
  return report;
}

}  // namespace loadcurve
