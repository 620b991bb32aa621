#include "cmd/ramp_events.h"

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/time_text.h"

namespace loadcurve {
namespace {

using nlohmann::json;

json OrNull(const std::optional<double>& value) {
  return value ? json(*value) : json(nullptr);
}

json ReplicaToJson(const ReplicaInterval& replica) {
  json object = UseToJson(replica.use);
  object["scheduled"] = replica.scheduled;
  object["answered"] = replica.answered;
  object["late"] = replica.late;
  object["errors"] = replica.errors;
  object["alive"] = replica.use.is_alive;
  return object;
}

}  // namespace

json UseToJson(const ReplicaUse& use) {
  return {{"cpu_cores", OrNull(use.cpu_cores)},
          {"cpu_ceiling_cores", OrNull(use.CpuCeiling())},
          {"throttled_share", OrNull(use.throttled_share)},
          {"memory_bytes", OrNull(use.memory_bytes)},
          {"memory_limit_bytes", OrNull(use.memory_limit_bytes)},
          {"busy_slots", OrNull(use.busy_slots)},
          {"slot_limit", OrNull(use.slot_limit)},
          {"threads", OrNull(use.threads)},
          {"voluntary_switches_a_second", OrNull(use.switches_a_second)}};
}

RampEvents::~RampEvents() {
  if (file_ != nullptr && file_ != stdout) std::fclose(file_);
}

Result<void> RampEvents::Open(const std::string& path) {
  if (path.empty()) return {};
  path_ = path;
  file_ = path == "-" ? stdout : std::fopen(path.c_str(), "we");
  if (file_ == nullptr)
    return Fail(ErrorCode::kUnavailable,
                "--events " + path + ": cannot be opened: " + std::strerror(errno));
  return {};
}

void RampEvents::Write(const json& event) {
  if (file_ == nullptr || has_failed_) return;
  const std::string line = event.dump() + "\n";
  has_failed_ =
      std::fwrite(line.data(), 1, line.size(), file_) != line.size() || std::fflush(file_) != 0;
}

void RampEvents::OnInterval(const RampInterval& interval, const RampStep& step) {
  json replicas = json::array();
  for (const ReplicaInterval& replica : interval.replicas)
    replicas.push_back(ReplicaToJson(replica));
  Write({{"event", "interval"},
         {"from", ToRfc3339(interval.from)},
         {"to", ToRfc3339(interval.to)},
         {"purpose", Name(step.purpose)},
         {"rate", step.rate},
         {"median_seconds", interval.median_seconds},
         {"quantile_seconds", interval.quantile_seconds},
         {"in_flight", interval.mean_in_flight},
         {"observed", interval.is_observed},
         {"replicas", std::move(replicas)}});
}

void RampEvents::OnOrder(const RampOrder& order, const Ramp& ramp) {
  if (order.kind == RampOrder::Kind::kHold) return;
  Write({{"event", "order"},
         {"rate", order.rate},
         {"mix", order.mix},
         {"purpose", Name(ramp.current().purpose)},
         {"why", order.why},
         {"carried", ramp.carried()},
         {"broken", OrNull(ramp.broken())}});
}

void RampEvents::OnStep(const RampStep& step) {
  Write({{"event", "step"},
         {"purpose", Name(step.purpose)},
         {"verdict", Name(step.verdict)},
         {"rate", step.rate},
         {"answered_rate", step.AnsweredRate()},
         {"median_seconds", step.MedianLatency()},
         {"quantile_seconds", step.QuantileLatency()},
         {"late_share", step.Late().value()},
         {"error_share", step.ErrorShare()},
         {"intervals", step.Steady().size()},
         {"settling", step.intervals.size() - step.Steady().size()}});
}

void RampEvents::OnResult(const json& result) {
  Write({{"event", "result"}, {"result", result}});
}

Result<void> RampEvents::Close() {
  if (file_ == nullptr) return {};
  const bool has_closed = file_ == stdout ? std::fflush(file_) == 0 : std::fclose(file_) == 0;
  file_ = nullptr;
  if (has_failed_ || !has_closed)
    return Fail(ErrorCode::kUnavailable, "--events " + path_ + ": could not be written to its end");
  return {};
}

}  // namespace loadcurve
