#include "cmd/history_command.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "adapters/files/whole_file.h"
#include "adapters/logs/histogram_file.h"
#include "adapters/store/sqlite_history_store.h"
#include "base/time_text.h"
#include "cmd/command.h"
#include "cmd/load_report.h"
#include "cmd/output.h"

namespace loadcurve {
namespace {

// ---- info

struct InfoFlags {
  std::string store;
  OutputFormat output = OutputFormat::kTable;
};

double BytesPerDay(const StoredWorkload& workload) {
  return static_cast<double>(workload.bytes) / static_cast<double>(workload.hours) * 24;
}

nlohmann::ordered_json ToJson(const std::string& path, Bytes size,
                              const std::vector<StoredWorkload>& workloads) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const StoredWorkload& workload : workloads)
    rows.push_back({{"workload", workload.name},
                    {"since", ToRfc3339(workload.since)},
                    {"until", ToRfc3339(workload.until)},
                    {"hours", workload.hours},
                    {"bytes", workload.bytes},
                    {"bytes_per_day", BytesPerDay(workload)}});
  return {{"store", path}, {"bytes", size.value()}, {"workloads", std::move(rows)}};
}

Table ToTable(const std::vector<StoredWorkload>& workloads) {
  Table table{{"workload", "since", "until", "hours", "bytes", "bytes_per_day"}, {}};
  for (const StoredWorkload& workload : workloads)
    table.rows.push_back({workload.name, ToRfc3339(workload.since), ToRfc3339(workload.until),
                          std::to_string(workload.hours), std::to_string(workload.bytes),
                          RoundNumber(BytesPerDay(workload))});
  return table;
}

Result<void> RunInfo(const InfoFlags& flags) {
  LC_TRY(const auto store, store::SqliteHistoryStore::Open(flags.store, false));
  LC_TRY(const auto workloads, store->Workloads());
  const Bytes size = store->Size();
  if (flags.output == OutputFormat::kJson) {
    fmt::print("{}\n", ToJson(flags.store, size, workloads)
                           .dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else if (flags.output == OutputFormat::kCsv) {
    fmt::print("{}", ToCsv(ToTable(workloads)));
  } else {
    fmt::print("{}\n{} workloads, {} bytes on disk\n", ToText(ToTable(workloads)), workloads.size(),
               size.value());
  }
  return {};
}

void AddInfo(CLI::App& history, Run& chosen) {
  const auto flags = std::make_shared<InfoFlags>();
  CLI::App* command = history.add_subcommand("info", "Say what a store holds");
  AddStoreOption(*command, flags->store);
  AddOutputOption(*command, flags->output);
  command->footer("Example:\n  loadcurve history info --store history.db");
  command->callback([flags, &chosen] { chosen = [flags] { return RunInfo(*flags); }; });
}

// ---- export

struct ExportFlags {
  std::string store;
  std::vector<std::string> workloads;
  std::string since;
  std::string until;
  std::string step = "1m";
  std::string save;
  LoadReport report;
};

struct Span {
  TimePoint since;
  TimePoint until;
};

// From the first to the last hour of the store, unless the command line says otherwise.
Result<Span> SpanOf(const ExportFlags& flags, const std::vector<StoredWorkload>& workloads) {
  Span span{TimePoint::max(), TimePoint::min()};
  for (const StoredWorkload& workload : workloads) {
    span.since = std::min(span.since, workload.since);
    span.until = std::max(span.until, workload.until);
  }
  if (!flags.since.empty()) {
    const auto since = ParseTime(flags.since);
    if (!since) return Within("--since", since.error());
    span.since = *since;
  }
  if (!flags.until.empty()) {
    const auto until = ParseTime(flags.until);
    if (!until) return Within("--until", until.error());
    span.until = *until;
  }
  return span;
}

Result<std::vector<std::string>> WantedOf(const ExportFlags& flags,
                                          const std::vector<StoredWorkload>& stored) {
  std::vector<std::string> names;
  for (const StoredWorkload& workload : stored) names.push_back(workload.name);
  if (flags.workloads.empty()) return names;
  for (const std::string& wanted : flags.workloads) {
    if (std::find(names.begin(), names.end(), wanted) == names.end())
      return Fail(ErrorCode::kNotFound, "--workload is '" + wanted + "', and " + flags.store +
                                            " holds nothing of it; 'loadcurve history info' "
                                            "lists what it holds");
  }
  return flags.workloads;
}

// Adds windows that held nothing, so that they are printed too.
void AddIdle(const std::string& workload, const std::vector<std::int64_t>& windows,
             RequestCounts& counts) {
  if (windows.empty()) return;
  const auto series = counts.series();
  const auto own = std::ranges::find(series, workload, &SeriesKey::workload);
  const auto id = own != series.end() ? static_cast<RequestCounts::SeriesId>(own - series.begin())
                                      : counts.Intern(workload, "", RequestClass::kServed);
  for (const std::int64_t window : windows) counts.AddCell(window, id, 0, {});
}

// What was counted, and the same with the windows that were idle.
struct Exported {
  RequestCounts counts;
  RequestCounts with_idle;
};

Result<Exported> LoadAll(const ExportFlags& flags) {
  const auto step = ParseDuration(flags.step);
  if (!step) return Within("--step", step.error());
  LC_TRY(const auto store, store::SqliteHistoryStore::Open(flags.store, false));
  LC_TRY(const auto stored, store->Workloads());
  if (stored.empty()) return Fail(ErrorCode::kNotFound, flags.store + " holds no history yet");
  LC_TRY(const auto wanted, WantedOf(flags, stored));
  LC_TRY(const Span span, SpanOf(flags, stored));
  LC_TRY(RequestCounts counts, store->Load(wanted.front(), span.since, span.until, *step));
  for (std::size_t i = 1; i < wanted.size(); ++i) {
    LC_TRY(const RequestCounts more, store->Load(wanted[i], span.since, span.until, *step));
    LC_TRY_VOID(counts.Merge(more));
  }
  Exported exported{counts, std::move(counts)};
  for (const std::string& name : wanted) {
    LC_TRY(const auto measured, store->Measured(name, span.since, span.until, *step));
    AddIdle(name, measured.idle_windows, exported.with_idle);
  }
  return exported;
}

Result<void> RunExport(ExportFlags& flags) {
  LC_TRY_VOID(flags.report.Prepare());
  LC_TRY(const Exported exported, LoadAll(flags));
  LC_TRY(const std::string text, flags.report.Render(exported.with_idle, {{"store", flags.store}}));
  if (!flags.save.empty())
    LC_TRY_VOID(files::WriteFileAtomically(flags.save, logs::WriteHistograms(exported.counts)));
  fmt::print("{}", text);
  return {};
}

void AddExport(CLI::App& history, Run& chosen) {
  const auto flags = std::make_shared<ExportFlags>();
  CLI::App* command =
      history.add_subcommand("export", "Print the load of the past, weighed with any weights");
  AddStoreOption(*command, flags->store);
  command->add_option("--workload", flags->workloads, "Only these (default: all)")
      ->option_text("NAME...");
  command->add_option("--since", flags->since, "First window")->option_text("TIME");
  command->add_option("--until", flags->until, "First window no more printed")->option_text("TIME");
  command
      ->add_option("--step", flags->step,
                   "As kept or a multiple of it: whole minutes; whole hours for what is older than "
                   "45 days (default: 1m)")
      ->option_text("DURATION");
  command->add_option("--save-histograms", flags->save, "Also write the counts, for merge")
      ->option_text("FILE");
  flags->report.AddOptions(*command);
  command->footer(
      "Prints what 'measure' would have printed of the same logs, and a row of zeros for each\n"
      "window that is known to have been idle. A window without a row was not measured.\n\n"
      "Example:\n"
      "  loadcurve history export --store history.db --workload checkout \\\n"
      "      --weights profile.yaml -o csv > load.csv");
  command->callback([flags, &chosen] { chosen = [flags] { return RunExport(*flags); }; });
}

}  // namespace

void AddStoreOption(CLI::App& command, std::string& path) {
  command.add_option("--store", path, "The history, a SQLite file")
      ->required()
      ->option_text("FILE");
}

void AddHistoryCommand(CLI::App& app, Run& chosen) {
  CLI::App* command =
      app.add_subcommand("history", "Keep counted requests, so that the past can be weighed anew");
  command->require_subcommand(1);
  command->footer(
      "Filled by 'history import' and 'serve --store'. Minutes are kept for 45 days, hours for "
      "two\n"
      "years, steps shorter than a minute, of profiles that have such, for 15 days.\n\n"
      "Example:\n"
      "  loadcurve history import access.log --store history.db\n"
      "  loadcurve history info --store history.db\n"
      "  loadcurve history export --store history.db -o csv");
  AddHistoryImport(*command, chosen);
  AddExport(*command, chosen);
  AddInfo(*command, chosen);
}

}  // namespace loadcurve
