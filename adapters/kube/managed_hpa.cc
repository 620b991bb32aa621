#include "adapters/kube/managed_hpa.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/kube/json_fields.h"
#include "adapters/kube/pod_cpu.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

constexpr Duration kLookAgain = std::chrono::minutes(5);
constexpr Duration kTryAgain = std::chrono::seconds(30);
constexpr Duration kVersionFor = std::chrono::hours(1);
constexpr std::string_view kOurs = "app.kubernetes.io/managed-by=loadcurve";

bool IsOwnedBy(const json& hpa, const std::string& uid) {
  const json* const owners = FieldAt(hpa, {"metadata", "ownerReferences"});
  if (owners == nullptr || !owners->is_array()) return false;
  for (const json& owner : *owners)
    if (TextAt(owner, {"uid"}) == uid) return true;
  return false;
}

std::string GroupOf(const std::string& api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string::npos ? "" : api_version.substr(0, slash);
}

bool HasTarget(const json& hpa, const TargetRef& target) {
  return TextAt(hpa, {"spec", "scaleTargetRef", "kind"}) == target.kind &&
         TextAt(hpa, {"spec", "scaleTargetRef", "name"}) == target.name &&
         GroupOf(TextAt(hpa, {"spec", "scaleTargetRef", "apiVersion"})) ==
             GroupOf(target.api_version);
}

ProfileCondition Condition(ConditionState state, std::string reason, std::string message) {
  return {state, std::move(reason), std::move(message), {}};
}

}  // namespace

ManagedHpa::ManagedHpa(KubeClient& client, ApiDiscovery& discovery, EventRecorder& events,
                       const Clock& clock)
    : client_(client), discovery_(discovery), events_(events), clock_(clock) {}

void ManagedHpa::Forget() {
  seen_.clear();
  owners_.reset();
}

std::optional<ProfileCondition> ManagedHpa::Sync(const StoredProfile& stored, bool may_have,
                                                 bool is_paused) {
  if (!stored.profile) {  // what was valid before stays in force
    const auto known = stored.status.conditions.find(ProfileConditionType::kManagedHpa);
    return known == stored.status.conditions.end() ? std::nullopt : std::optional(known->second);
  }
  const bool is_asked = stored.profile->fields().manages_hpa;
  const bool is_wanted = is_asked && may_have;
  Seen& seen = seen_[stored.uid];
  const Duration now = clock_.MonotonicNow();
  if (seen.generation == stored.generation && seen.is_wanted == is_wanted &&
      seen.is_paused == is_paused && now < seen.look_at)
    return seen.condition;
  seen.generation = stored.generation;
  seen.is_wanted = is_wanted;
  seen.is_paused = is_paused;
  const auto done = is_wanted ? Keep(stored, is_paused) : [&]() -> Result<ProfileCondition> {
    LC_TRY_VOID(Remove(stored));
    return Condition(ConditionState::kFalse, "NotPossible",
                     "Counts are set without an HPA here, or by another profile.");
  }();
  if (!done) {
    seen.condition =
        Condition(ConditionState::kFalse,
                  done.error().code == ErrorCode::kPermissionDenied ? "NotAllowed" : "NotApplied",
                  done.error().message);
  } else {
    seen.condition = is_asked ? std::optional(*done) : std::nullopt;
  }
  const bool is_well = done && (!is_wanted || done->state == ConditionState::kTrue);
  seen.look_at = now + (is_well ? kLookAgain : kTryAgain);
  return seen.condition;
}

Result<void> ManagedHpa::FindOwned() {
  LC_TRY(const ObjectList list,
         client_.List({.type = kHorizontalPodAutoscalers, .label_selector = std::string(kOurs)}));
  owners_.emplace();
  for (const json& hpa : list.items) {
    const json* const owners = FieldAt(hpa, {"metadata", "ownerReferences"});
    if (owners == nullptr || !owners->is_array()) continue;
    for (const json& owner : *owners) owners_->insert(TextAt(owner, {"uid"}));
  }
  return {};
}

Result<ManagedHpa::Found> ManagedHpa::Look(const StoredProfile& stored) {
  LC_TRY(const ObjectList list, client_.List({.type = kHorizontalPodAutoscalers,
                                              .namespace_name = stored.namespace_name}));
  Found found;
  for (const json& hpa : list.items) {
    const std::string name = TextAt(hpa, {"metadata", "name"});
    if (IsOwnedBy(hpa, stored.uid)) {
      found.own = name;
      found.own_uid = TextAt(hpa, {"metadata", "uid"});
    } else if (name == stored.name || HasTarget(hpa, stored.profile->fields().target)) {
      found.foreign = name;
    }
  }
  return found;
}

Result<HpaOptions> ManagedHpa::OptionsFor(const ScalingProfile& profile, std::string& no_cpu) {
  const Duration now = clock_.MonotonicNow();
  if (!version_ || now >= version_at_ + kVersionFor) {
    LC_TRY(const json version, client_.GetUrlPath("/version"));
    const auto parsed = ParseKubernetesVersion(TextAt(version, {"gitVersion"}));
    if (parsed) version_ = *parsed;
    version_at_ = now;
  }
  HpaOptions options{.kubernetes = version_};
  if (!IsCpuASafetyNet(profile)) return options;
  const auto& fields = profile.fields();
  LC_TRY(const ResourceType type,
         discovery_.FindScalable(fields.target.api_version, fields.target.kind));
  const auto target = client_.Get({type, fields.metadata.namespace_name, fields.target.name, ""});
  const auto ratio = target ? LimitByRequest(*target) : tl::unexpected<Error>(target.error());
  if (ratio) {
    options.limit_by_request = *ratio;
    return options;
  }
  options.has_cpu = false;
  no_cpu = ratio.error().message;
  return options;
}

Result<ProfileCondition> ManagedHpa::Keep(const StoredProfile& stored, bool is_paused) {
  LC_TRY(const Found found, Look(stored));
  if (!found.foreign.empty())
    return Condition(ConditionState::kFalse, "AnotherHpa",
                     "HorizontalPodAutoscaler " + stored.namespace_name + "/" + found.foreign +
                         " was made by somebody else and is left alone; delete it, and Loadcurve "
                         "makes its own within half a minute.");
  std::string no_cpu;
  LC_TRY(HpaOptions options, OptionsFor(*stored.profile, no_cpu));
  options.is_paused = is_paused;
  json hpa = HpaFor(*stored.profile, options);
  hpa["metadata"]["ownerReferences"] = json::array({{{"apiVersion", ApiVersionOf(kScalingProfiles)},
                                                     {"kind", "ScalingProfile"},
                                                     {"name", stored.name},
                                                     {"uid", stored.uid},
                                                     {"controller", true}}});
  // Of another uid, it is not the one that was looked at.
  if (!found.own_uid.empty()) hpa["metadata"]["uid"] = found.own_uid;
  const auto conflicts =
      found.own.empty() ? KubeClient::Conflicts::kRefuse : KubeClient::Conflicts::kOverrule;
  LC_TRY(const json written,
         client_.Apply({kHorizontalPodAutoscalers, stored.namespace_name, stored.name, ""}, hpa,
                       conflicts));
  if (owners_) owners_->insert(stored.uid);
  const std::string name = stored.namespace_name + "/" + stored.name;
  if (found.own.empty())
    Tell(stored, "HpaCreated", "HorizontalPodAutoscaler " + name + " follows the decision.");
  if (no_cpu.empty())
    return Condition(ConditionState::kTrue, "Applied",
                     "HorizontalPodAutoscaler " + name + " follows the decision.");
  return Condition(ConditionState::kTrue, "AppliedWithoutCpu",
                   "HorizontalPodAutoscaler " + name +
                       " follows the decision, without CPU as a safety net: " + no_cpu +
                       ". While Loadcurve is away it changes nothing, not even upward.");
}

Result<void> ManagedHpa::Remove(const StoredProfile& stored) {
  if (!owners_) LC_TRY_VOID(FindOwned());
  if (!owners_->contains(stored.uid)) return {};
  LC_TRY(const Found found, Look(stored));
  if (!found.own.empty()) {
    const auto gone = client_.Delete(
        {kHorizontalPodAutoscalers, stored.namespace_name, found.own, ""}, found.own_uid);
    if (!gone && gone.error().code != ErrorCode::kNotFound) return gone;
    Tell(stored, "HpaDeleted",
         "HorizontalPodAutoscaler " + stored.namespace_name + "/" + found.own +
             " is gone: spec.managedHPA is off, or the target is not this profile's.");
  }
  owners_->erase(stored.uid);
  return {};
}

void ManagedHpa::Tell(const StoredProfile& stored, const std::string& reason,
                      const std::string& note) {
  const auto told = events_.Record({.api_version = ApiVersionOf(kScalingProfiles),
                                    .kind = "ScalingProfile",
                                    .namespace_name = stored.namespace_name,
                                    .name = stored.name,
                                    .uid = stored.uid},
                                   {.reason = reason, .action = "ManagedHPA", .note = note});
  static_cast<void>(told);  // the condition says the same
}

}  // namespace loadcurve::kube
