#include "adapters/replay/http1_dialogue.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <utility>

#include "adapters/replay/request_text.h"

namespace loadcurve::replay {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr std::size_t kMostBuffered = 256 * 1024;
constexpr int kSwitchingProtocols = 101;
constexpr int kFirstFinalStatus = 200;

}  // namespace

Http1Dialogue::Http1Dialogue(std::string host) : host_(std::move(host)), incoming_(kMostBuffered) {}

void Http1Dialogue::Ask(const Job& job, const ReplayRequest& request) {
  job_ = job;
  request_ = &request;
  is_busy_ = is_unsent_ = true;
  outgoing_.clear();
  AppendRequestText(request, host_, outgoing_);
  BeginAnswer();
}

void Http1Dialogue::BeginAnswer() {
  parser_.emplace();
  if (request_->method == "HEAD") parser_->skip(true);
}

std::string_view Http1Dialogue::TakeOutgoing() {
  if (!std::exchange(is_unsent_, false)) return {};
  is_writing_ = true;
  return outgoing_;
}

void Http1Dialogue::OnBytes(std::string_view bytes) {
  // Where nothing was asked, it is about to be closed, or broken.
  if (!is_busy_) return EndAll(Failure::kMalformed);
  if (incoming_.size() + bytes.size() > kMostBuffered) return EndAll(Failure::kMalformed);
  incoming_.commit(
      asio::buffer_copy(incoming_.prepare(bytes.size()), asio::buffer(bytes.data(), bytes.size())));
  Parse();
}

void Http1Dialogue::Parse() {
  while (incoming_.size() > 0 && is_busy_) {
    boost::system::error_code error;
    const std::size_t used = parser_->put(incoming_.cdata(), error);
    incoming_.consume(used);
    if (error == http::error::need_more) return;
    if (error) return EndAll(Failure::kMalformed);
    if (!parser_->is_done()) continue;
    if (parser_->status() >= kFirstFinalStatus || parser_->status() == kSwitchingProtocols)
      return Finish();
    BeginAnswer();  // 100 Continue and kin: the answer follows
  }
}

void Http1Dialogue::Finish() {
  const bool is_kept = parser_->keep_alive() && !is_unsent_ && !is_writing_ &&
                       incoming_.size() == 0 && parser_->status() != kSwitchingProtocols;
  ++answers_;
  if (!is_kept) is_over_ = true;
  End({.job = job_, .kind = JobEnd::Kind::kAnswered, .status = parser_->status()});
}

void Http1Dialogue::OnEnd(bool is_reset) {
  is_over_ = true;
  if (!is_busy_) return;
  const bool has_begun = parser_->got_some() || incoming_.size() > 0;
  if (has_begun && !is_reset) {
    boost::system::error_code failure;
    parser_->put_eof(failure);
    if (!failure && parser_->is_done()) return Finish();
  }
  if (!has_begun && answers_ > 0 && !job_.is_resent && IsSafeMethod(request_->method))
    return End({.job = job_, .kind = JobEnd::Kind::kResend});
  EndAll(is_reset ? Failure::kReset : Failure::kCutOff);
}

void Http1Dialogue::GiveUp(Duration due) {
  if (DueBefore(due) > 0) EndAll(Failure::kTimeout);
}

void Http1Dialogue::EndAll(Failure failure) {
  is_over_ = true;
  why_over_ = failure;
  if (is_busy_) End({.job = job_, .failure = failure});
}

void Http1Dialogue::End(const JobEnd& end) {
  is_busy_ = false;
  ended_.push_back(end);
}

}  // namespace loadcurve::replay
