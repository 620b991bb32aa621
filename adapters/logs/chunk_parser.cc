#include "adapters/logs/chunk_parser.h"

#include <cstring>
#include <utility>

#include "adapters/logs/byte_order_mark.h"
#include "adapters/logs/format_detection.h"

namespace loadcurve::logs {

ChunkParser::ChunkParser(const LogOptions& options, RequestClassifier classifier)
    : options_(options), classifier_(std::move(classifier)) {
  const WantedFields wanted = classifier_.wanted();
  has_names_ = wanted.target || wanted.workload;
}

Result<ChunkReading> ChunkParser::Parse(const LineChunk& chunk, LineParser& parser) {
  LC_TRY(RequestCounts counts, RequestCounts::Make(options_.bounds, options_.step));
  ChunkReading reading{std::move(counts), {}};
  finder_.emplace(reading.counts);
  series_of_class_ = {};
  const char* at = chunk.buffer.data() + chunk.begin;
  const char* const end = chunk.buffer.data() + chunk.end;
  if (chunk.is_first) at = WithoutMark({at, static_cast<std::size_t>(end - at)}).data();
  while (at < end) {
    const auto* line_end =
        static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
    const bool is_cut = line_end == nullptr;
    if (is_cut) line_end = end;
    std::string_view line(at, static_cast<std::size_t>(line_end - at));
    at = line_end + 1;
    ++reading.lines.lines;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (line.size() > kLongestLine) {
      reading.lines.AddOther(BadLine::kTooLong);
      continue;
    }
    if (!is_cut) {
      ParseLine(line, parser, reading);
      continue;
    }
    // The writer may be half-way through it.
    LoggedRequest ignored;
    if (!IsBad(parser.Parse(line, ignored))) {
      ParseLine(line, parser, reading);
    } else {
      ++reading.lines.unfinished;
    }
  }
  finder_.reset();
  return reading;
}

void ChunkParser::ParseLine(std::string_view line, LineParser& parser, ChunkReading& reading) {
  const BadLine reason = parser.Parse(line, request_);
  if (reason != BadLine::kNone) return reading.lines.AddOther(reason);
  if (!IsPlausible(request_.time)) return reading.lines.AddOther(BadLine::kTime);
  if (!IsPlausible(request_.duration)) return reading.lines.AddOther(BadLine::kImplausible);
  const TimePoint end = EndOf(request_);
  reading.lines.AddRequest(end);
  if (!IsWanted(end, request_.duration)) return;
  reading.counts.Record(SeriesOf(request_, reading.counts), end, request_.duration);
}

bool ChunkParser::IsPlausible(TimePoint time) {
  // The years that four digits write: sums of times within them never overflow.
  constexpr TimePoint kFirst = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
  constexpr TimePoint kLast = std::chrono::sys_days(std::chrono::year(9999) / 12 / 31);
  return time >= kFirst && time <= kLast;
}

bool ChunkParser::IsPlausible(Duration duration) const {
  return duration >= Duration(0) && duration <= options_.longest_request;
}

bool ChunkParser::IsWanted(TimePoint end, Duration duration) const {
  return (!options_.since || end >= *options_.since) &&
         (!options_.until || end - duration < *options_.until);
}

RequestCounts::SeriesId ChunkParser::SeriesOf(const LoggedRequest& request, RequestCounts& counts) {
  const Classification classification = classifier_.Classify(request);
  if (has_names_) return finder_->Of(classification);
  auto& series = series_of_class_[static_cast<std::size_t>(classification.request_class)];
  if (!series) series = counts.Intern({}, {}, classification.request_class);
  return *series;
}

}  // namespace loadcurve::logs
