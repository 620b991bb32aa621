#include "adapters/kube/watch_machine.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "adapters/kube/api_error.h"
#include "adapters/kube/json_fields.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

// etcd keeps objects of 1.5 MiB; JSON of one may be a few times as long as what is stored.
constexpr std::size_t kLongestLine = std::size_t{16} << 20U;

std::string KeyOf(const json& object) {
  const std::string space = TextAt(object, {"metadata", "namespace"});
  const std::string name = TextAt(object, {"metadata", "name"});
  return space.empty() ? name : space + "/" + name;
}

std::string VersionOf(const json& object) {
  return TextAt(object, {"metadata", "resourceVersion"});
}

}  // namespace

WatchMachine::WatchMachine(ResourcePath path, OnWatchEvent on_event, std::uint64_t seed,
                           const WatchTiming& timing)
    : path_(std::move(path)),
      on_event_(std::move(on_event)),
      timing_(timing),
      jitter_(seed),
      lifetime_(timing.lifetime) {}

WatchMachine::Step WatchMachine::NextStep(Duration now) const {
  if (now < retry_at_) return Step::kWait;
  return is_listing_ ? Step::kListPage : Step::kWatch;
}

// ---- lists

void WatchMachine::OnPage(const Result<http::HttpResponse>& answer, Duration now) {
  if (!answer) return Failed(Prefixed("list", answer.error()), std::nullopt, now);
  bytes_read_ += answer->body.size();
  if (answer->status == 410 && !continue_token_.empty() && failures_ == 0) {
    ++failures_;  // the second time in a row waits
    return BeginList();
  }
  if (answer->status >= 300) {
    Error error = ApiError(*answer, "list", path_);
    if (answer->status == 410 || !IsRetryable(error.code)) BeginList();
    return Failed(std::move(error), RetryAfter(*answer), now);
  }
  const auto page = ParseJson(answer->body, "list " + ToString(path_));
  if (!page) return Failed(page.error(), std::nullopt, now);
  const json* items = FieldAt(*page, {"items"});
  if (items != nullptr && items->is_array()) {
    for (const json& item : *items) {
      seen_.insert(KeyOf(item));
      Tell(item);
    }
  }
  resource_version_ = TextAt(*page, {"metadata", "resourceVersion"});
  continue_token_ = TextAt(*page, {"metadata", "continue"});
  Succeeded();
  if (continue_token_.empty()) FinishList();
}

void WatchMachine::BeginList() {
  is_listing_ = true;
  continue_token_.clear();
  seen_.clear();
}

void WatchMachine::FinishList() {
  std::vector<std::string> gone;
  for (const auto& [key, version] : versions_) {
    if (!seen_.contains(key)) gone.push_back(key);
  }
  for (const std::string& key : gone) Forget(key, nullptr);
  seen_.clear();
  is_listing_ = false;
  is_synced_ = true;
  on_event_({WatchEvent::Kind::kSynced, "", nullptr});
}

// ---- watches

void WatchMachine::OnWatchBegun(Duration now) {
  watch_begun_ = now;
  line_.clear();
  has_heard_ = false;
  stream_fault_.reset();
}

bool WatchMachine::OnChunk(std::string_view chunk) {
  bytes_read_ += chunk.size();
  while (!stream_fault_) {
    const std::size_t end = chunk.find('\n');
    if (end == std::string_view::npos) break;
    line_ += chunk.substr(0, end);
    chunk.remove_prefix(end + 1);
    if (!line_.empty()) OnLine(line_);
    line_.clear();
  }
  line_ += chunk;
  if (line_.size() > kLongestLine)
    stream_fault_ = Prefixed("watch", {ErrorCode::kUnavailable, "a line of more than 16 MiB"});
  return !stream_fault_;
}

void WatchMachine::OnLine(std::string_view line) {
  const auto event = ParseJson(line, "watch " + ToString(path_));
  if (!event) {
    stream_fault_ = event.error();
    return;
  }
  const std::string type = TextAt(*event, {"type"});
  const json* object = FieldAt(*event, {"object"});
  if (object == nullptr) return;
  if (type == "ERROR") return OnErrorLine(*object);
  if (const std::string version = VersionOf(*object); !version.empty()) resource_version_ = version;
  has_heard_ = true;
  Succeeded();
  if (type == "ADDED" || type == "MODIFIED") Tell(*object);
  if (type == "DELETED") Forget(KeyOf(*object), object);
  // BOOKMARK: only the resourceVersion; what else may come one day is not ours.
}

void WatchMachine::OnErrorLine(const json& status) {
  const auto code = static_cast<int>(WholeAt(status, {"code"}).value_or(500));
  if (code == 410) BeginList();
  stream_fault_ = ApiError({.status = code, .body = TextOf(status)}, "watch", path_);
}

void WatchMachine::OnWatchEnded(const Result<http::HttpResponse>& answer, Duration now) {
  line_.clear();  // the half of a line; its event comes again
  lifetime_ =
      timing_.lifetime + Duration(static_cast<Duration::rep>(
                             jitter_.Next() * static_cast<double>(timing_.lifetime.count())));
  const bool must_list = is_listing_;
  if (must_list && has_heard_) return;  // 410 after a while: nothing is wrong, list now
  if (stream_fault_) return Failed(*stream_fault_, std::nullopt, now);
  if (!answer) {
    if (answer.error().code == ErrorCode::kCancelled) return;
    // Long silence ends a watch that heard something; that is how half-open connections end.
    if (has_heard_ && answer.error().code == ErrorCode::kDeadlineExceeded) return;
    return Failed(Prefixed("watch", answer.error()), std::nullopt, now);
  }
  if (answer->status >= 300) {
    if (answer->status == 410) BeginList();
    return Failed(ApiError(*answer, "watch", path_), RetryAfter(*answer), now);
  }
  if (!has_heard_ && now < watch_begun_ + timing_.shortest_watch)
    return Failed(
        Prefixed("watch", {ErrorCode::kUnavailable, "it ended at once and without an event"}),
        std::nullopt, now);
  Succeeded();
}

// ---- objects

void WatchMachine::Tell(const json& object) {
  std::string key = KeyOf(object);
  std::string& version = versions_[key];
  std::string now = VersionOf(object);
  if (!version.empty() && version == now) return;
  version = std::move(now);
  on_event_({WatchEvent::Kind::kChanged, std::move(key), &object});
}

void WatchMachine::Forget(const std::string& key, const json* object) {
  if (versions_.erase(key) > 0) on_event_({WatchEvent::Kind::kDeleted, key, object});
}

// ---- failures

Error WatchMachine::Prefixed(std::string_view verb, const Error& error) const {
  return {error.code, std::string(verb) + " " + ToString(path_) + ": " + error.message};
}

void WatchMachine::Failed(Error error, std::optional<Duration> asked, Duration now) {
  Duration wait = timing_.first_wait;
  for (int i = 0; i < failures_ && wait < timing_.longest_wait; ++i) wait *= 2;
  wait = std::min(wait, timing_.longest_wait);
  wait = Duration(
      static_cast<Duration::rep>(static_cast<double>(wait.count()) * (0.5 + 0.5 * jitter_.Next())));
  if (asked) wait = std::max(wait, *asked);
  ++failures_;
  retry_at_ = now + wait;
  fault_ = std::move(error);
}

void WatchMachine::Succeeded() {
  failures_ = 0;
  retry_at_ = Duration::min();
  fault_.reset();
}

}  // namespace loadcurve::kube
