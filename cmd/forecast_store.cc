#include "cmd/forecast_store.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>
#include <vector>

#include "adapters/store/sqlite_history_store.h"
#include "base/time_text.h"
#include "metrics/measured_load.h"

namespace loadcurve {
namespace {

std::string NamesOf(const std::vector<StoredWorkload>& workloads) {
  std::string names;
  for (const StoredWorkload& workload : workloads)
    names += (names.empty() ? "'" : ", '") + workload.name + "'";
  return names;
}

}  // namespace

void ForecastStore::AddTo(CLI::App& command) {
  CLI::Option* const store =
      command.add_option("--store", path_, "A history store, as history import and serve fill it")
          ->option_text("FILE");
  named_ = command.add_option("--workload", workload_, "Of the store (default: its only one)")
               ->needs(store)
               ->option_text("NAME");
  weights_.AddTo(command);
}

Result<series::NamedSeries> ForecastStore::Read(Duration step) {
  LC_TRY_VOID(weights_.Load());
  LC_TRY(const auto store, store::SqliteHistoryStore::Open(path_, false));
  LC_TRY(const auto workloads, store->Workloads());
  if (workloads.empty()) return Fail(ErrorCode::kNotFound, path_ + " holds no history yet");
  if (named_->empty() && workloads.size() > 1)
    return Fail(ErrorCode::kInvalidArgument,
                path_ + " holds " + NamesOf(workloads) + "; expected --workload with one of them");
  const std::string name = named_->empty() ? workloads.front().name : workload_;
  const auto found = std::ranges::find(workloads, name, &StoredWorkload::name);
  if (found == workloads.end())
    return Fail(ErrorCode::kNotFound, "--workload is '" + name + "', and " + path_ + " holds " +
                                          NamesOf(workloads) + " only");
  const RequestWeights* const weights = weights_.Of(name);
  if (weights == nullptr)
    return Fail(ErrorCode::kInvalidArgument,
                "--weights: the file has no profile for workload '" + name + "'");
  LC_TRY(const MeasuredRequests measured, store->Measured(name, found->since, found->until, step));
  LC_TRY(auto load, MeasuredLoad(measured, *weights));
  if (!load)
    return Fail(ErrorCode::kNotFound, path_ + " knows no whole window of " + ToString(step) +
                                          " of '" + name + "'; expected another --step");
  return series::NamedSeries{name.empty() ? path_ : name, *std::move(load)};
}

}  // namespace loadcurve
