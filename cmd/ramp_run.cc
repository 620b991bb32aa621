#include "cmd/ramp_run.h"

#include <fmt/format.h>

#include "cmd/output.h"

namespace loadcurve {
namespace {

std::string CpuText(const RampInterval& interval) {
  double cores = 0;
  double ceiling = 0;
  for (const ReplicaInterval& replica : interval.replicas) {
    if (!replica.use.cpu_cores) return "";
    cores += *replica.use.cpu_cores;
    ceiling += replica.use.CpuCeiling().value_or(0);
  }
  if (ceiling <= 0) return fmt::format(", {:.2f} cores", cores);
  return fmt::format(", CPU {:.0f} %", cores / ceiling * 100);
}

std::string Bracket(const Ramp& ramp) {
  if (!ramp.broken()) return fmt::format("carried {:.4g}/s", ramp.carried());
  return fmt::format("limit {:.4g} .. {:.4g}/s", ramp.carried(), *ramp.broken());
}

// "83 s: refine 412/s, p50 12.1 ms, q 48 ms, CPU 81 %; limit 402 .. 422/s; late: ..."
std::string Line(const RampInterval& interval, const Ramp& ramp, Duration elapsed) {
  const RampStep& step = ramp.current();
  return fmt::format("{:.0f} s: {} {:.4g}/s, p50 {:.3g} ms, tail {:.3g} ms, {:.0f} in flight{}; {}",
                     Seconds(elapsed), Name(step.purpose), step.rate, interval.median_seconds * 1e3,
                     interval.quantile_seconds * 1e3, interval.mean_in_flight, CpuText(interval),
                     Bracket(ramp));
}

// The ceiling was checked when the ramp was made, and mixes have a share for each route.
void Obey(const RampOrder& order, replay::LoadGenerator& generator) {
  if (order.kind == RampOrder::Kind::kHold) return;
  if (order.kind == RampOrder::Kind::kGo) (void)generator.SetMix(order.mix);
  (void)generator.SetRate(order.rate);
}

}  // namespace

void Drive(Ramp& ramp, const RampDrive& drive) {
  Progress progress;
  RampOrder order = ramp.First();
  drive.events.OnOrder(order, ramp);
  const Duration begin = drive.clock.MonotonicNow();
  std::size_t told_steps = 0;
  for (Duration next = begin; order.kind != RampOrder::Kind::kDone;) {
    next += drive.interval;
    drive.clock.SleepUntil(next, drive.stop);
    // Late ourselves: what is measured is what passed, and there is nothing to catch up with.
    next = std::max(next, drive.clock.MonotonicNow() - drive.interval);
    RampInterval interval = drive.meter.Take();
    drive.events.OnInterval(interval, ramp.current());
    progress.Show(Line(interval, ramp, drive.clock.MonotonicNow() - begin));
    if (drive.stop.stop_requested()) return ramp.Stop();
    order = ramp.Next(std::move(interval));
    Obey(order, drive.generator);
    for (; told_steps < ramp.steps().size(); ++told_steps)
      drive.events.OnStep(ramp.steps()[told_steps]);
    drive.events.OnOrder(order, ramp);
  }
}

}  // namespace loadcurve
