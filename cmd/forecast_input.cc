#include "cmd/forecast_input.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "cmd/duration_option.h"
#include "metrics/history_store.h"

namespace loadcurve {

void ForecastInput::AddTo(CLI::App& command) {
  series_.AddTo(command,
                {.step = "The step of the series, verified (1m, 1h); of a store: which (default: "
                         "1m)"});
  command.add_option("--wide", wide_, "CSV with one series a row, its id first (M4 layout)")
      ->option_text("FILE");
  store_.AddTo(command);
  command.add_option("--resample", resample_, "Bring the series to a longer step first")
      ->option_text("DURATION");
  command.add_option("--aggregate", aggregate_, "With --resample: sum (counts), mean (rates)")
      ->check(CLI::IsMember({"sum", "mean"}))
      ->option_text("sum|mean");
  command
      .add_option("--weights-version", weights_version_,
                  "The scale of the values; a column weights_version must agree")
      ->option_text("NAME");
}

Result<series::SeriesFormat> ForecastInput::Format() const {
  LC_TRY(series::SeriesFormat format, series_.Format());
  format.weights_version = weights_version_;
  if (!resample_.empty()) {
    if (aggregate_.empty())
      return Fail(ErrorCode::kInvalidArgument,
                  "--resample needs --aggregate: sum for counts, mean for rates and levels");
    LC_TRY(format.resample, PositiveDurationOf("--resample", resample_));
    format.aggregate = aggregate_ == "sum" ? Aggregate::kSum : Aggregate::kMean;
  }
  return format;
}

Result<std::vector<series::NamedSeries>> ForecastInput::ReadStored() {
  if (!resample_.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "--resample does not go with --store, which takes the wanted --step");
  Duration step = kHistoryStep;
  if (!series_.step().empty()) {
    LC_TRY(step, PositiveDurationOf("--step", series_.step()));
  }
  std::vector<series::NamedSeries> one;
  LC_TRY(auto series, store_.Read(step));
  one.push_back(std::move(series));
  return one;
}

Result<std::vector<series::NamedSeries>> ForecastInput::Read() {
  const int sources = int{!series_.path().empty()} + int{!wide_.empty()} + int{store_.IsGiven()};
  if (sources != 1)
    return Fail(ErrorCode::kInvalidArgument,
                "one of --series FILE (columns time,value), --wide FILE (one series a row) and "
                "--store FILE (a history) is needed");
  if (store_.IsGiven()) return ReadStored();
  LC_TRY(const auto format, Format());
  if (wide_.empty()) {
    LC_TRY(auto series, series::ReadSeries(series_.path(), format));
    std::vector<series::NamedSeries> one;
    one.push_back({series_.path(), std::move(series)});
    return one;
  }
  if (!format.step)
    return Fail(ErrorCode::kInvalidArgument,
                "--wide needs --step, as in --step 1h: the file holds no times");
  if (format.resample)
    return Fail(ErrorCode::kInvalidArgument,
                "--resample does not go with --wide: the file holds no times to align to");
  return series::ReadWideSeries(wide_, *format.step);
}

}  // namespace loadcurve
