#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/result.h"

namespace loadcurve::external_metrics {

// Lets one of several callers who want the same thing at the same time fetch it for all.
// Thread-safe.
template <class Value>
class SingleFlight {
 public:
  // What `fetch` returns, here or with whoever began earlier for that key. Waits as long as
  // `fetch` does.
  template <class Fetch>
  [[nodiscard]] Result<Value> Do(const std::string& key, const Fetch& fetch) {
    std::unique_lock lock(mutex_);
    const auto [place, is_first] = flights_.try_emplace(key, nullptr);
    if (!is_first) {
      const std::shared_ptr<Flight> flight = place->second;
      flight->has_landed.wait(lock, [&] { return flight->result.has_value(); });
      return *flight->result;
    }
    const auto flight = std::make_shared<Flight>();
    place->second = flight;
    lock.unlock();
    Result<Value> result = fetch();
    lock.lock();
    flight->result = result;
    flights_.erase(key);
    flight->has_landed.notify_all();
    return result;
  }

 private:
  struct Flight {
    std::condition_variable has_landed;
    std::optional<Result<Value>> result;
  };

  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace loadcurve::external_metrics
