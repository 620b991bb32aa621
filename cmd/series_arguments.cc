#include "cmd/series_arguments.h"

#include <CLI/CLI.hpp>

#include "cmd/duration_option.h"

namespace loadcurve {

CLI::Option* SeriesArguments::AddTo(CLI::App& command, const Texts& texts) {
  auto* series = command.add_option("--series", path_, texts.series)->option_text("FILE");
  command.add_option("--step", step_, texts.step)->option_text("DURATION");
  command.add_option("--time-column", time_column_, "Window start (default: time)")
      ->option_text("NAME");
  command.add_option("--value-column", value_column_, texts.value_column)->option_text("NAME");
  command.add_option("--absent", absent_, "What an absent row is: missing (default) or zero")
      ->check(CLI::IsMember({"missing", "zero"}))
      ->option_text("missing|zero");
  return series;
}

Result<series::SeriesFormat> SeriesArguments::Format() const {
  series::SeriesFormat format;
  if (!step_.empty()) {
    LC_TRY(format.step, PositiveDurationOf("--step", step_));
  }
  if (!time_column_.empty()) format.time_column = time_column_;
  if (!value_column_.empty()) format.value_column = value_column_;
  format.absent_is_zero = absent_ == "zero";
  return format;
}

}  // namespace loadcurve
