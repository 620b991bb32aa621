#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace loadcurve::logs {

// What is fuzzed: the log formats by their names, "log_format" (a format string of the user's
// in the first line, lines of it behind), "fields" (the text of --fields, then a CSV or
// JSON), and what is replayed beside logs, "har" and "requests" (.requests.jsonl). Seeds lie in
// tests/fuzz/seeds/<name>/.
const std::vector<std::string>& FuzzedFormats();

// Reads `bytes` as a log of that format, line by line, and stops the process where a line is
// read as what no request can be: a duration beyond all ages, a route with part of a query, a
// series name that cannot be printed; or where a second reading differs from the first.
//
// Of a HAR or a request file, what comes out must be fit to be sent.
//
// Returns how many lines or entries were requests.
int FeedParser(std::string_view format, std::string_view bytes);

}  // namespace loadcurve::logs
