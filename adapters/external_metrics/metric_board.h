#pragma once

#include <map>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "adapters/external_metrics/metric_reader.h"
#include "base/clock.h"

namespace loadcurve::external_metrics {

// The label by which every item names its profile.
inline constexpr std::string_view kProfileLabel = "scalingprofile";

// Which value of which profile.
struct MetricKey {
  std::string namespace_name;
  std::string metric;
  std::string profile;

  bool operator==(const MetricKey&) const = default;
};

struct PublishedMetric {
  double value = 0;
  Labels labels{};  // beside kProfileLabel, which the board adds
  TimePoint measured_at;
  Duration window{0};
  Duration max_age{0};  // after which it is an error and no number

  bool operator==(const PublishedMetric&) const = default;
};

// What a board knows of one value: the latest, and why there is no newer one.
struct BoardItem {
  MetricKey key;
  std::optional<PublishedMetric> latest{};
  std::string why_missing{};

  bool operator==(const BoardItem&) const = default;
};

struct BoardFrame;

// The latest values of all profiles: the loop writes, servers read. Thread-safe.
class MetricBoard final : public MetricReader {
 public:
  // `metrics`: all names that are ever published. `clock` outlives it.
  MetricBoard(std::vector<std::string> metrics, const Clock& clock);

  // Replaces the value of that key and forgets why there was none. A metric that was not
  // announced, or a value that is negative or no finite number, is kInvalidArgument and leaves
  // what was there to grow old.
  [[nodiscard]] Result<void> Publish(const MetricKey& key, PublishedMetric published);

  // There is no new value, and why, with the remedy: "Prometheus at http://p:9090 does not
  // answer since 10:03; is it up?" The last value is served until it is too old.
  void PublishMissing(const MetricKey& key, std::string why);

  // That profile is gone, with all its values.
  void Retire(const std::string& namespace_name, const std::string& profile);

  // Those profiles (namespace and name) are all there are: others are gone, with their values.
  void RetireOthers(const std::set<std::pair<std::string, std::string>>& profiles);

  // All that is known, in no order.
  std::vector<BoardItem> Items() const;

  // Makes of this board what another one became, at once for those who read. A metric that was
  // not announced, or a value that is negative or no finite number, is kInvalidArgument and
  // leaves all as it was.
  [[nodiscard]] Result<void> Apply(const BoardFrame& frame);

  [[nodiscard]] Result<MetricItem> Read(const MetricQuery& query) const override;

 private:
  struct Entry {
    std::optional<PublishedMetric> latest;
    std::string why_missing;
  };
  using Profiles = std::map<std::string, Entry, std::less<>>;
  struct Board {
    std::string namespace_name;
    std::string metric;
    Profiles profiles{};
  };

  Entry& EntryOf(const MetricKey& key);

  [[nodiscard]] Result<void> CheckValue(const MetricKey& key,
                                        const PublishedMetric& published) const;
  void Remove(const MetricKey& key);
  [[nodiscard]] Result<void> CheckMetric(std::string_view metric) const;
  [[nodiscard]] Result<MetricItem> Fresh(const MetricQuery& query, const std::string& profile,
                                         const Entry& entry) const;

  const std::set<std::string, std::less<>> metrics_;
  const Clock& clock_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Board> boards_;  // by namespace and metric
};

}  // namespace loadcurve::external_metrics
