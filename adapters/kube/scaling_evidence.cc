#include "adapters/kube/scaling_evidence.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "adapters/http/percent_code.h"
#include "adapters/kube/json_fields.h"
#include "adapters/kube/label_selector.h"
#include "base/quantity_text.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

const ResourceType kCoreEvents{"", "v1", "events"};

std::string Lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

// The kind that people mean by it, in small letters.
std::string KindOf(const std::string& word) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kWords = {
      {{"deploy", "deployment"},
       {"deployments", "deployment"},
       {"sts", "statefulset"},
       {"statefulsets", "statefulset"},
       {"rs", "replicaset"},
       {"rollouts", "rollout"},
       {"sp", "profile"},
       {"scalingprofile", "profile"},
       {"scalingprofiles", "profile"}}};
  const std::string kind = Lower(word);
  for (const auto& [from, to] : kWords)
    if (kind == from) return std::string(to);
  return kind;
}

TargetRef TargetOfProfile(const json& profile) {
  TargetRef target;
  target.name = TextAt(profile, {"spec", "targetRef", "name"});
  if (target.name.empty()) target.name = TextAt(profile, {"metadata", "name"});
  const std::string kind = TextAt(profile, {"spec", "targetRef", "kind"});
  if (!kind.empty()) target.kind = kind;
  const std::string version = TextAt(profile, {"spec", "targetRef", "apiVersion"});
  if (!version.empty()) target.api_version = version;
  return target;
}

TargetRef TargetOfHpa(const json& hpa) {
  return {TextAt(hpa, {"spec", "scaleTargetRef", "apiVersion"}),
          TextAt(hpa, {"spec", "scaleTargetRef", "kind"}),
          TextAt(hpa, {"spec", "scaleTargetRef", "name"})};
}

bool Fits(const TargetRef& target, const WorkloadQuestion& question) {
  return target.name == question.name &&
         (question.kind.empty() || Lower(target.kind) == question.kind);
}

class Reader {
 public:
  Reader(KubeClient& client, ApiDiscovery& discovery, const WorkloadQuestion& question)
      : client_(client), discovery_(discovery), question_(question) {}

  Result<ScalingEvidence> Read() {
    evidence_.namespace_name = question_.namespace_name;
    LC_TRY(const auto profiles, List(kScalingProfiles, ""));
    LC_TRY(const auto hpas, List(kHorizontalPodAutoscalers, ""));
    if (!FindProfile(profiles) && !FindHpa(hpas) && !Guess())
      return Fail(ErrorCode::kNotFound,
                  "'" + question_.name +
                      "' is no ScalingProfile, and no workload that one or an "
                      "HPA names, in namespace '" +
                      question_.namespace_name +
                      "'; expected NAME, KIND/NAME or profile/NAME, and --namespace");
    for (const json& hpa : hpas)
      if (TargetOfHpa(hpa).kind == evidence_.target.kind &&
          TargetOfHpa(hpa).name == evidence_.target.name)
        evidence_.hpas.push_back(hpa);
    LC_TRY_VOID(ReadTarget());
    LC_TRY_VOID(ReadPods());
    LC_TRY_VOID(ReadEvents());
    ReadMetric();
    return std::move(evidence_);
  }

 private:
  // Who may not see something is told so in the answer; who is not reached, at once.
  Result<std::vector<json>> List(const ResourceType& type, const std::string& labels) {
    auto list = client_.List(
        {.type = type, .namespace_name = question_.namespace_name, .label_selector = labels});
    if (list) return std::move(list->items);
    LC_TRY_VOID(Overlook(list.error()));
    return std::vector<json>();
  }

  Result<void> Overlook(const Error& error) {
    if (error.code != ErrorCode::kPermissionDenied && error.code != ErrorCode::kNotFound)
      return tl::unexpected<Error>(error);
    evidence_.unseen.push_back(error.message);
    return {};
  }

  bool FindProfile(const std::vector<json>& profiles) {
    const json* best = nullptr;
    for (const json& profile : profiles) {
      const bool is_called_so = TextAt(profile, {"metadata", "name"}) == question_.name;
      const bool is_meant =
          question_.kind == "profile" ? is_called_so : Fits(TargetOfProfile(profile), question_);
      // Of two on one target, the one that decides.
      if (is_meant && (best == nullptr || ConditionOf(*best, "Active").reason == "TargetTaken"))
        best = &profile;
    }
    if (best == nullptr && question_.kind.empty()) {
      for (const json& profile : profiles)
        if (TextAt(profile, {"metadata", "name"}) == question_.name) best = &profile;
    }
    if (best == nullptr) return false;
    evidence_.profile = *best;
    evidence_.target = TargetOfProfile(*best);
    return true;
  }

  bool FindHpa(const std::vector<json>& hpas) {
    for (const json& hpa : hpas) {
      if (!Fits(TargetOfHpa(hpa), question_)) continue;
      evidence_.target = TargetOfHpa(hpa);
      return true;
    }
    return false;
  }

  // A workload that nothing scales.
  bool Guess() {
    for (const char* const kind : {"Deployment", "StatefulSet"}) {
      const TargetRef guess{"apps/v1", kind, question_.name};
      if (!Fits(guess, question_)) continue;
      const auto type = discovery_.FindScalable(guess.api_version, guess.kind);
      if (!type || !client_.Get({*type, question_.namespace_name, question_.name, ""})) continue;
      evidence_.target = guess;
      return true;
    }
    return false;
  }

  Result<void> ReadTarget() {
    const TargetRef& target = evidence_.target;
    const auto type = discovery_.FindScalable(target.api_version, target.kind);
    if (!type) return Overlook(type.error());
    auto object = client_.Get({*type, question_.namespace_name, target.name, ""});
    if (object) {
      evidence_.object = *std::move(object);
      return {};
    }
    return Overlook(object.error());
  }

  Result<void> ReadPods() {
    const json* const labels = FieldAt(evidence_.object, {"spec", "selector", "matchLabels"});
    if (labels == nullptr || !labels->is_object() || labels->empty()) return {};
    std::string selector;
    for (const auto& [key, value] : labels->items())
      if (value.is_string())
        selector += (selector.empty() ? "" : ",") + key + "=" + value.get<std::string>();
    LC_TRY(evidence_.pods, List(kPods, selector));
    return {};
  }

  // About the profile, its target and what stands between; ReplicaSets and pods are named after
  // the target.
  Result<void> ReadEvents() {
    LC_TRY(auto events, List(kCoreEvents, ""));
    std::set<std::string> names = {evidence_.target.name,
                                   TextAt(evidence_.profile, {"metadata", "name"})};
    for (const json& hpa : evidence_.hpas) names.insert(TextAt(hpa, {"metadata", "name"}));
    for (json& event : events) {
      const std::string about = TextAt(event, {"involvedObject", "name"});
      const std::string kind = TextAt(event, {"involvedObject", "kind"});
      const bool is_below =
          (kind == "Pod" || kind == "ReplicaSet") && about.starts_with(evidence_.target.name + "-");
      // Each pod's birth is no news.
      if (kind == "Pod" && TextAt(event, {"type"}) == "Normal") continue;
      if (is_below || names.contains(about)) evidence_.events.push_back(std::move(event));
    }
    std::stable_sort(evidence_.events.begin(), evidence_.events.end(),
                     [](const json& a, const json& b) { return TimeOfEvent(a) < TimeOfEvent(b); });
    return {};
  }

  void ReadMetric() {
    if (evidence_.profile.is_null()) return;
    const auto answer = client_.GetUrlPath(
        "/apis/external.metrics.k8s.io/v1beta1/namespaces/" +
        http::PercentEncoded(question_.namespace_name) + "/loadcurve-replicas?labelSelector=" +
        http::PercentEncoded("scalingprofile=" + TextAt(evidence_.profile, {"metadata", "name"})));
    if (!answer) {
      evidence_.why_not_published = answer.error().message;
      if (answer.error().code == ErrorCode::kPermissionDenied)
        evidence_.unseen.push_back(answer.error().message);
      return;
    }
    const json* const items = FieldAt(*answer, {"items"});
    if (items != nullptr && items->is_array() && !items->empty())
      evidence_.published = QuantityIn(TextAt(items->front(), {"value"}));
  }

  KubeClient& client_;
  ApiDiscovery& discovery_;
  const WorkloadQuestion& question_;
  ScalingEvidence evidence_;
};

}  // namespace

Result<WorkloadQuestion> ParseWorkload(const std::string& text, const std::string& namespace_name) {
  const std::size_t slash = text.find('/');
  WorkloadQuestion question{.namespace_name = namespace_name, .name = text};
  if (slash != std::string::npos) {
    question.kind = KindOf(text.substr(0, slash));
    question.name = text.substr(slash + 1);
  }
  const bool is_kind_there = slash == std::string::npos || !question.kind.empty();
  if (is_kind_there && !question.name.empty() && question.name.find('/') == std::string::npos)
    return question;
  return Fail(ErrorCode::kInvalidArgument,
              "WORKLOAD is '" + text + "'; expected NAME, KIND/NAME or profile/NAME");
}

Result<ScalingEvidence> ReadEvidence(KubeClient& client, ApiDiscovery& discovery,
                                     const Clock& clock, const WorkloadQuestion& question) {
  LC_TRY(ScalingEvidence evidence, Reader(client, discovery, question).Read());
  evidence.at = clock.Now();
  return evidence;
}

SeenCondition ConditionOf(const json& object, std::string_view type) {
  const json* const conditions = FieldAt(object, {"status", "conditions"});
  if (conditions == nullptr || !conditions->is_array()) return {};
  for (const json& condition : *conditions) {
    if (TextAt(condition, {"type"}) == type)
      return {TextAt(condition, {"status"}), TextAt(condition, {"reason"}),
              TextAt(condition, {"message"})};
  }
  return {};
}

std::string TimeOfEvent(const json& event) {
  std::string time = TextAt(event, {"lastTimestamp"});
  if (time.empty()) time = TextAt(event, {"series", "lastObservedTime"});
  if (time.empty()) time = TextAt(event, {"eventTime"});
  return time.empty() ? "" : time.substr(0, 19) + "Z";  // micro-times to the second
}

}  // namespace loadcurve::kube
