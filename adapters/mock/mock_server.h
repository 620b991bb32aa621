#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "adapters/http/certificates.h"
#include "adapters/mock/answer_tally.h"
#include "adapters/mock/service_model.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve::mock {

// Where to listen.
struct Endpoint {
  std::string address = "127.0.0.1";  // an IP address of this machine
  std::uint16_t port = 0;             // 0: the kernel's choice

  // Reads "127.0.0.1:8080", "[::1]:0" and "localhost:8080". kInvalidArgument names `option`.
  [[nodiscard]] static Result<Endpoint> Parse(std::string_view option, std::string_view text);
  // "127.0.0.1:8080"
  std::string Text() const;
};

struct MockOptions {
  Endpoint listen;
  std::optional<Endpoint> control;                // where faults are switched; none without
  std::optional<http::CertificatePair> identity;  // answers over TLS
  std::uint64_t seed = 1;
  std::size_t max_connections = 10'000;  // more are closed at once
  // Of silence where it is the client's turn to speak or to take; then its connection is closed.
  Duration idle_limit = std::chrono::seconds(75);
};

// Answers requests as a plan says: HTTP/1.1 with keep-alive and HTTP/2 (over TLS by ALPN, in clear
// text with prior knowledge), in one thread, with one timer for each request under way. A request's
// body is read and dropped. Not thread-safe.
class MockServer {
 public:
  // Gives the plan anew, when SIGHUP or the control endpoint asks for it.
  using Reload = std::function<Result<std::shared_ptr<const MockPlan>>()>;
  // Is told what came of a SIGHUP: nothing has changed where that was an error.
  using OnReload = std::function<void(const Result<void>&)>;

  // Listens. kUnavailable where an address is taken or not ours, kInvalidArgument where the
  // certificate is of no use. `clock` outlives it.
  [[nodiscard]] static Result<std::unique_ptr<MockServer>> Listen(
      const MockOptions& options, std::shared_ptr<const MockPlan> plan, const Clock& clock);
  ~MockServer();
  MockServer(const MockServer&) = delete;
  MockServer& operator=(const MockServer&) = delete;

  const Endpoint& listens_on() const;  // with the port it got
  const std::optional<Endpoint>& controlled_on() const;

  // Answers until `stop`; then what is under way is cut off. To be called once.
  [[nodiscard]] Result<void> RunUntil(const std::stop_token& stop, Reload reload,
                                      OnReload on_reload);

  // Of what was asked until now; to be read when RunUntil has returned.
  const AnswerTally& tally() const;
  const ServiceModel& model() const;
  Duration uptime() const;               // since it began to answer
  std::size_t most_connections() const;  // at once
  std::uint64_t refused_connections() const;

 private:
  class Core;
  explicit MockServer(std::unique_ptr<Core> core);

  std::unique_ptr<Core> core_;
};

}  // namespace loadcurve::mock
