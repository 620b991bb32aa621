#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "adapters/cloud/simulated/cloud_model.h"
#include "adapters/http/request_handler.h"
#include "base/clock.h"

namespace loadcurve::simulated_cloud {

// The simulated cloud over HTTP. Thread-safe.
//
//   GET  /v1/offers          pools, prices, boot times
//   POST /v1/orders          {"token", "pool", "nodes"}; 200 with what was sold, also where that
//                            is a part or nothing
//   GET  /v1/orders/TOKEN    what came of it; 404 where it never came
//   POST /v1/retirements     {"nodes": [...]}
//   GET  /v1/nodes           those that are paid for
//   POST /v1/interruptions   {"nodes": [...]}: their notice comes now, and they end with it
//   GET  /v1/ledger          how many were ever bought, and what they cost
//
// 400 and 404 say in "error" what is wrong; a fault of the plan is 429, 503 or 504. Ledgers and
// what was said of an order have no faults, so that a judge can always look.
class CloudService final : public http::RequestHandler {
 public:
  // Its time runs `speed` times as fast as `clock`, from now on. `clock` outlives it.
  CloudService(CloudPlan plan, double speed, const Clock& clock);

  std::optional<http::ServerResponse> AnswerAtOnce(const http::ServerRequest& request) override;
  http::ServerResponse Answer(const http::ServerRequest& request) override;

  LedgerReport Report();

 private:
  Duration Now() const;
  http::ServerResponse Route(const http::ServerRequest& request, Duration now);
  http::ServerResponse Sell(std::string_view body, Duration now);
  http::ServerResponse TakeBack(std::string_view body, Duration now);
  http::ServerResponse Interrupt(std::string_view body, Duration now);
  http::ServerResponse Find(const std::string& token) const;

  const double speed_;
  const Clock& clock_;
  const Duration started_at_;
  std::mutex mutex_;
  CloudModel model_;
};

}  // namespace loadcurve::simulated_cloud
