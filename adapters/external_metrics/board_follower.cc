#include "adapters/external_metrics/board_follower.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/external_metrics/board_feed.h"
#include "adapters/http/percent_code.h"

namespace loadcurve::external_metrics {
namespace {

constexpr Duration kPatience = std::chrono::seconds(5);

// The message of a Status, or else what there is.
std::string MessageOf(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_object() && json.contains("message") && json["message"].is_string())
    return json["message"].get<std::string>();
  return body.substr(0, 200);
}

}  // namespace

Result<BoardAnswer> BoardFollower::Ask(http::HttpTransport& leader, const std::string& base_url) {
  asked_at_ = clock_.MonotonicNow();
  const std::string url = base_url + std::string(kBoardPath) +
                          (tag_.empty() ? "" : "?after=" + http::PercentEncoded(tag_));
  LC_TRY(const http::HttpResponse response, leader.Send({.url = url}, kPatience));
  if (response.status == 200) return ParseBoardAnswer(response.body);
  return Fail(ErrorCode::kUnavailable, "the leader answered " + std::to_string(response.status) +
                                           ": " + MessageOf(response.body));
}

Result<Duration> BoardFollower::Use(const BoardAnswer& answer) {
  tag_.clear();
  for (const BoardFrame& frame : answer.frames) LC_TRY_VOID(board_.Apply(frame));
  tag_ = answer.tag;
  return asked_at_ - answer.age;
}

}  // namespace loadcurve::external_metrics
