#pragma once

#include <array>
#include <optional>

#include "adapters/logs/line_chunk.h"
#include "adapters/logs/line_parser.h"
#include "adapters/logs/line_tally.h"
#include "adapters/logs/log_options.h"
#include "adapters/logs/request_classifier.h"
#include "adapters/logs/request_lines.h"
#include "base/result.h"
#include "metrics/request_counts.h"

namespace loadcurve::logs {

// What was read of lines that follow one another.
struct ChunkReading {
  RequestCounts counts;
  LineTally lines;
};

// Counts the requests of chunks. Not thread-safe: one for each thread.
class ChunkParser {
 public:
  // `options` outlive it.
  ChunkParser(const LogOptions& options, RequestClassifier classifier);

  // Reads the lines of `chunk`, which is filled, by `parser`.
  [[nodiscard]] Result<ChunkReading> Parse(const LineChunk& chunk, LineParser& parser);

 private:
  bool IsWanted(TimePoint end, Duration duration) const;
  RequestCounts::SeriesId SeriesOf(const LoggedRequest& request, RequestCounts& counts);

  const LogOptions& options_;
  RequestClassifier classifier_;
  bool has_names_;
  RequestLines lines_;
  std::optional<SeriesFinder> finder_;
  // Without names there are three series, one for each class of request.
  std::array<std::optional<RequestCounts::SeriesId>, 3> series_of_class_;
};

}  // namespace loadcurve::logs
