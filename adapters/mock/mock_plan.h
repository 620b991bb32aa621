#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/http/http_transport.h"
#include "adapters/logs/route_template.h"
#include "adapters/mock/distribution.h"
#include "base/units.h"

namespace re2 {
class RE2;
}

namespace loadcurve::mock {

// An answer as a log has it.
struct RecordedAnswer {
  std::uint32_t latency_us = 0;  // up to 71 minutes
  std::uint32_t bytes = 0;       // of the body; 0 where the log does not say
  std::int32_t status = 0;

  bool operator==(const RecordedAnswer&) const = default;
};

// A status and the share of answers that have it, and those before it in a list.
struct StatusShare {
  double up_to = 1;
  int status = 200;
};

// How requests of one kind are answered.
struct MockRoute {
  std::string name;                                  // "GET /item/{id}"
  std::shared_ptr<const re2::RE2> match = nullptr;   // in "METHOD /path?query"; null: by the name
  Distribution latency = Distribution::Constant(0);  // microseconds
  std::optional<Distribution> size{};                // bytes; absent: `body`
  std::vector<StatusShare> statuses = {{}};          // the last is up to 1
  http::Headers headers{};
  std::string body{};
  std::string pool{};  // whose worker a request holds; empty: nobody's
  // Where there are any, an answer is one of these: what was slow, long and failed together
  // stays together.
  std::vector<RecordedAnswer> recorded{};
};

// Workers that routes share, as the threads or connections of a service.
struct PoolRule {
  std::size_t workers = 1;  // > 0
  std::size_t max_waiting = 1000;
  int overflow_status = 503;  // at once, where too many wait
};

enum class FaultKind : std::uint8_t {
  kStatus,     // another status, with no body of the route
  kReset,      // the connection is reset in place of an answer
  kHang,       // nothing for `hang`, then the connection is closed
  kCut,        // half of the answer, then the connection is closed
  kSlow,       // latency times `factor`, plus `delay`
  kSlowStart,  // latency times `factor` at `from`, which falls evenly to 1 at `until`
};

// "status", "reset", ...: the words of a plan.
std::string_view Name(FaultKind kind);

// What goes wrong, for whom and when.
struct FaultRule {
  std::string name;
  FaultKind kind = FaultKind::kStatus;
  std::vector<std::string> routes{};  // their names; empty: all
  double share = 1;                   // of requests, in [0, 1]
  int status = 503;
  double factor = 1;
  Duration delay{0};
  Duration hang = std::chrono::minutes(1);
  // Since the mock began, or the fault was last switched on.
  Duration from{0};
  std::optional<Duration> until{};
  bool is_on = true;  // at the beginning
};

// All that a mock is told.
struct MockPlan {
  std::vector<MockRoute> routes;  // those with a `match` in their order; of the others the name
  // What no route answers.
  MockRoute otherwise = {.name = "(none)",
                         .statuses = {{.status = 404}},
                         .body = "no such route in the mock's plan\n"};
  std::map<std::string, PoolRule> pools{};
  std::vector<FaultRule> faults{};
  std::vector<logs::NamingRule> naming{};  // of routes without a `match`, see logs::RouteTemplate
};

}  // namespace loadcurve::mock
