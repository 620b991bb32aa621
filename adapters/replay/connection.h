#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/replay/answer_parser.h"
#include "adapters/replay/load_interval.h"
#include "adapters/replay/request_text.h"
#include "adapters/replay/target.h"

namespace boost::asio::ssl {
class context;
}

// How a LoadGenerator works inside, for its own sources only.
namespace loadcurve::replay {

// A request under way.
struct Job {
  Duration due{0};
  Duration sent{0};  // when it was handed to a connection
  std::uint32_t request = 0;
  bool is_resent = false;
};

class Connection;

// SEAM. Who gives a connection its work. Called on the thread of the connection.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  virtual Duration Now() const = 0;
  // The whole answer is here; the connection is idle, or closed where it may not be kept.
  virtual void OnAnswer(Connection& connection, const Job& job, int status) = 0;
  // There will be none; the connection is closed.
  virtual void OnFailure(Connection& connection, const Job& job, Failure failure) = 0;
  // A kept connection was closed before a byte of the answer came; nothing was counted.
  virtual void OnStale(Connection& connection, const Job& job) = 0;
  // An idle connection was closed by the other side.
  virtual void OnIdleClosed(Connection& connection) = 0;
};

// One connection to a target, with one request at a time. Kept alive by the operations that it
// waits for. Lives on one thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // Plain, or over TLS where `tls` is given. Owner, target and `tls` outlive its operations.
  static std::shared_ptr<Connection> Make(boost::asio::io_context& io, ConnectionOwner& owner,
                                          const Target& target, boost::asio::ssl::context* tls);
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Connects, then sends. Call once, first.
  void Begin(const Job& job, const ReplayRequest& request);
  // Sends on an idle connection.
  void Send(const Job& job, const ReplayRequest& request);
  // Fails what is under way for being too slow.
  void GiveUp();
  void Close();

  bool is_closed() const { return state_ == State::kClosed; }
  bool is_idle() const { return state_ == State::kIdle; }
  const Job& job() const { return job_; }

  // Where its owner keeps it.
  std::size_t pool = 0;
  std::size_t place = 0;

 protected:
  using ErrorCodeOf = boost::system::error_code;

  Connection(ConnectionOwner& owner, const Target& target);

  // Each reports to the On... of its name, never before it returns, but for StartWrite, which
  // returns true where all was written at once.
  virtual void StartConnect(const boost::asio::ip::tcp::endpoint& endpoint) = 0;
  virtual bool StartWrite(std::string_view bytes) = 0;
  virtual void StartRead(boost::asio::mutable_buffer into) = 0;
  virtual void CloseSocket() = 0;

  void OnConnect(ErrorCodeOf error);
  void OnHandshake(ErrorCodeOf error);
  void OnWrite(ErrorCodeOf error);
  void OnRead(ErrorCodeOf error, std::size_t size);

  const Target& target_;

 private:
  enum class State { kConnecting, kHandshaking, kBusy, kIdle, kClosed };

  void Read();
  void Write();
  void Parse();
  void Finish();
  void OnEnd(ErrorCodeOf error);
  void Fail(Failure failure);

  ConnectionOwner& owner_;
  State state_ = State::kConnecting;
  Job job_;
  std::string method_;
  bool is_writing_ = false;
  std::size_t answers_ = 0;
  std::string outgoing_;
  boost::beast::flat_buffer incoming_;
  std::optional<AnswerParser> parser_;
};

}  // namespace loadcurve::replay
