#include "scaler/fleet_brake.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <set>

#include "base/time_text.h"

namespace loadcurve {
namespace {

using State = BrakeReport::State;

constexpr double kRoundingError = 1e-9;

std::string Short(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", number);
  return text.data();
}

double Real(Replicas replicas) {
  return static_cast<double>(replicas.value());
}

}  // namespace

bool IsBrakeLifted(const ScalingProfile& profile) {
  const auto& annotations = profile.fields().metadata.annotations;
  const auto found = annotations.find(std::string(kBrakeAnnotation));
  return found != annotations.end() && found->second == "off";
}

std::string_view Name(BrakeReport::State state) {
  switch (state) {
    case State::kOff:
      return "off";
    case State::kLimiting:
      return "limiting";
    case State::kSuspicious:
      return "suspicious";
  }
  return "unknown";
}

void FleetBrake::Note(TimePoint now, const ProfileKey& profile, Replicas level) {
  Levels& levels = levels_[profile];
  while (!levels.empty() && levels.back().replicas <= level) levels.pop_back();
  levels.push_back({now, level});
  while (levels.front().at < now - kBrakeSpan) levels.pop_front();
}

void FleetBrake::Remember(const ProfileKey& profile, TimePoint at, Replicas level) {
  Note(at, profile, level);
}

// Levels of before, and their highest within the span.
std::vector<FleetBrake::Stand> FleetBrake::Look(TimePoint now,
                                                std::span<const FleetMember> members) {
  const bool is_in_cores = std::ranges::all_of(
      members, [](const FleetMember& member) { return member.cpu.has_value(); });
  std::set<ProfileKey> here;
  std::vector<Stand> stands;
  stands.reserve(members.size());
  for (const FleetMember& member : members) {
    here.insert(member.profile);
    Stand stand;
    if (is_in_cores) stand.weight = member.cpu->value();
    const auto known = levels_.find(member.profile);
    stand.before = member.current;
    Replicas peak = member.current;
    if (known != levels_.end()) {
      stand.before = std::max(stand.before, known->second.back().replicas);
      peak = std::max(peak, stand.before);
      for (const Level& level : known->second)
        if (level.at >= now - kBrakeSpan) peak = std::max(peak, level.replicas);
    }
    stand.before = std::min(stand.before, member.most);
    stand.peak = Real(std::min(peak, member.most));
    stand.is_held = !member.is_lifted;
    stand.wants = std::max(0.0, Real(stand.before) - Real(member.desired));
    stands.push_back(stand);
  }
  std::erase_if(levels_, [&](const auto& entry) { return !here.contains(entry.first); });
  return stands;
}

void FleetBrake::Assess(TimePoint now, std::span<const FleetMember> members,
                        const std::vector<Stand>& stands) {
  double usual = 0;
  double replicas = 0;
  double one = 0;  // the largest replica of those that shrink
  BrakeReport next{.since = report_.since};
  next.state = report_.state;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Stand& stand = stands[i];
    replicas += stand.peak;
    next.capacity += stand.peak * stand.weight;
    const double fall = std::max(0.0, stand.peak - Real(members[i].desired));
    if (!stand.is_held || fall == 0) continue;
    next.wanted += fall * stand.weight;
    ++next.shrinking;
    one = std::max(one, stand.weight);
    usual += std::min(fall, members[i].usual_fall.value() * stand.peak) * stand.weight;
  }
  next.allowed = std::max({kBrakeShare * next.capacity, usual, one});
  const bool is_small =
      members.size() < kFewestProfiles || replicas < static_cast<double>(kFewestReplicas);
  const bool is_over = next.wanted > next.allowed * (1 + kRoundingError);
  const auto many = std::max<std::size_t>(
      kManyProfiles,
      static_cast<std::size_t>(std::ceil(kManyShare * static_cast<double>(members.size()))));
  if (is_over) calm_since_.reset();
  if (!is_over && !calm_since_) calm_since_ = now;
  if (!is_over && now - *calm_since_ >= kCalm) next.state = State::kOff;
  if (is_over && next.state == State::kOff)
    next.state = next.shrinking >= many && !is_small ? State::kSuspicious : State::kLimiting;
  // More join: suspicion comes later too, once.
  if (is_over && report_.state == State::kLimiting && next.shrinking >= many && !is_small &&
      !has_suspected_)
    next.state = State::kSuspicious;
  // What is suspected of a fleet is not of the few that are left of it.
  if (is_small && next.state == State::kSuspicious) next.state = State::kLimiting;
  if (next.state == State::kOff) has_suspected_ = false;
  if (next.state != report_.state || !next.since) next.since = now;
  if (next.state == State::kSuspicious) {
    has_suspected_ = true;
    if (now - *next.since >= kLongestSuspicion) {
      next.state = State::kLimiting;
      next.since = now;
    }
  }
  if (next.state == State::kOff) next.since.reset();
  report_ = std::move(next);
  Explain();
}

void FleetBrake::Explain() {
  if (report_.state == State::kOff) return;
  const std::string over =
      std::to_string(report_.shrinking) +
      (report_.shrinking == 1 ? " profile wants" : " profiles want") + " to give up " +
      Short(report_.wanted) + " of " + Short(report_.capacity) + " within ten minutes, and " +
      Short(report_.allowed) + " are a tenth, one replica, or usual at this time";
  report_.why = report_.state == State::kLimiting
                    ? over + ": no more than that goes"
                    : over +
                          ": the evidence is suspected, and nothing shrinks until it is over or " +
                          ToRfc3339(*report_.since + kLongestSuspicion);
}

// What may still go is dealt out in proportion, and what is left over in turn.
void FleetBrake::Deal(const std::vector<Stand>& stands, std::vector<Replicas>& levels) {
  double gone = 0;
  double wants = 0;
  for (const Stand& stand : stands) {
    if (!stand.is_held) continue;
    gone += std::max(0.0, stand.peak - Real(stand.before)) * stand.weight;
    wants += stand.wants * stand.weight;
  }
  double left = report_.state == State::kSuspicious ? 0 : std::max(0.0, report_.allowed - gone);
  const double share = wants > 0 ? std::min(1.0, left / wants) : 0;
  for (std::size_t i = 0; i < stands.size(); ++i) {
    if (!stands[i].is_held || stands[i].wants == 0) continue;
    const double given = std::floor(stands[i].wants * share * (1 + kRoundingError));
    left -= given * stands[i].weight;
    levels[i] = stands[i].before - Replicas(static_cast<std::int64_t>(given));
  }
  for (std::size_t k = 0; k < stands.size(); ++k) {
    const std::size_t i = (first_ + k) % stands.size();
    const Stand& stand = stands[i];
    const double given = Real(stand.before) - Real(levels[i]);
    if (!stand.is_held || given + 1 > stand.wants || stand.weight > left) continue;
    levels[i] = levels[i] - Replicas(1);
    left -= stand.weight;
    first_ = i + 1;
  }
}

std::vector<Replicas> FleetBrake::Limit(TimePoint now, std::span<const FleetMember> members,
                                        bool is_lifted) {
  std::vector<Replicas> levels;
  for (const FleetMember& member : members) levels.push_back(member.desired);
  const std::vector<Stand> stands = Look(now, members);
  Assess(now, members, stands);
  if (is_lifted) {
    report_.state = State::kOff;
    report_.since.reset();
    report_.why.clear();
    report_.is_lifted = true;
    has_suspected_ = false;
  } else if (report_.state != State::kOff) {
    Deal(stands, levels);
  }
  for (std::size_t i = 0; i < members.size(); ++i) Note(now, members[i].profile, levels[i]);
  return levels;
}

}  // namespace loadcurve
