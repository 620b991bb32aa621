#include "adapters/store/history_recorder.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "metrics/settled_requests.h"

namespace loadcurve::store {

class HistoryRecorder::Source final : public MetricSource {
 public:
  Source(HistoryRecorder& recorder, std::unique_ptr<MetricSource> source, std::string name)
      : recorder_(recorder), source_(std::move(source)), name_(std::move(name)) {}

  [[nodiscard]] Result<Measurement> Read(TimePoint since, TimePoint until) override {
    LC_TRY(Measurement measured, source_->Read(since, until));
    until_ = std::max(until_, until);
    if (const auto* requests = std::get_if<MeasuredRequests>(&measured))
      recorder_.Take(name_, *requests, until_);
    return measured;
  }

  void Expect(Replicas ready) override { source_->Expect(ready); }

 private:
  HistoryRecorder& recorder_;
  std::unique_ptr<MetricSource> source_;
  std::string name_;
  TimePoint until_ = TimePoint::min();
};

std::unique_ptr<MetricSource> HistoryRecorder::Recording(std::unique_ptr<MetricSource> source,
                                                         std::string name) {
  return std::make_unique<Source>(*this, std::move(source), std::move(name));
}

void HistoryRecorder::Take(const std::string& name, const MeasuredRequests& measured,
                           TimePoint until) {
  auto settled = Settled(measured, until);
  if (!settled || (settled->counts.IsEmpty() && settled->idle_windows.empty())) return;
  const std::lock_guard lock(mutex_);
  waiting_.push_back({name, *std::move(settled)});
}

Result<void> HistoryRecorder::Write() {
  std::vector<MeasuredWorkload> taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(waiting_);
  }
  if (taken.empty()) return {};
  auto written = store_.Record(taken);
  if (written) return written;
  const std::lock_guard lock(mutex_);
  taken.insert(taken.end(), std::move_iterator(waiting_.begin()),
               std::move_iterator(waiting_.end()));
  const std::size_t surplus = taken.size() - std::min(taken.size(), kMostWaiting);
  taken.erase(taken.begin(), taken.begin() + static_cast<std::ptrdiff_t>(surplus));
  waiting_ = std::move(taken);
  return written;
}

}  // namespace loadcurve::store
