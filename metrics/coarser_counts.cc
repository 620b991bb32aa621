#include "metrics/coarser_counts.h"

#include <vector>

#include "base/time_text.h"

namespace loadcurve {

Result<RequestCounts> CoarserCounts(const RequestCounts& counts, Duration step) {
  if (step < counts.step() || step % counts.step() != Duration(0))
    return Fail(ErrorCode::kInvalidArgument, "counts with step " + ToString(counts.step()) +
                                                 " cannot be given in steps of " + ToString(step) +
                                                 "; expected a whole multiple");
  LC_TRY(RequestCounts coarser, RequestCounts::Make(counts.bounds(), step));
  std::vector<RequestCounts::SeriesId> here;
  for (const SeriesKey& key : counts.series())
    here.push_back(coarser.Intern(key.workload, key.route, key.request_class));
  counts.ForEach([&](const RequestCounts::Entry& entry) {
    coarser.AddCell(coarser.WindowOf(counts.StartOf(entry.window)), here[entry.series],
                    entry.bucket, entry.cell);
  });
  return coarser;
}

}  // namespace loadcurve
