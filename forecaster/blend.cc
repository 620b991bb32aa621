#include "forecaster/blend.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"

namespace loadcurve {
namespace {

constexpr double kLossPower = 4;

class FittedBlend final : public FittedModel {
 public:
  void Add(std::unique_ptr<FittedModel> member, double share) {
    members_.emplace_back(std::move(member), share);
  }

  void Observe(double load) override {
    for (auto& [member, share] : members_) member->Observe(load);
  }

  std::vector<double> Predict(std::size_t horizon) const override {
    std::vector<double> path(horizon);
    for (const auto& [member, share] : members_) {
      const std::vector<double> part = member->Predict(horizon);
      for (std::size_t ahead = 0; ahead < horizon; ++ahead) path[ahead] += share * part[ahead];
    }
    return path;
  }

 private:
  std::vector<std::pair<std::unique_ptr<FittedModel>, double>> members_;
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
    fitted->Add(std::move(part), member.share);
  }
  return fitted;
}

std::vector<double> SharesByLoss(std::span<const double> losses) {
  const double least = *std::min_element(losses.begin(), losses.end());
  std::vector<double> shares;
  double sum = 0;
  for (const double loss : losses) {
    const double ratio = loss > 0 ? least / loss : 1;
    shares.push_back(std::pow(ratio, kLossPower));
    sum += shares.back();
  }
  for (double& share : shares) share /= sum;
  return shares;
}

std::vector<RollingOrigin> BlendOrigins(std::span<const std::vector<RollingOrigin>> members,
                                        std::span<const double> shares) {
  std::vector<RollingOrigin> blended = members.front();
  for (std::size_t i = 0; i < blended.size(); ++i) {
    for (std::size_t ahead = 0; ahead < blended[i].predicted.size(); ++ahead) {
      double load = 0;
      for (std::size_t m = 0; m < members.size(); ++m)
        load += shares[m] * members[m][i].predicted[ahead];
      blended[i].predicted[ahead] = load;
    }
  }
  return blended;
}

}  // namespace loadcurve
