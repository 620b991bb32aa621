#include "adapters/logs/chunk_parser.h"

#include <utility>

namespace loadcurve::logs {

ChunkParser::ChunkParser(const LogOptions& options, RequestClassifier classifier)
    : options_(options), classifier_(std::move(classifier)), lines_(options.longest_request) {
  const WantedFields wanted = classifier_.wanted();
  has_names_ = wanted.target || wanted.workload;
}

Result<ChunkReading> ChunkParser::Parse(const LineChunk& chunk, LineParser& parser) {
  LC_TRY(RequestCounts counts, RequestCounts::Make(options_.bounds, options_.step));
  ChunkReading reading{std::move(counts), {}};
  finder_.emplace(reading.counts);
  series_of_class_ = {};
  lines_.Read(chunk, parser, reading.lines, [&](const LoggedRequest& request, TimePoint end) {
    if (!IsWanted(end, request.duration)) return;
    reading.counts.Record(SeriesOf(request, reading.counts), end, request.duration);
  });
  finder_.reset();
  return reading;
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
