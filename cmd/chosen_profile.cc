#include "cmd/chosen_profile.h"

#include <algorithm>
#include <vector>

#include "adapters/profile_codec/profile_codec.h"
#include "base/workload.h"

namespace loadcurve {
namespace {

bool IsCalled(const ScalingProfile& profile, const std::string& name) {
  return name == profile.fields().metadata.name || name == profile.fields().load.source.workload ||
         name == ToString(profile.Workload());
}

std::string NamesOf(const std::vector<ScalingProfile>& profiles) {
  constexpr std::size_t kMostNames = 10;
  std::string names;
  for (std::size_t i = 0; i < std::min(profiles.size(), kMostNames); ++i)
    names += (i == 0 ? "" : ", ") + ToString(profiles[i].Workload());
  return profiles.size() > kMostNames ? names + " ..." : names;
}

}  // namespace

Result<ScalingProfile> ChosenProfile(const std::string& path, const std::string& workload) {
  LC_TRY(const auto profiles, profile_codec::ReadProfiles(path));
  if (workload.empty() && profiles.size() == 1) return profiles.front();
  if (workload.empty())
    return Fail(ErrorCode::kInvalidArgument,
                path + " holds " + std::to_string(profiles.size()) +
                    " profiles; say with --workload which: " + NamesOf(profiles));
  for (const ScalingProfile& profile : profiles) {
    if (IsCalled(profile, workload)) return profile;
  }
  return Fail(ErrorCode::kInvalidArgument,
              "--workload is '" + workload + "', and " + path +
                  " has no such profile; it has: " + NamesOf(profiles));
}

}  // namespace loadcurve
