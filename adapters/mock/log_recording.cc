#include "adapters/mock/log_recording.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "adapters/logs/request_stream.h"
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
  Recorder(std::size_t max_routes, std::vector<logs::NamingRule> rules, std::uint64_t seed)
      : max_routes_(max_routes), route_template_(std::move(rules)), seed_(seed) {}

  void Add(const logs::LoggedRequest& request) {
    if (request.is_upgrade) return LeaveOut("upgrade of the connection");
    if (request.target_is_route) return LeaveOut("an operation's name and no path");
    if (request.status != 0 && (request.status < 200 || request.status > 599))
      return LeaveOut("no status from 200 to 599");
    ++recording_.requests;
    recording_.has_sizes |= request.response_bytes >= 0;
    SampleOf(route_template_.RouteOf(request.method, request.target)).Add(AnswerOf(request));
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
      const bool is_kept = i < max_routes_ && routes[i].first != logs::RouteTemplate::kOther;
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
  void LeaveOut(const char* reason) { ++recording_.left_out[reason]; }

  AnswerSample& SampleOf(std::string_view route) {
    name_.assign(samples_.size() < kMostNames || samples_.contains(std::string(route))
                     ? route
                     : logs::RouteTemplate::kOther);
    return samples_.try_emplace(name_, seed_, name_).first->second;
  }

  std::size_t max_routes_;
  logs::RouteTemplate route_template_;
  std::uint64_t seed_;
  std::unordered_map<std::string, AnswerSample> samples_;
  std::string name_;
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
  LC_TRY(std::vector<logs::NamingRule> rules,
         logs::NamingRule::ParseAll("--route", options.classifier.route_rules));
  Recorder recorder(options.max_routes, rules, seed);
  LC_TRY_VOID(logs::ForEachRequest(
      options, {.target = true, .response_bytes = true},
      [&](const logs::LoggedRequest& request, TimePoint) { recorder.Add(request); }));
  LogRecording recording = recorder.Finish(std::move(rules));
  if (recording.requests == 0)
    return Fail(ErrorCode::kInvalidArgument,
                "the log has no answer to record" + Reasons(recording.left_out));
  return recording;
}

}  // namespace loadcurve::mock
