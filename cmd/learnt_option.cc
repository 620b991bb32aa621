#include "cmd/learnt_option.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <utility>

#include "scaler/capacity/pool_speeds.h"

namespace loadcurve {

using capacity::CapacityOffer;

void LearntOption::AddTo(CLI::App& command) {
  command
      .add_option("--learnt", profile_,
                  "A CapacityProfile of the cluster: what was seen of its spot pools sharpens "
                  "lossesPerHour, and what was learnt of instances is the speed of pools that "
                  "state none")
      ->option_text("NAME");
}

Result<void> LearntOption::Connect(const ClusterChoice& choice, const Clock& clock) {
  if (!is_asked()) return {};
  const auto config = ConfigOf(choice);
  if (!config) return Within("--learnt", config.error());
  cluster_ = std::make_unique<KubeConnection>(*config, clock);
  reader_.emplace(cluster_->client, profile_, clock);
  return {};
}

std::vector<CapacityOffer> LearntOption::Believed(
    const StatedPools& stated, const std::function<void(const std::string&)>& tell) {
  if (!reader_) return stated.Believed();
  const auto learnt = reader_->Read();
  const auto seen = learnt ? learnt->seen : tl::unexpected(learnt.error());
  const InstanceSpeeds speeds = learnt ? learnt->speeds : InstanceSpeeds();
  std::vector<CapacityOffer> believed =
      capacity::WithSpeeds(stated.Believed(seen ? *seen : capacity::LossRecord()), speeds);
  std::vector<std::string> news;
  if (!seen) news.push_back("losses are taken as stated: " + seen.error().message);
  for (std::size_t i = 0; i < believed.size(); ++i) {
    if (seen) AddLossNews(stated, i, believed[i], *seen, news);
    if (believed[i].speed != stated.pools[i].speed)
      news.push_back(fmt::format("speed of {}: {:.3g}, as CapacityProfile {} learnt of {}",
                                 believed[i].pool, believed[i].speed, profile_,
                                 believed[i].instance_type));
  }
  if (news != told_)
    for (const std::string& line : news) tell(line);
  told_ = std::move(news);
  return believed;
}

void LearntOption::AddLossNews(const StatedPools& stated, std::size_t at,
                               const CapacityOffer& believed, const capacity::LossRecord& learnt,
                               std::vector<std::string>& news) const {
  const CapacityOffer& pool = stated.pools[at];
  if (pool.capacity_class != capacity::CapacityClass::kSpot ||
      stated.traced.pools().contains(pool.pool))
    return;
  const auto seen = learnt.pools().find(pool.pool);
  news.push_back(
      seen == learnt.pools().end()
          ? fmt::format("losses of {}: {:.3g} an hour as stated, CapacityProfile {} saw nothing "
                        "of it",
                        pool.pool, pool.losses_per_hour, profile_)
          : fmt::format("losses of {}: {:.3g} an hour, since CapacityProfile {} saw {:.3g} in "
                        "{:.4g} hours and {:.3g} an hour is stated",
                        pool.pool, believed.losses_per_hour, profile_, seen->second.lost,
                        seen->second.hours, pool.losses_per_hour));
}

}  // namespace loadcurve
