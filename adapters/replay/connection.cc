#include "adapters/replay/connection.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include "adapters/replay/http1_dialogue.h"
#include "adapters/replay/http2_dialogue.h"

namespace loadcurve::replay {
namespace {

namespace asio = boost::asio;

Failure ConnectFailure(boost::system::error_code error) {
  if (error == asio::error::connection_refused) return Failure::kRefused;
  if (error == asio::error::timed_out) return Failure::kConnectTimeout;
  if (error == asio::error::no_descriptors || error == asio::error::no_memory ||
      error == boost::system::errc::too_many_files_open_in_system ||
      error == boost::system::errc::address_not_available)
    return Failure::kNoConnection;
  if (error == asio::error::connection_reset) return Failure::kReset;
  return Failure::kUnreachable;
}

bool IsReset(boost::system::error_code error) {
  return error == asio::error::connection_reset || error == asio::error::broken_pipe;
}

std::unique_ptr<Dialogue> MakeDialogue(bool is_http2, const Target& target,
                                       const ConnectionForm& form) {
  if (!is_http2) return std::make_unique<Http1Dialogue>(target.host_header);
  return std::make_unique<Http2Dialogue>(
      Http2Dialogue::Options{.authority = target.host_header,
                             .scheme = target.is_tls ? "https" : "http",
                             .max_streams = form.max_streams});
}

}  // namespace

Connection::Connection(asio::io_context& io, ConnectionOwner& owner, const Target& target,
                       const ConnectionForm& form)
    : target_(target), io_(io), owner_(owner), form_(form) {}

std::size_t Connection::capacity() const {
  return dialogue_ != nullptr && dialogue_->is_ready() ? dialogue_->capacity()
                                                       : form_.expected_capacity;
}

std::size_t Connection::room() const {
  if (state_ == State::kClosed) return 0;
  if (dialogue_ != nullptr && dialogue_->is_ready()) return dialogue_->room();
  return form_.expected_capacity - std::min(form_.expected_capacity, waiting_.size());
}

std::size_t Connection::DueBefore(Duration due) const {
  std::size_t count = dialogue_ != nullptr ? dialogue_->DueBefore(due) : 0;
  for (const Waiting& waiting : waiting_) count += waiting.job.due < due ? 1 : 0;
  return count;
}

void Connection::Begin() {
  StartConnect({asio::ip::make_address(target_.address), target_.port});
}

void Connection::Send(const Job& job, const ReplayRequest& request) {
  if (dialogue_ == nullptr || !dialogue_->is_ready()) return waiting_.push_back({job, &request});
  dialogue_->Ask(job, request);
  if (dialogue_->is_multiplexed()) return WriteSoon();
  Write();
}

void Connection::OnConnect(ErrorCodeOf error) {
  if (state_ == State::kClosed) return;
  if (error) return End(ConnectFailure(error));
  state_ = State::kHandshaking;
  if (!target_.is_tls) OnHandshake({});
}

void Connection::OnHandshake(ErrorCodeOf error) {
  if (state_ == State::kClosed) return;
  if (error == asio::error::connection_reset) return End(Failure::kReset);
  const bool is_wanted = form_.http == HttpVersion::kHttp2;
  const bool is_http2 = target_.is_tls ? has_chosen_http2() : is_wanted;
  if (error || (is_wanted && !is_http2)) return End(Failure::kTls);
  state_ = State::kOpen;
  dialogue_ = MakeDialogue(is_http2, target_, form_);
  Settle();
  if (state_ != State::kClosed) Read();
}

void Connection::Read() {
  StartRead(asio::buffer(incoming_));
}

void Connection::OnRead(ErrorCodeOf error, std::size_t size) {
  if (state_ == State::kClosed) return;
  if (size > 0) dialogue_->OnBytes({incoming_.data(), size});
  if (error && !dialogue_->IsOver()) dialogue_->OnEnd(IsReset(error));
  Settle();
  if (state_ != State::kClosed) Read();
}

void Connection::Write() {
  while (!is_writing_ && !is_write_broken_) {
    const std::string_view bytes = dialogue_->TakeOutgoing();
    if (bytes.empty()) return;
    is_writing_ = !StartWrite(bytes);
    if (!is_writing_) dialogue_->OnWritten();
  }
}

// Where writing fails, reading will tell: an answer may have come before (413, say).
void Connection::OnWrite(ErrorCodeOf error) {
  is_writing_ = false;
  if (state_ == State::kClosed) return;
  is_write_broken_ = is_write_broken_ || error;
  dialogue_->OnWritten();
  Settle();
}

// What is asked in one go is written in one go.
void Connection::WriteSoon() {
  if (std::exchange(is_write_due_, true)) return;
  asio::post(io_, [self = shared_from_this()] {
    self->is_write_due_ = false;
    if (!self->is_closed()) self->Settle();
  });
}

// Asks what has waited, and gives back what there is no room for, unless there is none at all:
// what is given back has another one to thank for it, so this comes to an end.
void Connection::AskWaiting() {
  if (waiting_.empty() || !dialogue_->is_ready() || dialogue_->room() == 0) return;
  std::vector<Waiting> waiting;
  waiting.swap(waiting_);
  for (const Waiting& one : waiting) {
    if (dialogue_->room() > 0)
      dialogue_->Ask(one.job, *one.request);
    else
      owner_.OnUnsent(*this, one.job);
  }
}

void Connection::FailWaiting(Duration due, Failure failure) {
  const auto late = std::stable_partition(waiting_.begin(), waiting_.end(),
                                          [&](const Waiting& one) { return one.job.due >= due; });
  const std::vector<Waiting> failed(late, waiting_.end());
  waiting_.erase(late, waiting_.end());
  for (const Waiting& one : failed) owner_.OnFailure(*this, one.job, failure);
}

// Says what there is to say, tells the owner what has ended, and closes where all is over.
void Connection::Settle() {
  AskWaiting();
  Write();
  const bool is_over = dialogue_->IsOver();
  Report();
  if (is_over) {
    FailWaiting(Duration::max(), dialogue_->why_over());
    return Close();
  }
  if (room() > 0) owner_.OnRoom(*this);
}

void Connection::Report() {
  told_.swap(dialogue_->ended());
  for (const JobEnd& end : told_) {
    switch (end.kind) {
      case JobEnd::Kind::kAnswered:
        owner_.OnAnswer(*this, end.job, end.status);
        break;
      case JobEnd::Kind::kFailed:
        owner_.OnFailure(*this, end.job, end.failure);
        break;
      case JobEnd::Kind::kResend:
        owner_.OnResend(*this, end.job);
        break;
    }
  }
  told_.clear();
}

void Connection::GiveUp(Duration due) {
  if (state_ == State::kClosed) return;
  const std::size_t waited = waiting_.size();
  FailWaiting(due, state_ == State::kOpen ? Failure::kTimeout : Failure::kConnectTimeout);
  if (dialogue_ != nullptr && dialogue_->is_ready()) {
    dialogue_->GiveUp(due);
    Settle();
  } else if (waiting_.size() < waited) {
    Close();  // another one may do better
  }
}

void Connection::End(Failure failure) {
  if (state_ == State::kClosed) return;
  if (dialogue_ != nullptr) {
    dialogue_->EndAll(failure);
    Report();
  }
  FailWaiting(Duration::max(), failure);
  Close();
}

void Connection::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  CloseSocket();
  std::vector<Waiting> waiting;
  waiting.swap(waiting_);
  for (const Waiting& one : waiting) owner_.OnUnsent(*this, one.job);
  owner_.OnClosed(*this);
}

}  // namespace loadcurve::replay
