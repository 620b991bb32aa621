#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/units.h"

namespace loadcurve::external_metrics {

// Answers that are good until a moment on the monotonic clock; beyond its capacity it forgets
// what was used longest ago. Thread-safe.
template <class Value>
class ExpiringCache {
 public:
  explicit ExpiringCache(std::size_t capacity) : capacity_(capacity) {}

  std::optional<Value> Find(std::string_view key, Duration now) {
    const std::lock_guard lock(mutex_);
    const auto found = places_.find(key);
    if (found == places_.end()) return std::nullopt;
    const auto entry = found->second;
    if (entry->until <= now) {
      places_.erase(found);
      entries_.erase(entry);
      return std::nullopt;
    }
    entries_.splice(entries_.begin(), entries_, entry);
    return entry->value;
  }

  void Insert(const std::string& key, Value value, Duration until) {
    const std::lock_guard lock(mutex_);
    if (const auto found = places_.find(key); found != places_.end()) {
      const auto entry = found->second;
      places_.erase(found);
      entries_.erase(entry);
    }
    entries_.push_front({key, std::move(value), until});
    places_.emplace(entries_.front().key, entries_.begin());
    if (entries_.size() <= capacity_) return;
    places_.erase(entries_.back().key);
    entries_.pop_back();
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }

 private:
  struct Entry {
    std::string key;
    Value value;
    Duration until;
  };
  using Entries = std::list<Entry>;

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  Entries entries_;                                                          // latest used first
  std::unordered_map<std::string_view, typename Entries::iterator> places_;  // into entries_
};

}  // namespace loadcurve::external_metrics
