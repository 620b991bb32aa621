#include "cmd/ramp_profile.h"

#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include "adapters/files/whole_file.h"
#include "adapters/profile_codec/profile_codec.h"
#include "adapters/profile_codec/yaml_lines.h"
#include "base/time_text.h"
#include "cmd/calibration_report.h"

namespace loadcurve {
namespace {

constexpr const char* kTime = "loadcurve.dev/ramp-time";
constexpr const char* kBottleneck = "loadcurve.dev/ramp-bottleneck";
constexpr const char* kTargetVersion = "loadcurve.dev/ramp-target-version";

// The same capacity counted at all of what binds.
ReplicaCapacity AtAll(ReplicaCapacity capacity) {
  const double share = capacity.target_share.value();
  capacity.load = capacity.load / share;
  capacity.low = capacity.low / share;
  capacity.high = capacity.high / share;
  capacity.target_share = Ratio(1);
  return capacity;
}

std::string Annotation(const ScalingProfile& profile, const char* key) {
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
                                             const RampResult& result,
                                             const ReplicaCapacity& after_in_its_weights) {
  if (!profile.fields().load.per_replica || !result.Capacity()) return std::nullopt;
  ProfileComparison comparison{.before = AtAll(*profile.fields().load.per_replica),
                               .after = after_in_its_weights,
                               .since = Annotation(profile, kTime),
                               .target_version = Annotation(profile, kTargetVersion)};
  if (comparison.since.empty() && profile.fields().calibration)
    comparison.since = ToRfc3339(profile.fields().calibration->calibrated_at);
  comparison.change = CompareCapacity(comparison.before, comparison.after, result.is_lower_bound);
  return comparison;
}

Result<ScalingProfile> WithResult(const std::optional<KeptProfile>& before,
                                  const RampResult& result, const ProfileFactsOfRamp& facts) {
  const auto capacity = result.Capacity();
  if (!capacity)
    return Fail(ErrorCode::kInsufficientData, "no capacity was found; no profile was written");
  LC_TRY(const ScalingProfile fresh,
         ToProfile(result.calibration,
                   {.duration_source = facts.duration_source, .calibrated_at = facts.at}));
  ScalingProfileFields fields = before ? before->profile.fields() : fresh.fields();
  fields.load.weights = fresh.fields().load.weights;
  fields.load.per_replica = capacity;
  fields.calibration = fresh.fields().calibration;
  auto& annotations = fields.metadata.annotations;
  annotations[kTime] = ToRfc3339(facts.at);
  annotations[kBottleneck] = std::string(Name(result.verdict.bottleneck));
  if (!facts.target_version.empty()) annotations[kTargetVersion] = facts.target_version;
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

}  // namespace loadcurve
