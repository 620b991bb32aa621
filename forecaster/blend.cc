#include "forecaster/blend.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"

namespace loadcurve {
namespace {

double ShareAt(const std::vector<double>& shares, std::size_t ahead) {
  return shares[std::min(ahead, shares.size() - 1)];
}

// What was missed at one origin, as sums over the first steps; steps that are missing miss nothing.
std::vector<double> MissedBy(const RollingOrigin& origin, std::size_t horizon) {
  std::vector<double> sums(horizon + 1, 0);
  for (std::size_t ahead = 0; ahead < horizon; ++ahead) {
    const bool is_known = ahead < origin.actual.size() && !std::isnan(origin.actual[ahead]);
    sums[ahead + 1] =
        sums[ahead] + (is_known ? std::abs(origin.actual[ahead] - origin.predicted[ahead]) : 0);
  }
  return sums;
}

class FittedBlend final : public FittedModel {
 public:
  void Add(std::unique_ptr<FittedModel> member, const std::vector<double>& shares) {
    members_.emplace_back(std::move(member), shares);
  }

  void Observe(double load) override {
    for (auto& [member, shares] : members_) member->Observe(load);
  }

  std::vector<double> Predict(std::size_t horizon) const override {
    std::vector<double> path(horizon);
    for (const auto& [member, shares] : members_) {
      const std::vector<double> part = member->Predict(horizon);
      for (std::size_t ahead = 0; ahead < horizon; ++ahead)
        path[ahead] += ShareAt(shares, ahead) * part[ahead];
    }
    return path;
  }

 private:
  std::vector<std::pair<std::unique_ptr<FittedModel>, std::vector<double>>> members_;
};

}  // namespace

Blend::Blend(std::vector<BlendMember> members) : members_(std::move(members)) {
  Check(!members_.empty(), "a blend has a member");
}

std::size_t Blend::least_history() const {
  std::size_t least = 0;
  for (const BlendMember& member : members_) least = std::max(least, member.model->least_history());
  return least;
}

Result<std::unique_ptr<FittedModel>> Blend::Fit(const LoadSeries& history) const {
  auto fitted = std::make_unique<FittedBlend>();
  for (const BlendMember& member : members_) {
    LC_TRY(auto part, member.model->Fit(history));
    fitted->Add(std::move(part), member.shares);
  }
  return fitted;
}

void ToShares(std::span<double> losses) {
  const double least = *std::min_element(losses.begin(), losses.end());
  double sum = 0;
  for (double& loss : losses) {
    const double ratio = loss > 0 ? least / loss : 1;
    const double square = ratio * ratio;
    loss = square * square * square;
    sum += loss;
  }
  for (double& share : losses) share /= sum;
}

BlendShares::BlendShares(std::span<const std::vector<RollingOrigin>> members, std::size_t horizon)
    : members_(members), horizon_(horizon) {
  for (const auto& origins : members_) {
    std::vector<double>& sums = sums_.emplace_back(horizon + 1, 0);
    for (const RollingOrigin& origin : origins) {
      const std::vector<double> missed = MissedBy(origin, horizon);
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += missed[i];
    }
  }
}

std::vector<std::vector<double>> BlendShares::Of(std::size_t left_out) const {
  std::vector<std::vector<double>> sums = sums_;
  std::size_t seen = 1;  // steps
  for (std::size_t m = 0; m < members_.size(); ++m) {
    for (const RollingOrigin& origin : members_[m]) seen = std::max(seen, origin.actual.size());
    if (left_out >= members_[m].size() || members_[m].size() == 1) continue;
    const std::vector<double> missed = MissedBy(members_[m][left_out], horizon_);
    for (std::size_t i = 0; i < missed.size(); ++i)
      sums[m][i] = std::max(0.0, sums[m][i] - missed[i]);
  }
  const std::size_t steps = std::min(seen, horizon_);
  std::vector<std::vector<double>> shares(members_.size(), std::vector<double>(steps));
  std::vector<double> losses(members_.size());
  for (std::size_t ahead = 0; ahead < steps; ++ahead) {
    const std::size_t to = std::min(seen, ahead + ahead / 2 + 1);
    for (std::size_t m = 0; m < losses.size(); ++m)
      losses[m] = std::max(0.0, sums[m][to] - sums[m][ahead / 2]);
    ToShares(losses);
    for (std::size_t m = 0; m < losses.size(); ++m) shares[m][ahead] = losses[m];
  }
  return shares;
}

std::vector<RollingOrigin> BlendShares::Origins(bool is_new_to_each) const {
  std::vector<RollingOrigin> blended = members_.front();
  const auto of_all = OfAll();
  for (std::size_t i = 0; i < blended.size(); ++i) {
    const auto shares = is_new_to_each ? Of(i) : of_all;
    for (std::size_t ahead = 0; ahead < blended[i].predicted.size(); ++ahead) {
      double load = 0;
      for (std::size_t m = 0; m < members_.size(); ++m)
        load += ShareAt(shares[m], ahead) * members_[m][i].predicted[ahead];
      blended[i].predicted[ahead] = load;
    }
  }
  return blended;
}

}  // namespace loadcurve
