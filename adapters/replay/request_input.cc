#include "adapters/replay/request_input.h"

#include <cstring>
#include <utility>

#include "adapters/files/file_set.h"
#include "adapters/logs/byte_order_mark.h"
#include "adapters/logs/line_chunk.h"
#include "adapters/logs/line_report.h"
#include "adapters/logs/log_input.h"
#include "adapters/replay/request_documents.h"

namespace loadcurve::replay {
namespace {

// Adds the requests of one chunk after the other to a builder.
class LogRequests {
 public:
  LogRequests(const logs::LogOptions& options, RequestSetBuilder& builder)
      : options_(options), builder_(builder) {}

  void Read(const logs::LineChunk& chunk, logs::LineParser& parser, logs::LineTally& tally) {
    std::string_view rest(chunk.buffer.data() + chunk.begin, chunk.end - chunk.begin);
    if (chunk.is_first) rest = logs::WithoutMark(rest);
    while (!rest.empty()) {
      std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      ++tally.lines;
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (!line.empty()) ReadLine(line, parser, tally);
    }
  }

 private:
  void ReadLine(std::string_view line, logs::LineParser& parser, logs::LineTally& tally) {
    if (line.size() > logs::kLongestLine) return tally.AddOther(logs::BadLine::kTooLong);
    const logs::BadLine reason = parser.Parse(line, request_);
    if (reason != logs::BadLine::kNone) return tally.AddOther(reason);
    if (request_.duration < Duration(0) || request_.duration > options_.longest_request)
      return tally.AddOther(logs::BadLine::kImplausible);
    const TimePoint end = logs::EndOf(request_);
    tally.AddRequest(end);
    if ((options_.since && end < *options_.since) || (options_.until && end >= *options_.until))
      return;
    if (builder_.is_full()) return builder_.LeaveOut("beyond --max-requests");
    if (request_.is_upgrade) return builder_.LeaveOut("upgrade of the connection");
    builder_.Add({.ended = end,
                  .duration = request_.duration,
                  .method = request_.method,
                  .target = request_.target_is_route ? std::string_view() : request_.target,
                  .operation = request_.target_is_route ? request_.target : std::string_view()});
  }

  const logs::LogOptions& options_;
  RequestSetBuilder& builder_;
  logs::LoggedRequest request_;
};

Result<void> AddLogs(const logs::LogOptions& options, RequestSetBuilder& builder) {
  logs::FormatOptions formats = options.formats;
  formats.wanted.target = true;
  LC_TRY(std::vector<logs::LogInput> inputs, logs::OpenLogs(options, formats));
  std::vector<logs::NamedTally> tallies;
  for (const logs::LogInput& input : inputs) tallies.push_back({input.name, {}});
  logs::LineChunks chunks(inputs, options.chunk_bytes);
  LogRequests requests(options, builder);
  logs::LineChunk chunk;
  for (;;) {
    if (options.stop.stop_requested())
      return Fail(ErrorCode::kCancelled, "reading logs was interrupted");
    LC_TRY(const bool has_chunk, chunks.Next(chunk));
    if (!has_chunk) break;
    LC_TRY_VOID(chunk.Fill());
    requests.Read(chunk, *inputs[chunk.input].format.parser, tallies[chunk.input].lines);
  }
  return logs::CheckLines(tallies, options.max_bad);
}

}  // namespace

Result<RequestSet> ReadRequests(const logs::LogOptions& options,
                                const RequestSelection& selection) {
  std::vector<logs::NamingRule> rules;
  for (const std::string& text : options.classifier.route_rules) {
    LC_TRY(logs::NamingRule rule, logs::NamingRule::Parse("--route", text));
    rules.push_back(std::move(rule));
  }
  RequestSetBuilder builder(selection, std::move(rules));
  LC_TRY(const auto paths, files::ExpandPaths(options.paths));
  std::size_t documents = 0;
  for (const std::string& path : paths) documents += IsRequestDocument(path) ? 1 : 0;
  if (documents == 0) {
    LC_TRY_VOID(AddLogs(options, builder));
  } else if (documents < paths.size()) {
    return Fail(ErrorCode::kInvalidArgument,
                "logs together with .har or .requests.jsonl files; expected files of one kind");
  } else {
    for (const std::string& path : paths) LC_TRY_VOID(AddDocument(path, builder));
  }
  return builder.Finish();
}

}  // namespace loadcurve::replay
