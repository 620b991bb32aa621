#pragma once

#include <optional>
#include <string>

#include "adapters/kube/kube_client.h"
#include "base/clock.h"
#include "base/result.h"
#include "scaler/capacity/spot/loss_record.h"
#include "scaler/replica_mix.h"

namespace loadcurve::kube {

// What whoever acts for a CapacityProfile learnt of its pools, as its status tells it.
struct LearntPools {
  InstanceSpeeds speeds{};  // of families of instances; empty: none is known
  // Of losses of spot. kNotFound: nobody plans nodes. kInsufficientData: what is told is older than
  // LearntPoolsReader::kBelieved.
  Result<capacity::LossRecord> seen;
};

// Reads it again and again. Not thread-safe.
class LearntPoolsReader {
 public:
  // Of the CapacityProfile of that name. `client` and `clock` outlive it.
  LearntPoolsReader(KubeClient& client, std::string profile, const Clock& clock)
      : client_(client), profile_(std::move(profile)), clock_(clock) {}

  // While the API server cannot be asked, what it told last. kNotFound: no such profile.
  [[nodiscard]] Result<LearntPools> Read();

  // A status is written every ten minutes while somebody watches the nodes. Losses of a market
  // that nobody watched for so long are those of another day; prices of a pools file live as long.
  static constexpr Duration kBelieved = std::chrono::hours(24);

 private:
  struct Told {
    InstanceSpeeds speeds{};
    std::optional<capacity::LossRecord> seen{};  // absent: nobody plans nodes
    TimePoint as_of{};                           // of what was seen
  };
  [[nodiscard]] Result<Told> Ask();
  [[nodiscard]] Result<capacity::LossRecord> Believed(const Told& told) const;

  KubeClient& client_;
  std::string profile_;
  const Clock& clock_;
  std::optional<Told> last_;
};

}  // namespace loadcurve::kube
