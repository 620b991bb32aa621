#include "cmd/capacity_profile.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "adapters/files/whole_file.h"
#include "adapters/profile_codec/profile_codec.h"
#include "adapters/profile_codec/yaml_lines.h"
#include "base/time_text.h"
#include "cmd/calibration_report.h"

namespace loadcurve {
namespace {

// By which a capacity can be found.
constexpr std::array<std::string_view, 2> kMethods = {"ramp", "production"};

std::string KeyOf(std::string_view method, std::string_view fact) {
  return fmt::format("loadcurve.dev/{}-{}", method, fact);
}

// The same capacity counted at all of what binds.
ReplicaCapacity AtAll(ReplicaCapacity capacity) {
  const double share = capacity.target_share.value();
  capacity.load = capacity.load / share;
  capacity.low = capacity.low / share;
  capacity.high = capacity.high / share;
  capacity.target_share = Ratio(1);
  return capacity;
}

std::string Annotation(const ScalingProfile& profile, const std::string& key) {
  const auto& annotations = profile.fields().metadata.annotations;
  const auto found = annotations.find(key);
  return found == annotations.end() ? "" : found->second;
}

}  // namespace

Result<std::optional<KeptProfile>> ReadKeptProfile(const std::string& path) {
  std::error_code error;
  // What is there and no file, a device say, holds no profile, and may have no end.
  const auto kind = std::filesystem::status(path, error).type();
  if (path.empty() || kind == std::filesystem::file_type::character) return std::nullopt;
  auto text = files::ReadWholeFile(path);
  if (!text && text.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!text) return tl::unexpected(text.error());
  LC_TRY(std::vector<ScalingProfile> profiles, profile_codec::ParseProfiles(*text, path));
  if (profiles.size() != 1)
    return Fail(ErrorCode::kInvalidArgument, path + ": there are " +
                                                 std::to_string(profiles.size()) +
                                                 " profiles; expected 1, that of the target");
  return KeptProfile{*std::move(text), std::move(profiles.front())};
}

std::optional<ProfileComparison> CompareWith(const ScalingProfile& profile,
                                             const ReplicaCapacity& after, bool is_at_least) {
  if (!profile.fields().load.per_replica) return std::nullopt;
  ProfileComparison comparison{.before = AtAll(*profile.fields().load.per_replica), .after = after};
  for (const std::string_view method : kMethods) {
    const std::string since = Annotation(profile, KeyOf(method, "time"));
    if (since.empty()) continue;
    comparison.method = method;
    comparison.since = since;
    comparison.target_version = Annotation(profile, KeyOf(method, "target-version"));
  }
  if (comparison.since.empty() && profile.fields().calibration)
    comparison.since = ToRfc3339(profile.fields().calibration->calibrated_at);
  comparison.change = CompareCapacity(comparison.before, comparison.after, is_at_least);
  return comparison;
}

Result<CapacityFound> FoundByRamp(const RampResult& result, TimePoint at) {
  const auto capacity = result.Capacity();
  if (!capacity)
    return Fail(ErrorCode::kInsufficientData, "no capacity was found; no profile was written");
  return CapacityFound{.capacity = *capacity,
                       .calibration = result.calibration,
                       .method = "ramp",
                       .bottleneck = result.verdict.bottleneck,
                       .at = at,
                       .duration_source = "of replayed requests, from sending to the last byte"};
}

Result<ScalingProfile> WithCapacity(const std::optional<KeptProfile>& before,
                                    const CapacityFound& found) {
  LC_TRY(const ScalingProfile fresh,
         ToProfile(found.calibration, {.name = found.name,
                                       .duration_source = found.duration_source,
                                       .calibrated_at = found.at}));
  ScalingProfileFields fields = before ? before->profile.fields() : fresh.fields();
  fields.load.weights = fresh.fields().load.weights;
  const auto& kept = before ? before->profile.fields().load.per_replica : std::nullopt;
  fields.load.per_replica = found.capacity;
  // Where something else binds, nothing was learnt of the slots.
  if (!found.capacity.slots && kept) fields.load.per_replica->slots = kept->slots;
  if (kept) fields.load.per_replica->memory = kept->memory;
  fields.calibration = fresh.fields().calibration;
  auto& annotations = fields.metadata.annotations;
  for (const std::string_view method : kMethods)
    for (const char* fact : {"time", "bottleneck", "target-version"})
      if (method != found.method) annotations.erase(KeyOf(method, fact));
  annotations[KeyOf(found.method, "time")] = ToRfc3339(found.at);
  annotations[KeyOf(found.method, "bottleneck")] = std::string(Name(found.bottleneck));
  if (!found.target_version.empty())
    annotations[KeyOf(found.method, "target-version")] = found.target_version;
  return ScalingProfile::Make(std::move(fields));
}

std::optional<std::string> Edited(const std::string& before, const ScalingProfile& after) {
  const profile_codec::YamlLines wanted(profile_codec::WriteProfiles(std::span(&after, 1)));
  profile_codec::YamlLines lines(before);
  using Path = std::vector<std::string_view>;
  const std::array<Path, 4> paths = {Path{"metadata", "annotations"},
                                     Path{"spec", "load", "weights"},
                                     Path{"spec", "load", "perReplica"}, Path{"status"}};
  for (const Path& path : paths)
    if (!lines.Put(path, wanted)) return std::nullopt;
  std::string text = lines.Text();
  const auto read = profile_codec::ParseProfiles(text, "the edited profile");
  if (!read || read->size() != 1 || !(read->front() == after)) return std::nullopt;
  return text;
}

Result<void> WriteKeptProfile(const std::string& path, const std::optional<KeptProfile>& before,
                              const ScalingProfile& after) {
  std::string text = profile_codec::WriteProfiles(std::span(&after, 1));
  if (before) {
    auto edited = Edited(before->text, after);
    if (!edited)
      fmt::print(stderr,
                 "loadcurve: {}: its form cannot be edited; it is written anew, without "
                 "its comments\n",
                 path);
    text = std::move(edited).value_or(text);
  }
  return files::WriteFileAtomically(path, text);
}

}  // namespace loadcurve
