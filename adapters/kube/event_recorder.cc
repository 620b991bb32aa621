#include "adapters/kube/event_recorder.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/kube/micro_time.h"

namespace loadcurve::kube {
namespace {

constexpr Duration kRepeatAfter = std::chrono::minutes(10);
constexpr double kBurst = 25;
constexpr double kPerSecond = 1;
constexpr std::size_t kLongestNote = 1024;  // bytes, by the API's validation

// At most kLongestNote bytes, and no half of a character at the end.
std::string Shortened(std::string note) {
  if (note.size() <= kLongestNote) return note;
  std::size_t end = kLongestNote - 3;
  while (end > 0 && (static_cast<unsigned char>(note[end]) & 0xC0U) == 0x80U) --end;
  return note.substr(0, end) + "...";
}

}  // namespace

EventRecorder::EventRecorder(KubeClient& client, const Clock& clock, std::string instance)
    : client_(client), clock_(clock), instance_(std::move(instance)), allowance_(kBurst) {}

bool EventRecorder::MayWrite(const std::string& uid, const std::string& reason, Duration now) {
  const std::lock_guard lock(mutex_);
  std::erase_if(told_at_, [&](const auto& told) { return now >= told.second + kRepeatAfter; });
  if (told_at_.contains({uid, reason})) return false;
  allowance_ = std::min(kBurst, allowance_ + Seconds(now - allowance_at_) * kPerSecond);
  allowance_at_ = now;
  if (allowance_ < 1) return false;
  allowance_ -= 1;
  told_at_[{uid, reason}] = now;
  return true;
}

Result<bool> EventRecorder::Record(const ObjectReference& about, const Notice& notice) {
  if (!MayWrite(about.uid, notice.reason, clock_.MonotonicNow())) return false;
  const TimePoint now = clock_.Now();
  const std::string space = about.namespace_name.empty() ? "default" : about.namespace_name;
  const nlohmann::json event = {
      {"apiVersion", ApiVersionOf(kEvents)},
      {"kind", "Event"},
      {"metadata", {{"namespace", space}, {"generateName", about.name.substr(0, 200) + "-"}}},
      {"eventTime", ToMicroTime(now)},
      {"reportingController", "loadcurve.dev/loadcurve"},
      {"reportingInstance", instance_},
      {"type", notice.is_warning ? "Warning" : "Normal"},
      {"reason", notice.reason},
      {"action", notice.action},
      {"note", Shortened(notice.note)},
      {"regarding",
       {{"apiVersion", about.api_version},
        {"kind", about.kind},
        {"namespace", about.namespace_name},
        {"name", about.name},
        {"uid", about.uid}}}};
  LC_TRY(const nlohmann::json written, client_.Create({kEvents, space, "", ""}, event));
  return true;
}

}  // namespace loadcurve::kube
