#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "adapters/mock/mock_plan.h"
#include "adapters/mock/worker_pool.h"
#include "base/result.h"

namespace loadcurve::mock {

enum class Outcome : std::uint8_t { kAnswer, kReset, kHang, kCut };

// What a request is to get.
struct PlannedAnswer {
  std::shared_ptr<const MockPlan> plan;  // keeps `route` alive
  const MockRoute* route = nullptr;
  Outcome outcome = Outcome::kAnswer;
  int status = 200;
  std::uint64_t bytes = 0;           // of the body
  bool has_route_body = false;       // the body is that of the route; else filling
  Duration wait{0};                  // from the request to the answer: queueing and service
  Duration queued{0};                // of `wait`, until a worker was free
  bool is_overflow = false;          // refused, since too many waited
  const FaultRule* fault = nullptr;  // what decided the outcome; null: nothing went wrong
};

// The service that a plan describes: pure arithmetic on the times it is handed, which count from
// the beginning of the mock and never go back. What the n-th request of a route gets follows
// from the seed, the route and n, but for its queueing. Not thread-safe.
class ServiceModel {
 public:
  ServiceModel(std::shared_ptr<const MockPlan> plan, std::uint64_t seed);

  PlannedAnswer Answer(std::string_view method, std::string_view target, Duration now);

  // From now on another plan, with its faults as it has them; draws begin anew.
  void Use(std::shared_ptr<const MockPlan> plan, Duration now);

  struct FaultState {
    bool is_on = false;
    Duration since{0};       // its time zero
    std::uint64_t hits = 0;  // answers that it touched
  };
  const MockPlan& plan() const { return *plan_; }
  // One for each of plan().faults.
  const std::vector<FaultState>& faults() const { return faults_; }
  bool IsActive(std::size_t fault, Duration now) const;

  // A name that no fault has is kNotFound, which lists those there are.
  [[nodiscard]] Result<void> Switch(std::string_view fault, bool is_on, Duration now);

 private:
  const MockRoute& RouteOf(std::string_view method, std::string_view target);
  bool Hits(std::size_t fault, const MockRoute& route, std::uint64_t count, Duration now);
  void Draw(const MockRoute& route, std::uint64_t count, PlannedAnswer& answer) const;
  Duration GoWrong(const MockRoute& route, std::uint64_t count, Duration now,
                   PlannedAnswer& answer);
  void Queue(Duration service, Duration now, PlannedAnswer& answer);

  std::shared_ptr<const MockPlan> plan_;
  std::uint64_t seed_;
  std::vector<FaultState> faults_;
  std::unordered_map<std::string, WorkerPool> pools_;
  std::unordered_map<const MockRoute*, std::uint64_t> counts_;
  std::unordered_map<std::string_view, const MockRoute*> by_name_;
  std::vector<const MockRoute*> by_match_;
  logs::RouteTemplate route_template_;
  std::string request_text_;
};

}  // namespace loadcurve::mock
