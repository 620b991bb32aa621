#pragma once

#include <optional>
#include <string>

#include "adapters/kube/kube_client.h"
#include "base/clock.h"
#include "base/result.h"
#include "scaler/capacity/spot/loss_record.h"

namespace loadcurve::kube {

// What whoever buys nodes for a CapacityProfile saw of losses of spot, as its status tells it.
struct LearntLosses {
  capacity::LossRecord seen{};
  TimePoint as_of{};
};

// Reads it again and again. Not thread-safe.
class LossReader {
 public:
  // Of the CapacityProfile of that name. `client` and `clock` outlive it.
  LossReader(KubeClient& client, std::string profile, const Clock& clock)
      : client_(client), profile_(std::move(profile)), clock_(clock) {}

  // While the API server cannot be asked, what it told last. kNotFound: no such profile, or its
  // status tells of no nodes. kInsufficientData: what it tells is older than kBelieved.
  [[nodiscard]] Result<LearntLosses> Read();

  // A status is written every ten minutes while somebody watches the nodes. Losses of a market
  // that nobody watched for so long are those of another day; prices of a pools file live as long.
  static constexpr Duration kBelieved = std::chrono::hours(24);

 private:
  [[nodiscard]] Result<LearntLosses> Ask();

  KubeClient& client_;
  std::string profile_;
  const Clock& clock_;
  std::optional<LearntLosses> last_;
};

}  // namespace loadcurve::kube
