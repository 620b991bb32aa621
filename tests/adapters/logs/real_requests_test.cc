// The requests of two days of real services, as CSV.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "adapters/files/whole_file.h"
#include "adapters/logs/csv_parser.h"
#include "tests/support/measurements.h"

namespace loadcurve::logs {
namespace {

struct Totals {
  int requests = 0;
  int bad = 0;
  std::int64_t duration_us = 0;
  std::set<std::string, std::less<>> operations;
  std::set<std::string, std::less<>> pods;
};

Totals TotalsOf(const std::string& content) {
  std::string_view rest = content;
  const std::string_view header = rest.substr(0, rest.find('\n'));
  const auto parser =
      CsvParser::Make(header, FieldMap::WellKnown(), {.target = true, .workload = true}).value();
  Totals totals;
  LoggedRequest request;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const BadLine reason = parser->Parse(line, request);
    totals.bad += IsBad(reason);
    if (reason != BadLine::kNone) continue;
    ++totals.requests;
    totals.duration_us += request.duration.count();
    if (!totals.operations.contains(request.target)) totals.operations.emplace(request.target);
    if (!totals.pods.contains(request.workload)) totals.pods.emplace(request.workload);
  }
  return totals;
}

// The totals were taken with the csv module of Python.
TEST(RealRequests, AddUpToWhatAnotherReaderFinds) {
  const auto path = MeasurementsFolder() / "nezha/2022-08-22/requests.csv.xz";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "data folder absent: " << path;
  const Totals totals = TotalsOf(files::ReadWholeFile(path.string()).value());
  EXPECT_EQ(totals.requests, 223'632);
  EXPECT_EQ(totals.bad, 0);
  EXPECT_EQ(totals.duration_us, 15'501'387'224);
  EXPECT_EQ(totals.operations.size(), 15U);
  EXPECT_EQ(totals.pods.size(), 10U);
}

}  // namespace
}  // namespace loadcurve::logs
