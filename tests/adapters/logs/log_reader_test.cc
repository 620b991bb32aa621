#include "adapters/logs/log_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/time_text.h"
#include "tests/support/compressed.h"
#include "tests/support/counts_text.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve::logs {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

TimePoint At(std::string_view text) {
  return ParseTime(text).value();
}

// A line of nginx of 2026-10-10, `time` being "13:55:36".
std::string Line(std::string_view time, std::string_view duration, int status = 200,
                 std::string_view path = "/a") {
  return fmt::format(
      "10.0.0.1 - - [10/Oct/2026:{} +0000] \"GET {} HTTP/1.1\" {} 612 \"-\" \"curl/8.0\" {}\n",
      time, path, status, duration);
}

LogOptions Options(std::initializer_list<std::string> paths) {
  LogOptions options;
  options.paths = paths;
  options.threads = 1;
  return options;
}

// A log of everything at once: routes, errors, bad, blank and long lines, out of order,
// with and without carriage returns.
std::string ManyLines(int count) {
  std::mt19937 random(3);
  std::string log;
  for (int i = 0; i < count; ++i) {
    const int second = i / 3 + static_cast<int>(random() % 5);
    const auto kind = random() % 200;
    const std::string time =
        fmt::format("{:02}:{:02}:{:02}", 10 + second / 3600, second / 60 % 60, second % 60);
    std::string line = Line(time, fmt::format("{}.{:03}", random() % 3, random() % 1000),
                            random() % 10 == 0 ? 503 : 200, fmt::format("/r{}", random() % 40));
    if (kind == 0) line = "garbage\n";
    if (kind == 1) line = "\n";
    if (kind == 2) line.insert(line.size() - 1, "x");
    if (kind == 3) line.insert(line.size() - 1, "\r");
    if (kind == 4) line = std::string("\0\xff raw\n", 7);
    if (kind == 5 && i > 1'200) line = std::string(1 << 20, 'y') + "z\n";
    log += line;
  }
  return log;
}

TEST(ReadLogs, CountsRequestsInTheWindowOfTheirEnd) {
  const ScratchFolder scratch;
  const std::string path =
      scratch.Write("a.log", Line("13:55:36", "0.200") + Line("13:55:40", "0.100", 503) +
                                 Line("13:56:00", "2.000", 101));
  const LogReading reading = ReadLogs(Options({path})).value();
  EXPECT_EQ(reading.format, "nginx");
  EXPECT_EQ(reading.duration_source, "$request_time");
  EXPECT_EQ(reading.lines.read, 3U);
  EXPECT_EQ(reading.lines.requests, 3U);
  EXPECT_EQ(reading.lines.bad, 0U);
  EXPECT_EQ(reading.earliest, At("2026-10-10T13:55:36Z"));
  EXPECT_EQ(reading.latest, At("2026-10-10T13:56:00Z"));
  EXPECT_THAT(reading.files, ElementsAre(path));
  EXPECT_THAT(reading.warnings, IsEmpty());
  const std::int64_t window = reading.counts.WindowOf(At("2026-10-10T13:55:00Z"));
  const auto of = [&](Duration duration) { return reading.counts.bounds().BucketOf(duration); };
  // The upgrade held the server from 13:55:58 to 13:56:00, and ended in the next window.
  EXPECT_EQ(TextOf(reading.counts),
            fmt::format("{0}   served {1} 1 200000 0 0\n{0}   error {2} 1 100000 0 0\n"
                        "{0}   long-lived {3} 0 0 2000000 4294967296\n"
                        "{4}   long-lived {3} 1 2000000 -2000000 -4294967296\n",
                        window, of(std::chrono::milliseconds(200)),
                        of(std::chrono::milliseconds(100)), of(seconds(2)), window + 1));
}

TEST(ReadLogs, GivesTheSameForAnyThreadsAndChunks) {
  const ScratchFolder scratch;
  const std::string log = ManyLines(1'600);
  const std::string path = scratch.Write("a.log", log);
  const std::string packed = scratch.Write("b.log", Zstandard(log));
  LogOptions options = Options({path});
  options.classifier.by_route = true;
  options.max_routes = 7;
  options.step = seconds(10);
  const LogReading expected = ReadLogs(options).value();
  EXPECT_GT(expected.lines.by_reason.at("too_long"), 0U);
  EXPECT_GT(expected.lines.by_reason.at("shape"), 3U);
  EXPECT_EQ(expected.lines.requests, RequestsIn(expected.counts));
  for (const std::string& same : {path, packed}) {
    for (const int threads : {1, 2, 5}) {
      for (const std::size_t chunk : {97UL, 4'096UL, 100'000UL, 3'000'000UL, 50'000'000UL}) {
        if (chunk == 97 && threads != 2) continue;
        options.paths = {same};
        options.threads = threads;
        options.chunk_bytes = chunk;
        const LogReading reading = ReadLogs(options).value();
        ASSERT_EQ(TextOf(reading.counts), TextOf(expected.counts)) << threads << " " << chunk;
        ASSERT_EQ(reading.lines.by_reason, expected.lines.by_reason);
        ASSERT_EQ(reading.lines.read, expected.lines.read);
        for (const auto& [reason, places] : expected.lines.examples) {
          ASSERT_EQ(places.size(), reading.lines.examples.at(reason).size());
          for (std::size_t i = 0; i < places.size(); ++i)
            ASSERT_EQ(places[i].substr(path.size()),
                      reading.lines.examples.at(reason)[i].substr(same.size()));
        }
        ASSERT_EQ(reading.warnings.size(), expected.warnings.size());
      }
    }
  }
}

TEST(ReadLogs, GivesTheSameForAnySplitOfALogIntoFiles) {
  const ScratchFolder scratch;
  std::string log;
  for (int i = 0; i < 600; ++i)
    log += Line(fmt::format("13:{:02}:{:02}", i / 60, i % 60), "0.250", 200);
  const std::string whole = scratch.Write("whole.log", log);
  const std::size_t cut = log.size() / 6 * 2;
  const std::string older = scratch.Write("part.log.1", log.substr(0, cut));
  const std::string newer = scratch.Write("part.log", log.substr(cut));
  EXPECT_EQ(TextOf(ReadLogs(Options({newer, older})).value().counts),
            TextOf(ReadLogs(Options({whole})).value().counts));
}

TEST(ReadLogs, PutsRotatedFilesInTheOrderOfTheirFirstRequest) {
  const ScratchFolder scratch;
  const std::string newest = scratch.Write("access.log", Line("15:00:00", "0.1"));
  const std::string middle = scratch.Write("access.log.1", Line("14:00:00", "0.1"));
  const std::string oldest = scratch.Write("access.log.2.gz", Gzipped(Line("13:00:00", "0.1")));
  scratch.Write("access.log.3", "");
  const LogReading reading = ReadLogs(Options({scratch.Path("access.log*")})).value();
  EXPECT_THAT(reading.files, ElementsAre(oldest, middle, newest));
  EXPECT_EQ(reading.lines.requests, 3U);
}

TEST(ReadLogs, ReadsEveryKindOfFile) {
  const ScratchFolder scratch;
  const std::string log = Line("13:55:36", "0.1") + Line("13:55:37", "0.1");
  for (const std::string& bytes : {log, Gzipped(log), Zstandard(log), Xz(log)}) {
    const LogReading reading = ReadLogs(Options({scratch.Write("any", bytes)})).value();
    EXPECT_EQ(reading.lines.requests, 2U);
  }
}

TEST(ReadLogs, CountsBadLinesByReasonAndSaysWhereTheFirstAre) {
  const ScratchFolder scratch;
  std::string log = Line("13:55:36", "0.1") + "secret-token\n" + Line("13:55:36", "fast") +
                    Line("13:55:36", "999999.0") + Line("13:55:36", "0.1", 200);
  const std::string path = scratch.Write("a.log", log);
  LogOptions options = Options({path});
  options.max_bad = Ratio(0.6);
  const LogReading reading = ReadLogs(options).value();
  EXPECT_EQ(reading.lines.read, 5U);
  EXPECT_EQ(reading.lines.requests, 2U);
  EXPECT_THAT(reading.lines.by_reason,
              ElementsAre(Pair("duration", 1), Pair("implausible", 1), Pair("shape", 1)));
  EXPECT_THAT(reading.lines.examples.at("shape"), ElementsAre(path + ":2"));
  EXPECT_THAT(reading.lines.examples.at("duration"), ElementsAre(path + ":3"));
  EXPECT_THAT(reading.lines.examples.at("implausible"), ElementsAre(path + ":4"));
}

TEST(ReadLogs, FailsAboveTheShareOfBadLinesWithoutShowingThem) {
  const ScratchFolder scratch;
  std::string log;
  for (int i = 0; i < 19; ++i) log += Line("13:55:36", "0.1");
  const std::string fits = scratch.Write("fits.log", log + "secret-token\n");
  EXPECT_TRUE(ReadLogs(Options({fits})));  // 1 of 20 is 5 %
  const std::string path = scratch.Write("a.log", log + "secret-token\nsecret-token\n");
  const auto reading = ReadLogs(Options({path}));
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(reading.error().message,
            "2 of 21 lines are bad (9.52 %, and --max-bad allows 5 %): 2 "
            "shape (" +
                path + ":20, " + path + ":21)");
}

TEST(ReadLogs, RefusesALogWithoutDurationsAndSaysWhatToAdd) {
  const ScratchFolder scratch;
  const std::string path = scratch.Write(
      "a.log", "1.2.3.4 - - [17/May/2015:10:05:03 +0000] \"GET /a HTTP/1.1\" 200 2 \"-\" \"x\"\n");
  const auto reading = ReadLogs(Options({path}));
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(reading.error().message,
              HasSubstr(path + ": this is the log of a web server without"));
  EXPECT_THAT(reading.error().message, HasSubstr("add $request_time"));
  EXPECT_THAT(reading.error().message, HasSubstr("add %D"));
}

TEST(ReadLogs, RefusesTheRealLogWithoutDurations) {
  const char* const folder = std::getenv("LOADCURVE_DATA");
  const std::string data = folder != nullptr ? folder : LOADCURVE_SOURCE_DIR "/../shared/data";
  if (!std::filesystem::exists(data + "/apache_log"))
    GTEST_SKIP() << "data folder absent: " << data;
  const auto reading = ReadLogs(Options({data + "/apache_log/*.xz"}));
  ASSERT_FALSE(reading);
  EXPECT_THAT(reading.error().message, HasSubstr("without durations"));
}

TEST(ReadLogs, NamesTheFormatsItTriedAndWhatToDo) {
  const ScratchFolder scratch;
  const auto reading = ReadLogs(Options({scratch.Write("a.log", "hello\nworld\n")}));
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(reading.error().message, HasSubstr("a.log: none of the first 2 lines"));
  for (const char* word : {"envoy", "alb", "json", "csv", "apache", "nginx", "--format"})
    EXPECT_THAT(reading.error().message, HasSubstr(word));
}

TEST(ReadLogs, RefusesAFileInWhichNoLineIsOfTheFormatGiven) {
  const ScratchFolder scratch;
  LogOptions options = Options({scratch.Write("a.log", Line("13:55:36", "0.1") + "x\n")});
  options.format = "$msec $request_time";
  options.max_bad = Ratio(1);
  const auto reading = ReadLogs(options);
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(reading.error().message, HasSubstr("a.log: no line is a request of the format"));
}

TEST(ReadLogs, DoesNotGuessWhatSmallWholeNumbersAre) {
  const ScratchFolder scratch;
  std::string log;
  for (int i = 0; i < 30; ++i) log += Line("13:55:36", std::to_string(i % 4));
  LogOptions options = Options({scratch.Write("a.log", log)});
  const auto reading = ReadLogs(options);
  ASSERT_FALSE(reading);
  EXPECT_THAT(reading.error().message, HasSubstr("seconds, milliseconds or microseconds"));
  options.format = R"(%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %T)";
  EXPECT_EQ(ReadLogs(options).value().duration_source, "%T");
}

TEST(ReadLogs, TakesTheNameOfAFormat) {
  const ScratchFolder scratch;
  LogOptions options = Options({scratch.Write("a.log", Line("13:55:36", "0.2 0.1"))});
  options.format = "nginx";
  EXPECT_EQ(ReadLogs(options).value().duration_source,
            "$upstream_response_time, else $request_time");
  options.format = "ngnix";
  const auto wrong = ReadLogs(options);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("'ngnix' is not a log format"));
}

TEST(ReadLogs, CountsALastLineWithoutALineBreakIfItIsARequest) {
  const ScratchFolder scratch;
  const std::string line = Line("13:55:36", "0.1");
  const std::string whole = scratch.Write("a.log", line + line.substr(0, line.size() - 1));
  EXPECT_EQ(ReadLogs(Options({whole})).value().lines.requests, 2U);
  const std::string half = scratch.Write("b.log", line + line.substr(0, 40));
  const LogReading reading = ReadLogs(Options({half})).value();
  EXPECT_EQ(reading.lines.requests, 1U);
  EXPECT_EQ(reading.lines.unfinished, 1U);
  EXPECT_EQ(reading.lines.bad, 0U);
}

TEST(ReadLogs, ReadsCarriageReturnsBlankLinesRawBytesAndZeros) {
  const ScratchFolder scratch;
  std::string crlf = Line("13:55:36", "0.1");
  crlf.insert(crlf.size() - 1, "\r");
  const std::string path =
      scratch.Write("a.log", crlf + "\r\n\n" + Line("13:55:36", "0.1", 200, "/\xff\xfe\x01") +
                                 Line("13:55:36", "0.1", 200, std::string("/\0", 2)) +
                                 Line("13:55:36", "0.1", 200, "/gr\xc3\xbc\xc3\x9f"));
  const LogReading reading = ReadLogs(Options({path})).value();
  EXPECT_EQ(reading.lines.requests, 4U);
  EXPECT_EQ(reading.lines.read, 4U);
}

TEST(ReadLogs, ReadsALogThatBeginsWithAByteOrderMark) {
  const std::string mark = "\xEF\xBB\xBF";
  const std::string json =
      R"({"time":"2026-10-10T13:55:36Z","duration_ms":5,"path":"/a","status":200})"
      "\n";
  const ScratchFolder scratch;
  for (const std::string& log : {mark + json + json, mark + Line("13:55:36", "0.005")}) {
    const std::string plain = scratch.Write("a.log", log);
    const std::string packed = scratch.Write("a.log.gz", Gzipped(log));
    const LogReading reading = ReadLogs(Options({plain, packed})).value();
    EXPECT_EQ(reading.lines.bad, 0U) << log;
    EXPECT_EQ(RequestsIn(reading.counts), reading.lines.read);
    EXPECT_EQ(reading.lines.read, log.starts_with(mark + "{") ? 4U : 2U);
  }
}

TEST(ReadLogs, TakesLinesOfUpToOneMebibyte) {
  const ScratchFolder scratch;
  const std::string line = Line("13:55:36", "0.1");
  const auto of_size = [&](std::size_t size) {
    return Line("13:55:36", "0.1", 200, "/a" + std::string(size - (line.size() - 1), 'a'));
  };
  LogOptions options = Options(
      {scratch.Write("a.log", line + of_size(1 << 20) + line + of_size((1 << 20) + 1) + line)});
  options.max_bad = Ratio(1);
  const LogReading reading = ReadLogs(options).value();
  EXPECT_EQ(reading.lines.requests, 4U);
  EXPECT_THAT(reading.lines.by_reason, ElementsAre(Pair("too_long", 1)));
  EXPECT_THAT(reading.lines.examples.at("too_long"), ElementsAre(testing::EndsWith("a.log:4")));
}

TEST(ReadLogs, CountsLinesOutOfOrderAndJumpsOfTheClockAsTheyStandAndReportsTheJumps) {
  const ScratchFolder scratch;
  const std::string path =
      scratch.Write("a.log", Line("13:55:36", "0.1") + Line("13:55:30", "0.1") +
                                 Line("12:55:29", "0.1") + Line("18:00:00", "0.1"));
  for (const std::size_t chunk : {50UL, 1'000'000UL}) {
    LogOptions options = Options({path});
    options.chunk_bytes = chunk;
    const LogReading reading = ReadLogs(options).value();
    EXPECT_EQ(reading.lines.requests, 4U);
    EXPECT_EQ(reading.earliest, At("2026-10-10T12:55:29Z"));
    EXPECT_THAT(reading.warnings,
                ElementsAre(path + ":3: the time goes back from 2026-10-10T13:55:30Z to "
                                   "2026-10-10T12:55:29Z; counted as it stands",
                            path + ":4: the time goes forward from 2026-10-10T12:55:29Z to "
                                   "2026-10-10T18:00:00Z; counted as it stands"));
  }
}

TEST(ReadLogs, KeepsOnlyWindowsThatLieWhollyInTheTimeAskedFor) {
  const ScratchFolder scratch;
  std::string log;
  for (int minute = 0; minute < 10; ++minute)
    log += Line(fmt::format("13:{:02}:30", minute), "40.000");
  LogOptions options = Options({scratch.Write("a.log", log)});
  const RequestCounts all = ReadLogs(options).value().counts;
  options.since = At("2026-10-10T13:02:30Z");
  options.until = At("2026-10-10T13:06:30Z");
  const RequestCounts cut = ReadLogs(options).value().counts;
  std::vector<std::int64_t> windows;
  for (const auto& entry : cut.Sorted()) windows.push_back(entry.window);
  const std::int64_t first = cut.WindowOf(At("2026-10-10T13:03:00Z"));
  EXPECT_THAT(windows, ElementsAre(first, first + 1, first + 2));
  // What is kept is what the whole log says of these windows, with what was held in them by
  // requests that ended later.
  std::string expected;
  for (const std::string text = TextOf(all); const std::int64_t window : windows) {
    const std::string key = std::to_string(window) + " ";
    const std::size_t at = text.find(key);
    expected += text.substr(at, text.find('\n', at) + 1 - at);
  }
  EXPECT_EQ(TextOf(cut), expected);
}

TEST(ReadLogs, KeepsTheMostFrequentRoutesAndCallsTheRestOther) {
  const ScratchFolder scratch;
  std::string log;
  for (const auto& [path, times] : std::vector<std::pair<std::string, int>>{
           {"/rare", 1}, {"/b", 2}, {"/often", 4}, {"/a", 2}, {"/seldom", 1}})
    for (int i = 0; i < times; ++i) log += Line("13:55:36", "0.1", 200, path);
  LogOptions options = Options({scratch.Write("a.log", log)});
  options.classifier.by_route = true;
  options.max_routes = 2;
  const LogReading reading = ReadLogs(options).value();
  std::map<std::string, std::uint64_t> requests;
  for (const auto& entry : reading.counts.Sorted())
    requests[reading.counts.series()[entry.series].route] += entry.cell.count;
  EXPECT_THAT(requests, ElementsAre(Pair("GET /a", 2), Pair("GET /often", 4), Pair("other", 4)));
}

TEST(ReadLogs, ReadsLocalTimesInOrderWhateverTheThreadsAndChunks) {
  const ScratchFolder scratch;
  std::string log;
  // Berlin's clocks show 02:00 to 03:00 twice on 2026-10-25.
  for (const char* hour : {"01", "02", "02", "03"})
    for (int minute = 0; minute < 60; ++minute)
      log += fmt::format("2026-10-25 {}:{:02}:00 5\n", hour, minute);
  LogOptions options = Options({scratch.Write("a.log", log)});
  options.format = "%{%F %T}t %D";
  options.formats.time_zone = "Europe/Berlin";
  options.threads = 4;
  options.chunk_bytes = 1'000;
  const LogReading reading = ReadLogs(options).value();
  EXPECT_EQ(reading.counts.Sorted().size(), 240U);
  EXPECT_EQ(reading.earliest, At("2026-10-24T23:00:00.000005Z"));
  EXPECT_EQ(reading.latest, At("2026-10-25T02:59:00.000005Z"));
}

TEST(ReadLogs, SaysHowFarItIs) {
  const ScratchFolder scratch;
  const std::string log = ManyLines(500);
  for (const std::string& bytes : {log, Gzipped(log)}) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> calls;
    LogOptions options = Options({scratch.Write("a.log", bytes)});
    options.chunk_bytes = 8'192;
    options.threads = 2;
    options.progress = [&](std::uint64_t done, std::uint64_t all) {
      calls.emplace_back(done, all);
    };
    ASSERT_TRUE(ReadLogs(options));
    ASSERT_GT(calls.size(), 3U);
    EXPECT_TRUE(std::is_sorted(calls.begin(), calls.end()));
    EXPECT_THAT(calls.back(), Pair(bytes.size(), bytes.size()));
  }
}

TEST(ReadLogs, StopsWhenItIsAsked) {
  const ScratchFolder scratch;
  std::stop_source stop;
  LogOptions options = Options({scratch.Write("a.log", ManyLines(500))});
  options.chunk_bytes = 1'024;
  options.stop = stop.get_token();
  for (const int threads : {1, 2}) {
    int calls = 0;
    options.threads = threads;
    options.progress = [&](auto, auto) {
      ++calls;
      stop.request_stop();
    };
    const auto reading = ReadLogs(options);
    ASSERT_FALSE(reading);
    EXPECT_EQ(reading.error().code, ErrorCode::kCancelled);
    EXPECT_LT(calls, 10);
  }
}

TEST(ReadLogs, ReadsNothingFromEmptyLogs) {
  const ScratchFolder scratch;
  const LogReading reading = ReadLogs(Options({scratch.Write("a.log", "")})).value();
  EXPECT_TRUE(reading.counts.IsEmpty());
  EXPECT_EQ(reading.lines.read, 0U);
}

TEST(ReadLogs, NamesTheFileThatIsDamagedHalfWay) {
  const ScratchFolder scratch;
  const std::string packed = Gzipped(ManyLines(1'200));
  const std::string path = scratch.Write("a.gz", packed.substr(0, packed.size() / 2));
  for (const int threads : {1, 2}) {
    LogOptions options = Options({path});
    options.threads = threads;
    const auto reading = ReadLogs(options);
    ASSERT_FALSE(reading);
    EXPECT_EQ(reading.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(reading.error().message, HasSubstr("a.gz: gzip: cut short"));
  }
}

TEST(ReadLogs, RefusesOptionsThatMakeNoSense) {
  const ScratchFolder scratch;
  const std::string path = scratch.Write("a.log", Line("13:55:36", "0.1"));
  EXPECT_FALSE(ReadLogs(Options({})));
  LogOptions backwards = Options({path});
  backwards.since = At("2026-10-10");
  backwards.until = At("2026-10-09");
  EXPECT_FALSE(ReadLogs(backwards));
  LogOptions endless = Options({path});
  endless.step = std::chrono::milliseconds(1);
  EXPECT_FALSE(ReadLogs(endless));
}

}  // namespace
}  // namespace loadcurve::logs
