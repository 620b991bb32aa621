#include "adapters/logs/request_stream.h"

#include <vector>

#include "adapters/logs/line_report.h"
#include "adapters/logs/log_input.h"
#include "adapters/logs/request_lines.h"

namespace loadcurve::logs {

Result<void> ForEachRequest(const LogOptions& options, const WantedFields& wanted,
                            const UseRequest& use) {
  LC_TRY_VOID(CheckOptions(options));
  FormatOptions formats = options.formats;
  formats.wanted = wanted;
  LC_TRY(std::vector<LogInput> inputs, OpenLogs(options, formats));
  std::vector<NamedTally> tallies;
  for (const LogInput& input : inputs) tallies.push_back({input.name, {}});
  const auto use_wanted = [&](const LoggedRequest& request, TimePoint end) {
    const bool is_before = options.since && end < *options.since;
    if (!is_before && (!options.until || end < *options.until)) use(request, end);
  };
  LineChunks chunks(inputs, options.chunk_bytes);
  RequestLines lines(options.longest_request);
  LineChunk chunk;
  for (;;) {
    if (options.stop.stop_requested())
      return Fail(ErrorCode::kCancelled, "reading logs was interrupted");
    LC_TRY(const bool has_chunk, chunks.Next(chunk));
    if (!has_chunk) break;
    LC_TRY_VOID(chunk.Fill());
    lines.Read(chunk, *inputs[chunk.input].format.parser, tallies[chunk.input].lines, use_wanted);
  }
  return CheckLines(tallies, options.max_bad);
}

}  // namespace loadcurve::logs
