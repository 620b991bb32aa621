#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "adapters/files/byte_source.h"
#include "adapters/files/file_set.h"
#include "adapters/logs/histogram_file.h"
#include "adapters/store/sqlite_history_store.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "cmd/history_command.h"
#include "cmd/log_arguments.h"
#include "cmd/output.h"
#include "metrics/coarser_counts.h"

namespace loadcurve {
namespace {

struct ImportFlags {
  LogArguments logs;
  std::string store;
  bool again = false;
  OutputFormat output = OutputFormat::kTable;
};

// What one file brought.
struct ImportedFile {
  std::string name;
  std::uint64_t requests = 0;
  std::optional<TimePoint> since;
  std::optional<TimePoint> until;
};

Result<RequestCounts> InMinutes(RequestCounts counts, const std::string& path) {
  if (counts.step() == kHistoryStep) return counts;
  auto minutes = CoarserCounts(counts, kHistoryStep);
  if (minutes) return *std::move(minutes);
  return Fail(ErrorCode::kInvalidArgument,
              path + ": the windows are " + ToString(counts.step()) +
                  " long; history needs windows that make up whole minutes, as 'loadcurve "
                  "measure --step 1m --save-histograms' writes them");
}

// Told by the first line, which is short. What can be read only once is taken for a log.
Result<bool> IsHistograms(const std::string& path) {
  if (path == "-") return false;
  LC_TRY(const auto source, files::OpenBytes(path));
  std::string beginning(4096, '\0');
  LC_TRY(const std::size_t size, files::ReadFully(*source, beginning));
  const std::string_view line = std::string_view(beginning).substr(0, size);
  return line.substr(0, line.find('\n')).find(R"("format":"loadcurve-histograms")") !=
         std::string_view::npos;
}

Result<RequestCounts> CountsIn(const std::string& path, const logs::LogOptions& options) {
  LC_TRY(const bool is_counted, IsHistograms(path));
  if (is_counted) {
    LC_TRY(RequestCounts counts, logs::ReadHistograms(path));
    return InMinutes(std::move(counts), path);
  }
  // One log at a time: each is remembered on its own, so that it is known again.
  logs::LogOptions of_log = options;
  of_log.paths = {path};
  LC_TRY(logs::LogReading reading, ReadCounts(std::move(of_log)));
  return std::move(reading.counts);
}

ImportedFile SummaryOf(const store::ImportedCounts& file) {
  ImportedFile summary{file.name, 0, {}, {}};
  file.counts.ForEach([&](const RequestCounts::Entry& entry) {
    if (entry.cell.count == 0) return;
    summary.requests += entry.cell.count;
    const TimePoint start = file.counts.StartOf(entry.window);
    const TimePoint end = start + file.counts.step();
    summary.since = std::min(summary.since.value_or(start), start);
    summary.until = std::max(summary.until.value_or(end), end);
  });
  return summary;
}

std::string TimeText(const std::optional<TimePoint>& time) {
  return time ? ToRfc3339(*time) : "";
}

Table ToTable(const std::vector<ImportedFile>& files) {
  Table table{{"file", "requests", "since", "until"}, {}};
  for (const ImportedFile& file : files)
    table.rows.push_back(
        {file.name, std::to_string(file.requests), TimeText(file.since), TimeText(file.until)});
  return table;
}

std::string Render(const std::vector<ImportedFile>& files, OutputFormat output) {
  if (output == OutputFormat::kTable) return ToText(ToTable(files));
  if (output == OutputFormat::kCsv) return ToCsv(ToTable(files));
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const ImportedFile& file : files) {
    nlohmann::ordered_json row = {{"file", file.name}, {"requests", file.requests}};
    row["since"] = nullptr;
    row["until"] = nullptr;
    if (file.since) row["since"] = ToRfc3339(*file.since);
    if (file.until) row["until"] = ToRfc3339(*file.until);
    rows.push_back(std::move(row));
  }
  const nlohmann::ordered_json whole = {{"files", std::move(rows)}};
  return whole.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Result<void> RunImport(const ImportFlags& flags) {
  LC_TRY(const logs::LogOptions options, flags.logs.ToOptions(kHistoryStep, true, true));
  LC_TRY(const auto paths, files::ExpandPaths(options.paths));
  std::vector<store::ImportedCounts> counted;
  std::vector<ImportedFile> summaries;
  for (const std::string& path : paths) {
    LC_TRY(RequestCounts counts, CountsIn(path, options));
    counted.push_back({path, std::move(counts)});
    summaries.push_back(SummaryOf(counted.back()));
  }
  LC_TRY(const auto history, store::SqliteHistoryStore::Open(flags.store, true));
  LC_TRY_VOID(history->Import(counted, flags.again));
  LC_TRY_VOID(history->ThinUntil(SystemClock().Now()));
  fmt::print("{}", Render(summaries, flags.output));
  return {};
}

}  // namespace

void AddHistoryImport(CLI::App& history, Run& chosen) {
  const auto flags = std::make_shared<ImportFlags>();
  CLI::App* command =
      history.add_subcommand("import", "Add what files hold to a store, all or nothing");
  flags->logs.AddTo(*command);
  AddStoreOption(*command, flags->store);
  command->add_flag("--again", flags->again,
                    "Also what was imported before; it then counts double");
  AddOutputOption(*command, flags->output);
  command->footer(
      "Takes logs, read as by measure, and the histograms that measure --save-histograms wrote.\n"
      "The same requests twice, a log that has grown since and one that serve measured into the\n"
      "store are refused; the logs of other replicas for the same time add up. History older than "
      "two years is forgotten, and of\n"
      "what is older than 45 days the hours are kept.\n\n"
      "Examples:\n"
      "  loadcurve history import access.log* --store history.db\n"
      "  loadcurve history import shard-*.hist --store history.db");
  command->callback([flags, &chosen] { chosen = [flags] { return RunImport(*flags); }; });
}

}  // namespace loadcurve
