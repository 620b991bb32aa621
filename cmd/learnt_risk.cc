#include "cmd/learnt_risk.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <utility>

namespace loadcurve {

using capacity::CapacityOffer;

void LearntRisk::AddTo(CLI::App& command) {
  command
      .add_option("--learnt", profile_,
                  "A CapacityProfile of the cluster: what was seen of its spot pools sharpens "
                  "lossesPerHour")
      ->option_text("NAME");
}

Result<void> LearntRisk::Connect(const ClusterChoice& choice, const Clock& clock) {
  if (!is_asked()) return {};
  const auto config = ConfigOf(choice);
  if (!config) return Within("--learnt", config.error());
  cluster_ = std::make_unique<KubeConnection>(*config, clock);
  reader_.emplace(cluster_->client, profile_, clock);
  return {};
}

std::vector<CapacityOffer> LearntRisk::Believed(
    const StatedPools& stated, const std::function<void(const std::string&)>& tell) {
  if (!reader_) return stated.Believed();
  const auto learnt = reader_->Read();
  const std::vector<CapacityOffer> believed =
      stated.Believed(learnt ? learnt->seen : capacity::LossRecord());
  std::vector<std::string> news;
  if (!learnt) news.push_back("losses are taken as stated: " + learnt.error().message);
  for (std::size_t i = 0; learnt && i < believed.size(); ++i) {
    const CapacityOffer& pool = stated.pools[i];
    if (pool.capacity_class != capacity::CapacityClass::kSpot ||
        stated.traced.pools().contains(pool.pool))
      continue;
    const auto seen = learnt->seen.pools().find(pool.pool);
    news.push_back(
        seen == learnt->seen.pools().end()
            ? fmt::format("losses of {}: {:.3g} an hour as stated, CapacityProfile {} saw nothing "
                          "of it",
                          pool.pool, pool.losses_per_hour, profile_)
            : fmt::format("losses of {}: {:.3g} an hour, since CapacityProfile {} saw {:.3g} in "
                          "{:.4g} hours and {:.3g} an hour is stated",
                          pool.pool, believed[i].losses_per_hour, profile_, seen->second.lost,
                          seen->second.hours, pool.losses_per_hour));
  }
  if (news != told_)
    for (const std::string& line : news) tell(line);
  told_ = std::move(news);
  return believed;
}

}  // namespace loadcurve
