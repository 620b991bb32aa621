#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "scaler/scaling_profile.h"
#include "scaler/workload_status.h"

namespace loadcurve {

// On a ScalingProfile, or on Loadcurve's own namespace for all: "off" lifts the brake.
inline constexpr std::string_view kBrakeAnnotation = "loadcurve.dev/fleet-brake";

// Whether the profile's own annotation lifts it.
bool IsBrakeLifted(const ScalingProfile& profile);

// One workload at one step, before the brake.
struct FleetMember {
  ProfileKey profile;
  Replicas current;               // as observed
  Replicas desired;               // as decided
  Replicas most;                  // maxReplicas, which is never held above
  std::optional<CpuCores> cpu{};  // that one replica asks for
  // The share by which its load fell at this time of the day, a day or a week before.
  Ratio usual_fall{0};
  bool is_lifted = false;  // by hand
};

// Where the brake stands.
struct BrakeReport {
  enum class State {
    kOff,        // nothing is held
    kLimiting,   // what is wanted is let through, a tenth in ten minutes, or one replica
    kSuspicious  // many shrink at once: nothing shrinks
  };
  State state = State::kOff;
  std::optional<TimePoint> since;
  double capacity =
      0;               // highest of the last ten minutes, in replicas, or cores where all are known
  double wanted = 0;   // what decisions would have removed of it
  double allowed = 0;  // what may be removed
  std::size_t shrinking = 0;  // profiles
  std::string why{};          // for a person; empty while off
  bool is_lifted = false;

  bool operator==(const BrakeReport&) const = default;
};

// "off", "limiting", "suspicious".
std::string_view Name(BrakeReport::State state);

// No fault of our inputs removes more than a tenth of a fleet's capacity in ten minutes.
//
// With p the highest level of a workload within kBrakeSpan, and l its level now, the sum of p - l
// over the fleet stays at or below
//
//   max(kBrakeShare * sum of p, what usually falls at this time of the day, one replica)
//
// Where more is wanted it is dealt out in proportion. Where many want it, kManyProfiles and
// kManyShare of all, the evidence is suspected and nothing shrinks at all: until what is wanted
// has been within the limit for kCalm, or for kLongestSuspicion; then it is let through at the
// limit. Growth is never touched. Fleets of fewer than kFewestProfiles or kFewestReplicas are only
// limited, and never suspected: in so few, all that shrink at once are soon many. One replica, the
// largest of those that shrink, may go from any.
//
// Not thread-safe. A new one knows nothing of what was removed before, but by Remember.
class FleetBrake {
 public:
  static constexpr Duration kBrakeSpan = std::chrono::minutes(10);
  static constexpr double kBrakeShare = 0.1;
  static constexpr std::size_t kManyProfiles = 3;
  static constexpr double kManyShare = 0.2;
  static constexpr Duration kCalm = std::chrono::minutes(2);
  static constexpr Duration kLongestSuspicion = std::chrono::minutes(30);
  static constexpr std::size_t kFewestProfiles = 3;
  static constexpr std::int64_t kFewestReplicas = 30;

  // What each may have, in the order of `members`: its desired count or more. `now` never goes
  // back by much. `is_lifted`: a person lifted it for all.
  std::vector<Replicas> Limit(TimePoint now, std::span<const FleetMember> members, bool is_lifted);

  // A level that was published before this brake began.
  void Remember(const ProfileKey& profile, TimePoint at, Replicas level);

  const BrakeReport& report() const { return report_; }

 private:
  struct Level {
    TimePoint at;
    Replicas replicas;
  };
  // Falling: what is lower than a later one is dropped.
  using Levels = std::deque<Level>;

  struct Stand {
    double weight = 1;  // of a replica
    double peak = 0;    // replicas
    Replicas before;    // the level until now
    double wants = 0;   // replicas to remove from it
    bool is_held = false;
  };

  std::vector<Stand> Look(TimePoint now, std::span<const FleetMember> members);
  void Assess(TimePoint now, std::span<const FleetMember> members,
              const std::vector<Stand>& stands);
  void Deal(const std::vector<Stand>& stands, std::vector<Replicas>& levels);
  void Note(TimePoint now, const ProfileKey& profile, Replicas level);
  void Explain();

  std::map<ProfileKey, Levels> levels_;
  BrakeReport report_;
  std::optional<TimePoint> calm_since_;
  bool has_suspected_ = false;  // since it was off
  std::size_t first_ = 0;       // who is dealt what is left over
};

}  // namespace loadcurve
