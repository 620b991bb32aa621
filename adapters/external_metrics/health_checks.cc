#include "adapters/external_metrics/health_checks.h"

#include <algorithm>
#include <utility>

namespace loadcurve::external_metrics {
namespace {

http::ServerResponse Text(int status, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"},
                      {"Cache-Control", "no-cache, private"},
                      {"X-Content-Type-Options", "nosniff"}},
          .body = std::move(body)};
}

}  // namespace

HealthChecks::HealthChecks(std::vector<HealthCheck> checks) : checks_(std::move(checks)) {
  checks_.insert(checks_.begin(), {.name = "ping",
                                   .matters = HealthCheck::Matters::kForLife,
                                   .check = [] { return Result<void>(); }});
  checks_.push_back({.name = "shutdown", .check = [this]() -> Result<void> {
                       if (!is_draining_) return {};
                       return Fail(ErrorCode::kUnavailable, "this replica is going away");
                     }});
}

bool HealthChecks::IsHealthPath(const RequestTarget& target) {
  if (target.segments().empty() || target.segments().size() > 2) return false;
  const std::string& first = target.segments().front();
  return first == "healthz" || first == "livez" || first == "readyz";
}

http::ServerResponse HealthChecks::Answer(const RequestTarget& target) const {
  const std::string& probe = target.segments().front();
  const std::string alone = target.segments().size() == 2 ? target.segments()[1] : "";
  const std::vector<std::string_view> excluded = target.Parameters("exclude");
  std::string lines, failed;
  bool is_any = false;
  for (const HealthCheck& check : checks_) {
    const bool is_asked = alone.empty()
                              ? probe == "readyz" || check.matters == HealthCheck::Matters::kForLife
                              : check.name == alone;
    if (!is_asked) continue;
    is_any = true;
    if (std::find(excluded.begin(), excluded.end(), check.name) != excluded.end()) {
      lines += "[+]" + check.name + " excluded: ok\n";
    } else if (check.check()) {
      lines += "[+]" + check.name + " ok\n";
    } else {
      lines += "[-]" + check.name + " failed: reason withheld\n";
      failed += (failed.empty() ? "" : ",") + check.name;
    }
  }
  if (!is_any) return Text(404, "404 page not found\n");
  if (!failed.empty()) return Text(500, lines + probe + " check failed\n");
  if (alone.empty() && target.Has("verbose")) return Text(200, lines + probe + " check passed\n");
  return Text(200, "ok");
}

std::string HealthChecks::WhyNotReady() const {
  std::string why;
  for (const HealthCheck& check : checks_) {
    if (const Result<void> outcome = check.check(); !outcome)
      why += (why.empty() ? "" : "; ") + check.name + ": " + outcome.error().message;
  }
  return why;
}

}  // namespace loadcurve::external_metrics
