// Weighs ten seconds of traffic with the installed library, and prints the load.

#include <cstdio>

#include "metrics/load_series.h"
#include "metrics/request_counts.h"

int main() {
  using loadcurve::Duration;
  using std::chrono::seconds;
  auto counts = loadcurve::RequestCounts::Make(loadcurve::DurationBounds::Default(), seconds(1));
  if (!counts) return 1;
  const auto series = counts->Intern("checkout", "GET /cart", loadcurve::RequestClass::kServed);
  counts->Record(series, loadcurve::TimePoint(seconds(10)), seconds(2));

  double busy_seconds = 0;
  for (const auto& entry : counts->Sorted()) busy_seconds += entry.cell.BusySeconds();
  const auto load = loadcurve::LoadSeries::Make(loadcurve::TimePoint(), seconds(1), {busy_seconds});
  if (!load) return 1;
  std::printf("busy for %.1f s\n", load->values()[0]);
}
