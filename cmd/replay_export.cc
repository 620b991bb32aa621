#include "cmd/replay_export.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <CLI/CLI.hpp>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "adapters/files/whole_file.h"

namespace loadcurve {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kEnding = ".requests.jsonl";
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kShortestKey = 16;

Result<std::string> RandomKey() {
  std::array<char, kKeyBytes> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return Fail(ErrorCode::kUnavailable, "the kernel gives no random bytes for a key");
  return std::string(bytes.data(), bytes.size());
}

std::string Counted(std::uint64_t count, const char* one, const char* several) {
  return fmt::format("{} {}", count, count == 1 ? one : several);
}

std::vector<std::uint64_t> CountsByRoute(const replay::RequestSet& requests) {
  std::vector<std::uint64_t> counts(requests.routes.size(), 0);
  for (const replay::RecordedArrival& arrival : requests.arrivals)
    ++counts[requests.requests[arrival.request].route];
  return counts;
}

std::string RoutesCsv(const replay::RequestSet& requests) {
  Table table{{"route", "requests"}, {}};
  const std::vector<std::uint64_t> counts = CountsByRoute(requests);
  for (std::size_t i = 0; i < counts.size(); ++i)
    table.rows.push_back({requests.routes[i], std::to_string(counts[i])});
  return ToCsv(table);
}

}  // namespace

void ReplayExport::AddTo(CLI::App& command, std::size_t first_of_sending) {
  std::vector<CLI::Option*> sending = command.get_options();  // a copy, at each call
  sending.erase(sending.begin(), sending.begin() + static_cast<std::ptrdiff_t>(first_of_sending));
  auto* file = command
                   .add_option("--export", file_,
                               "Write the requests to this file, " + std::string(kEnding) +
                                   ", instead of sending them; what identifies somebody becomes a "
                                   "pseudonym")
                   ->option_text("FILE");
  auto* key = command
                  .add_option("--pseudonym-key", key_file_,
                              "A secret: with the same one the same pseudonyms come out (default: "
                              "a random one, which is forgotten)")
                  ->option_text("FILE");
  auto* keep = command.add_flag("--keep-identifiers", keeps_identifiers_,
                                "Export paths, headers and bodies as they are");
  keep->excludes(key);
  for (CLI::Option* const option : {file, key, keep}) {
    option->group("Export");
    if (option != file) option->needs(file);
  }
  for (CLI::Option* const option : sending) option->excludes(file);
}

Result<std::optional<replay::Pseudonyms>> ReplayExport::Open() const {
  if (!file_.ends_with(kEnding))
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--export is '{}'; expected a name that ends in {}, by which replay "
                            "knows what is in it",
                            file_, kEnding));
  if (keeps_identifiers_) return std::nullopt;
  LC_TRY(std::string key, Key());
  return replay::Pseudonyms(std::move(key));
}

Result<std::string> ReplayExport::Key() const {
  if (key_file_.empty()) return RandomKey();
  auto key = files::ReadWholeFile(key_file_);
  if (!key) return Within("--pseudonym-key", key.error());
  while (key->ends_with('\n')) key->pop_back();
  if (key->size() < kShortestKey)
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--pseudonym-key {}: it holds {} bytes; expected {} or more, as "
                            "'openssl rand -hex 32' makes them: a short one can be guessed",
                            key_file_, key->size(), kShortestKey));
  return key;
}

Result<void> ReplayExport::Write(const replay::RequestSet& requests,
                                 const std::optional<replay::Pseudonyms>& pseudonyms,
                                 OutputFormat format) const {
  std::string text;
  LC_TRY(const replay::ExportCounts counts,
         replay::ExportRequests(requests, pseudonyms ? &*pseudonyms : nullptr,
                                [&text](std::string_view line) -> Result<void> {
                                  text += line;
                                  return {};
                                }));
  LC_TRY_VOID(files::WriteFileAtomically(file_, text));
  switch (format) {
    case OutputFormat::kCsv:
      fmt::print("{}", RoutesCsv(requests));
      break;
    case OutputFormat::kJson:
      fmt::print("{}\n", ordered_json{{"file", file_},
                                      {"requests", counts.requests},
                                      {"routes", requests.routes.size()},
                                      {"identifiers", keeps_identifiers_ ? "kept" : "pseudonyms"},
                                      {"headers_left_out", counts.headers_dropped},
                                      {"bodies_left_out", counts.bodies_dropped},
                                      {"left_out", requests.left_out}}
                             .dump(2, ' ', false, ordered_json::error_handler_t::replace));
      break;
    case OutputFormat::kTable:
      Tell(requests, counts);
      break;
  }
  return {};
}

void ReplayExport::Tell(const replay::RequestSet& requests,
                        const replay::ExportCounts& counts) const {
  fmt::print("{} of {} written to {}\n", Counted(counts.requests, "request", "requests"),
             Counted(requests.routes.size(), "route", "routes"), file_);
  if (keeps_identifiers_)
    fmt::print("paths, headers and bodies are as they were: so are all identifiers in them\n");
  else
    fmt::print("identifiers are pseudonyms by {}; left out: {}, {}\n",
               key_file_.empty() ? "a random key, now forgotten" : "the key in " + key_file_,
               Counted(counts.headers_dropped, "header", "headers"),
               Counted(counts.bodies_dropped, "body", "bodies"));
  std::string skipped;
  for (const auto& [reason, count] : requests.left_out)
    skipped += fmt::format("{}{} {}", skipped.empty() ? "" : ", ", count, reason);
  if (!skipped.empty()) fmt::print("requests not exported: {}\n", skipped);
}

}  // namespace loadcurve
