#include "adapters/replay/connection.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>

namespace loadcurve::replay {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr std::size_t kReadBytes = 16 * 1024;
constexpr std::size_t kMostBuffered = 256 * 1024;
constexpr int kSwitchingProtocols = 101;
constexpr int kFirstFinalStatus = 200;

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

}  // namespace

Connection::Connection(ConnectionOwner& owner, const Target& target)
    : target_(target), owner_(owner), incoming_(kMostBuffered) {}

void Connection::Begin(const Job& job, const ReplayRequest& request) {
  job_ = job;
  method_ = request.method;
  AppendRequestText(request, target_.host_header, outgoing_);
  StartConnect({asio::ip::make_address(target_.address), target_.port});
}

void Connection::Send(const Job& job, const ReplayRequest& request) {
  job_ = job;
  method_ = request.method;
  outgoing_.clear();
  AppendRequestText(request, target_.host_header, outgoing_);
  Write();
}

void Connection::OnConnect(ErrorCodeOf error) {
  if (state_ == State::kClosed) return;
  if (error) return Fail(ConnectFailure(error));
  state_ = State::kHandshaking;
  if (!target_.is_tls) OnHandshake({});
}

void Connection::OnHandshake(ErrorCodeOf error) {
  if (state_ == State::kClosed) return;
  if (error == asio::error::connection_reset) return Fail(Failure::kReset);
  if (error) return Fail(Failure::kTls);
  Write();
  Read();
}

void Connection::Write() {
  state_ = State::kBusy;
  parser_.emplace();
  if (method_ == "HEAD") parser_->skip(true);
  is_writing_ = !StartWrite(outgoing_);
}

// Where writing fails, reading will tell: an answer may have come before (413, say).
void Connection::OnWrite(ErrorCodeOf) {
  is_writing_ = false;
}

void Connection::Read() {
  StartRead(incoming_.prepare(std::min(kReadBytes, kMostBuffered - incoming_.size())));
}

void Connection::OnRead(ErrorCodeOf error, std::size_t size) {
  if (state_ == State::kClosed) return;
  incoming_.commit(size);
  if (state_ == State::kIdle) {  // nothing was asked: it is about to be closed, or broken
    Close();
    return owner_.OnIdleClosed(*this);
  }
  if (size > 0) Parse();
  if (state_ == State::kClosed) return;
  if (!error) return Read();
  if (state_ == State::kBusy) return OnEnd(error);
  Close();
  owner_.OnIdleClosed(*this);
}

void Connection::Parse() {
  while (incoming_.size() > 0 && state_ == State::kBusy) {
    ErrorCodeOf error;
    const std::size_t used = parser_->put(incoming_.cdata(), error);
    incoming_.consume(used);
    if (error == http::error::need_more) {
      if (incoming_.size() >= kMostBuffered) Fail(Failure::kMalformed);
      return;
    }
    if (error) return Fail(Failure::kMalformed);
    if (!parser_->is_done()) continue;
    if (parser_->status() >= kFirstFinalStatus || parser_->status() == kSwitchingProtocols)
      return Finish();
    parser_.emplace();  // 100 Continue and kin: the answer follows
    if (method_ == "HEAD") parser_->skip(true);
  }
}

void Connection::Finish() {
  const bool is_kept = parser_->keep_alive() && !is_writing_ && incoming_.size() == 0 &&
                       parser_->status() != kSwitchingProtocols;
  ++answers_;
  state_ = State::kIdle;
  if (!is_kept) Close();
  const Job answered = job_;  // the owner may give the next at once
  owner_.OnAnswer(*this, answered, parser_->status());
}

// The other side has closed.
void Connection::OnEnd(ErrorCodeOf error) {
  const bool has_begun = parser_->got_some() || incoming_.size() > 0;
  if (has_begun && error != asio::error::connection_reset) {
    ErrorCodeOf failure;
    parser_->put_eof(failure);
    if (!failure && parser_->is_done()) {
      Close();
      return owner_.OnAnswer(*this, job_, parser_->status());
    }
  }
  if (!has_begun && answers_ > 0 && !job_.is_resent && IsSafeMethod(method_)) {
    Close();
    return owner_.OnStale(*this, job_);
  }
  Fail(error == asio::error::connection_reset || error == asio::error::broken_pipe
           ? Failure::kReset
           : Failure::kCutOff);
}

void Connection::GiveUp() {
  const bool is_connected = state_ == State::kBusy;
  Fail(is_connected ? Failure::kTimeout : Failure::kConnectTimeout);
}

void Connection::Fail(Failure failure) {
  Close();
  owner_.OnFailure(*this, job_, failure);
}

void Connection::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  CloseSocket();
}

}  // namespace loadcurve::replay
