#include "adapters/mock/log_recording.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "adapters/logs/byte_order_mark.h"
#include "adapters/logs/line_chunk.h"
#include "adapters/logs/line_report.h"
#include "adapters/logs/log_input.h"
#include "adapters/mock/answer_sample.h"

namespace loadcurve::mock {
namespace {

constexpr std::size_t kMostNames = 1'000;  // that are told apart while a log is read

RecordedAnswer AnswerOf(const logs::LoggedRequest& request) {
  static constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  const auto within = [](std::int64_t value) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(value, 0, kMost));
  };
  return {.latency_us = within(request.duration.count()),
          .bytes = within(request.response_bytes),
          .status = request.status};
}

class Recorder {
 public:
  Recorder(const logs::LogOptions& options, std::vector<logs::NamingRule> rules, std::uint64_t seed)
      : options_(options), route_template_(std::move(rules)), seed_(seed) {}

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

  LogRecording Finish(std::vector<logs::NamingRule> rules) {
    std::vector<std::pair<std::string, AnswerSample*>> routes;
    for (auto& [name, sample] : samples_) routes.emplace_back(name, &sample);
    std::sort(routes.begin(), routes.end(), [](const auto& a, const auto& b) {
      return std::pair(b.second->seen(), a.first) < std::pair(a.second->seen(), b.first);
    });
    recording_.plan.naming = std::move(rules);
    AnswerSample other(seed_, logs::RouteTemplate::kOther);
    for (std::size_t i = 0; i < routes.size(); ++i) {
      const bool is_kept =
          i < options_.max_routes && routes[i].first != logs::RouteTemplate::kOther;
      if (is_kept)
        recording_.plan.routes.push_back(
            {.name = routes[i].first, .recorded = routes[i].second->Take()});
      else
        other.Absorb(*routes[i].second);
    }
    if (other.seen() > 0)
      recording_.plan.routes.push_back(
          {.name = std::string(logs::RouteTemplate::kOther), .recorded = other.Take()});
    return std::move(recording_);
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
    if (request_.is_upgrade) return LeaveOut("upgrade of the connection");
    if (request_.target_is_route) return LeaveOut("an operation's name and no path");
    if (request_.status != 0 && (request_.status < 200 || request_.status > 599))
      return LeaveOut("no status from 200 to 599");
    ++recording_.requests;
    recording_.has_sizes |= request_.response_bytes >= 0;
    SampleOf(route_template_.RouteOf(request_.method, request_.target)).Add(AnswerOf(request_));
  }

  void LeaveOut(const char* reason) { ++recording_.left_out[reason]; }

  AnswerSample& SampleOf(std::string_view route) {
    name_.assign(samples_.size() < kMostNames || samples_.contains(std::string(route))
                     ? route
                     : logs::RouteTemplate::kOther);
    return samples_.try_emplace(name_, seed_, name_).first->second;
  }

  const logs::LogOptions& options_;
  logs::RouteTemplate route_template_;
  std::uint64_t seed_;
  std::unordered_map<std::string, AnswerSample> samples_;
  std::string name_;
  logs::LoggedRequest request_;
  LogRecording recording_;
};

std::string Reasons(const std::map<std::string, std::uint64_t>& left_out) {
  std::string reasons;
  for (const auto& [reason, count] : left_out)
    reasons += (reasons.empty() ? ": " : ", ") + std::to_string(count) + " " + reason;
  return reasons;
}

}  // namespace

Result<LogRecording> RecordLogs(const logs::LogOptions& options, std::uint64_t seed) {
  std::vector<logs::NamingRule> rules;
  for (const std::string& text : options.classifier.route_rules) {
    LC_TRY(logs::NamingRule rule, logs::NamingRule::Parse("--route", text));
    rules.push_back(std::move(rule));
  }
  logs::FormatOptions formats = options.formats;
  formats.wanted = {.target = true, .response_bytes = true};
  LC_TRY(std::vector<logs::LogInput> inputs, logs::OpenLogs(options, formats));
  std::vector<logs::NamedTally> tallies;
  for (const logs::LogInput& input : inputs) tallies.push_back({input.name, {}});
  logs::LineChunks chunks(inputs, options.chunk_bytes);
  Recorder recorder(options, rules, seed);
  logs::LineChunk chunk;
  for (;;) {
    if (options.stop.stop_requested())
      return Fail(ErrorCode::kCancelled, "reading logs was interrupted");
    LC_TRY(const bool has_chunk, chunks.Next(chunk));
    if (!has_chunk) break;
    LC_TRY_VOID(chunk.Fill());
    recorder.Read(chunk, *inputs[chunk.input].format.parser, tallies[chunk.input].lines);
  }
  LC_TRY_VOID(logs::CheckLines(tallies, options.max_bad));
  LogRecording recording = recorder.Finish(std::move(rules));
  if (recording.requests == 0)
    return Fail(ErrorCode::kInvalidArgument,
                "the log has no answer to record" + Reasons(recording.left_out));
  return recording;
}

}  // namespace loadcurve::mock
