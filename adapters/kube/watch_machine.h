#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "adapters/http/http_transport.h"
#include "adapters/kube/jitter.h"
#include "adapters/kube/resource.h"
#include "base/result.h"
#include "base/units.h"

namespace loadcurve::kube {

// What happened to an object, or that all of them are known.
struct WatchEvent {
  enum class Kind {
    kChanged,  // new, or another resourceVersion
    kDeleted,
    kSynced,  // every object that there was at one moment has been told of; also after a re-list
  };

  Kind kind = Kind::kSynced;
  std::string key{};  // "namespace/name", or "name" where there are no namespaces
  // As the server sent it, while the call lasts; null for kSynced, and for a deletion that was
  // found by a re-list.
  const nlohmann::json* object = nullptr;
};

using OnWatchEvent = std::function<void(const WatchEvent&)>;

struct WatchTiming {
  Duration first_wait = std::chrono::milliseconds(800);
  Duration longest_wait = std::chrono::seconds(30);
  // A watch is asked for this long, and up to twice that, so that many do not end together.
  Duration lifetime = std::chrono::minutes(5);
  // One that ends sooner than this and without a word is a failure, lest we ask in a circle.
  Duration shortest_watch = std::chrono::seconds(1);
};

// List, then watch, then watch on from the last resourceVersion, and list anew where the
// server forgot that (410). Pure: answers and lines go in, events and the next step come out;
// times are monotonic. What is remembered of an object is its key and resourceVersion, so a
// re-list tells only of what changed and of what is gone.
//
// After a failure it waits: first_wait doubled for each failure in a row, up to longest_wait,
// each time a random part of 0.5 to 1 of that (seeded); Retry-After is honoured. Any object or
// bookmark that arrives ends the row.
class WatchMachine {
 public:
  enum class Step { kWait, kListPage, kWatch };

  // `path` is for messages.
  WatchMachine(ResourcePath path, OnWatchEvent on_event, std::uint64_t seed,
               const WatchTiming& timing = {});

  Step NextStep(Duration now) const;
  // For kWait.
  Duration waits_until() const { return retry_at_; }
  // For kListPage; empty for the first page.
  const std::string& continue_token() const { return continue_token_; }
  // For kWatch.
  const std::string& resource_version() const { return resource_version_; }
  // For kWatch: drawn anew for each.
  Duration lifetime() const { return lifetime_; }

  void OnPage(const Result<http::HttpResponse>& answer, Duration now);
  void OnWatchBegun(Duration now);
  // False where nothing more is wanted of this watch.
  bool OnChunk(std::string_view chunk);
  void OnWatchEnded(const Result<http::HttpResponse>& answer, Duration now);

  bool is_synced() const { return is_synced_; }
  std::size_t object_count() const { return versions_.size(); }
  // Of lists and watches, since the beginning.
  std::uint64_t bytes_read() const { return bytes_read_; }
  // The last failure, until something succeeds.
  const std::optional<Error>& fault() const { return fault_; }

 private:
  void OnLine(std::string_view line);
  void OnErrorLine(const nlohmann::json& status);
  void Tell(const nlohmann::json& object);
  void Forget(const std::string& key, const nlohmann::json* object);
  void FinishList();
  void BeginList();
  Error Prefixed(std::string_view verb, const Error& error) const;
  void Failed(Error error, std::optional<Duration> asked, Duration now);
  void Succeeded();

  const ResourcePath path_;
  const OnWatchEvent on_event_;
  const WatchTiming timing_;
  Jitter jitter_;

  bool is_listing_ = true;
  bool is_synced_ = false;
  std::string continue_token_;
  std::string resource_version_;
  std::map<std::string, std::string> versions_;  // by key
  std::set<std::string> seen_;                   // by the list under way

  Duration lifetime_;
  Duration watch_begun_{0};
  std::string line_;  // the part of a line that has come
  bool has_heard_ = false;
  std::optional<Error> stream_fault_;

  int failures_ = 0;
  Duration retry_at_ = Duration::min();
  std::optional<Error> fault_;
  std::uint64_t bytes_read_ = 0;
};

}  // namespace loadcurve::kube
