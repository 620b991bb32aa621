#include "adapters/logs/log_follower.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "adapters/files/byte_source.h"
#include "adapters/logs/bounded_names.h"
#include "adapters/logs/byte_order_mark.h"
#include "adapters/logs/format_detection.h"
#include "adapters/logs/line_chunk.h"

namespace loadcurve::logs {
namespace {

constexpr std::size_t kReadBytes = 1 << 20;

std::vector<std::string_view> FirstLines(const LineChunk& chunk) {
  std::string_view rest = WithoutMark({chunk.buffer.data(), chunk.end});
  std::vector<std::string_view> lines;
  while (!rest.empty() && lines.size() < kSampleLines) {
    const std::size_t size = rest.find('\n');
    std::string_view line = rest.substr(0, size);
    rest.remove_prefix(size == std::string_view::npos ? rest.size() : size + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

}  // namespace

// One log: the file that had its name when it was last looked for, and how far it is read.
struct LogFollower::Log {
  std::string path;
  std::optional<files::PlainFile> file;
  std::uint64_t offset = 0;
  std::unique_ptr<LineParser> parser;
  LineTally lines;
  // The beginning of a line that is still written is at the front of the buffer.
  LineChunk chunk;
  std::size_t begun = 0;
  bool is_skipping = false;  // the rest of a line that is too long
};

struct LogFollower::State {
  State(LogOptions log_options, RequestClassifier classifier)
      : options(std::move(log_options)), parser(options, std::move(classifier)) {}

  Result<void> Read(Log& log, BoundedNames& names);
  Result<bool> ReadMore(Log& log, BoundedNames& names);
  Result<void> Count(Log& log, std::size_t end, bool is_cut, BoundedNames& names);
  Result<bool> TurnToNewFile(Log& log, BoundedNames& names);
  Result<void> CheckAll() const;
  std::vector<NamedTally> Tallies() const;

  LogOptions options;
  FormatOptions formats;
  ChunkParser parser;
  std::vector<Log> logs;
};

// Counts the first `end` bytes of the buffer.
Result<void> LogFollower::State::Count(Log& log, std::size_t end, bool is_cut,
                                       BoundedNames& names) {
  LineChunk& chunk = log.chunk;
  chunk.begin = 0;
  chunk.end = end;
  chunk.is_cut = is_cut;
  const auto lines = FirstLines(chunk);
  if (log.parser == nullptr && !lines.empty()) {
    auto format = ChooseFormat(options.format, formats, lines);
    if (!format) return Within(log.path, format.error());
    log.parser = std::move(format->parser);
  }
  if (log.parser == nullptr) {
    log.lines.lines += static_cast<std::uint64_t>(std::count(
        chunk.buffer.begin(), chunk.buffer.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    return {};
  }
  LC_TRY(const ChunkReading reading, parser.Parse(chunk, *log.parser));
  chunk.is_first = false;
  log.lines.Append(reading.lines);
  return names.Add(reading.counts);
}

// Reads once; false where nothing is there to be read.
Result<bool> LogFollower::State::ReadMore(Log& log, BoundedNames& names) {
  std::vector<char>& buffer = log.chunk.buffer;
  if (buffer.size() < log.begun + kReadBytes) buffer.resize(log.begun + kReadBytes);
  LC_TRY(const std::size_t got,
         log.file->ReadAt(log.offset, std::span(buffer).subspan(log.begun, kReadBytes)));
  if (got == 0) return false;
  log.offset += got;
  const std::size_t filled = log.begun + got;
  const auto* const last = static_cast<const char*>(memrchr(buffer.data(), '\n', filled));
  const auto whole = last == nullptr ? 0 : static_cast<std::size_t>(last - buffer.data()) + 1;
  if (log.is_skipping) {
    const auto* const first = static_cast<const char*>(std::memchr(buffer.data(), '\n', filled));
    const auto skipped =
        first == nullptr ? filled : static_cast<std::size_t>(first - buffer.data()) + 1;
    log.is_skipping = first == nullptr;
    buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(skipped));
    if (whole > skipped) LC_TRY_VOID(Count(log, whole - skipped, false, names));
    const std::size_t counted = std::max(whole, skipped);
    buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(counted - skipped));
    log.begun = filled - counted;
    return true;
  }
  if (whole > 0) LC_TRY_VOID(Count(log, whole, false, names));
  buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(whole));
  log.begun = filled - whole;
  if (log.begun > kLongestLine) {
    LC_TRY_VOID(Count(log, log.begun, true, names));
    log.begun = 0;
    log.is_skipping = true;
  }
  return true;
}

// The last line of a file that nobody writes any more is as long as it will be.
Result<bool> LogFollower::State::TurnToNewFile(Log& log, BoundedNames& names) {
  auto opened = files::PlainFile::Open(log.path);
  if (!opened) {
    // Between renaming and creating there is no file of that name.
    if (opened.error().code == ErrorCode::kNotFound) return false;
    return tl::unexpected<Error>(std::move(opened).error());
  }
  const bool is_new = !log.file || opened->identity() != log.file->identity();
  const bool is_cut = !is_new && opened->Size() < log.offset;
  if (!is_new && !is_cut) return false;
  while (is_new && log.file) {
    LC_TRY(const bool has_more, ReadMore(log, names));
    if (!has_more) break;
  }
  if (is_new && log.begun > 0) LC_TRY_VOID(Count(log, log.begun, true, names));
  log.file = *std::move(opened);
  log.offset = 0;
  log.begun = 0;
  log.chunk.is_first = true;
  log.is_skipping = false;
  return true;
}

Result<void> LogFollower::State::Read(Log& log, BoundedNames& names) {
  while (true) {
    if (log.file) {
      // A file that was cut must not be read at the old place.
      LC_TRY(bool has_turned, TurnToNewFile(log, names));
      LC_TRY(const bool has_more, ReadMore(log, names));
      if (!has_more && !has_turned) return {};
      continue;
    }
    LC_TRY(const bool is_there, TurnToNewFile(log, names));
    if (!is_there) return {};
  }
}

std::vector<NamedTally> LogFollower::State::Tallies() const {
  std::vector<NamedTally> tallies;
  for (const Log& log : logs) tallies.push_back({log.path, log.lines});
  return tallies;
}

// A few bad lines at the beginning are no share of a log that goes on.
Result<void> LogFollower::State::CheckAll() const {
  const auto tallies = Tallies();
  if (ReportOf(tallies).read < kSampleLines) return {};
  return CheckLines(tallies, options.max_bad);
}

LogFollower::LogFollower(std::unique_ptr<State> state) : state_(std::move(state)) {}
LogFollower::LogFollower(LogFollower&&) noexcept = default;
LogFollower& LogFollower::operator=(LogFollower&&) noexcept = default;
LogFollower::~LogFollower() = default;

Result<LogFollower> LogFollower::Open(const LogOptions& options) {
  LC_TRY(RequestClassifier classifier, RequestClassifier::Make(options.classifier));
  auto state = std::make_unique<State>(options, classifier);
  state->formats = options.formats;
  state->formats.wanted = classifier.wanted();
  state->formats.workload_source = classifier.workload_source();
  for (const std::string& path : options.paths) {
    if (path == "-")
      return Fail(ErrorCode::kInvalidArgument,
                  "standard input cannot be followed; expected the path of a log");
    std::string beginning(files::kMagicSize, '\0');
    const auto file = files::PlainFile::Open(path);
    if (file) {
      LC_TRY(const std::size_t got, file->ReadAt(0, beginning));
      beginning.resize(got);
      if (!file->IsRegular() || files::CompressionOf(beginning) != files::Compression::kNone)
        return Fail(ErrorCode::kInvalidArgument,
                    path + ": is compressed or no file; expected a log that is being written");
    } else if (file.error().code != ErrorCode::kNotFound) {
      return tl::unexpected<Error>(file.error());
    }
    state->logs.emplace_back().path = path;
  }
  return LogFollower(std::move(state));
}

Result<RequestCounts> LogFollower::Step() {
  LC_TRY(RequestCounts empty, RequestCounts::Make(state_->options.bounds, state_->options.step));
  BoundedNames names(std::move(empty));
  for (Log& log : state_->logs) LC_TRY_VOID(state_->Read(log, names));
  LC_TRY_VOID(state_->CheckAll());
  return names.total();
}

LineReport LogFollower::Report() const {
  return ReportOf(state_->Tallies());
}

Result<void> FollowLogs(
    const LogOptions& options, const Clock& clock, Duration interval, const std::stop_token& stop,
    const std::function<Result<void>(const RequestCounts& counts, const LineReport& lines)>& take) {
  LC_TRY(LogFollower follower, LogFollower::Open(options));
  while (true) {
    const bool is_last = stop.stop_requested();
    LC_TRY(const RequestCounts counts, follower.Step());
    LC_TRY_VOID(take(counts, follower.Report()));
    if (is_last) return {};
    clock.SleepUntil(clock.MonotonicNow() + interval, stop);
  }
}

}  // namespace loadcurve::logs
