#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "adapters/replay/dialogue.h"
#include "adapters/replay/http_version.h"
#include "adapters/replay/target.h"

namespace boost::asio::ssl {
class context;
}

// How a LoadGenerator works inside, for its own sources only.
namespace loadcurve::replay {

class Connection;

// SEAM. Who gives a connection its work. Called on the thread of the connection.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  virtual Duration Now() const = 0;
  // The whole answer is here.
  virtual void OnAnswer(Connection& connection, const Job& job, int status) = 0;
  // There will be none.
  virtual void OnFailure(Connection& connection, const Job& job, Failure failure) = 0;
  // The target had not begun to answer; nothing was counted.
  virtual void OnResend(Connection& connection, const Job& job) = 0;
  // Given back before it was sent: the target takes fewer at once than was expected.
  virtual void OnUnsent(Connection& connection, const Job& job) = 0;
  // It takes more requests.
  virtual void OnRoom(Connection& connection) = 0;
  // It is closed, and all that was under way was reported.
  virtual void OnClosed(Connection& connection) = 0;
};

// What a connection is made for.
struct ConnectionForm {
  HttpVersion http = HttpVersion::kHttp1;
  std::size_t max_streams = SIZE_MAX;  // HTTP/2: requests at once, whatever the target allows
  std::size_t expected_capacity = 1;   // as long as what the target allows is not known
};

// One connection to a target, whatever is spoken over it. It takes requests from the start: they
// wait until they can be asked. Kept alive by the operations that it waits for. Lives on one
// thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // Plain, or over TLS where `tls` is given. All that it is given outlives its operations.
  static std::shared_ptr<Connection> Make(boost::asio::io_context& io, ConnectionOwner& owner,
                                          const Target& target, boost::asio::ssl::context* tls,
                                          const ConnectionForm& form);
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Connects. Call once, first.
  void Begin();
  // REQUIRES room() > 0. The request outlives the connection.
  void Send(const Job& job, const ReplayRequest& request);
  // Fails what was due before then for being too slow.
  void GiveUp(Duration due);
  // Fails all that is under way, and closes.
  void End(Failure failure);

  bool is_closed() const { return state_ == State::kClosed; }
  // It speaks HTTP/2, as is known once it is connected.
  bool is_multiplexed() const { return dialogue_ != nullptr && dialogue_->is_multiplexed(); }
  // Requests at once, as far as is known, and how many more it takes now.
  std::size_t capacity() const;
  std::size_t room() const;
  // Under way and due before then.
  std::size_t DueBefore(Duration due) const;

  // Where its owner keeps it.
  std::size_t pool = 0;
  std::size_t place = 0;
  bool is_listed = false;

 protected:
  using ErrorCodeOf = boost::system::error_code;

  Connection(boost::asio::io_context& io, ConnectionOwner& owner, const Target& target,
             const ConnectionForm& form);

  // Each reports to the On... of its name, never before it returns, but for StartWrite, which
  // returns true where all was written at once.
  virtual void StartConnect(const boost::asio::ip::tcp::endpoint& endpoint) = 0;
  virtual bool StartWrite(std::string_view bytes) = 0;
  virtual void StartRead(boost::asio::mutable_buffer into) = 0;
  virtual void CloseSocket() = 0;
  // The handshake of TLS chose HTTP/2.
  virtual bool has_chosen_http2() const { return false; }

  void OnConnect(ErrorCodeOf error);
  void OnHandshake(ErrorCodeOf error);
  void OnWrite(ErrorCodeOf error);
  void OnRead(ErrorCodeOf error, std::size_t size);

  const Target& target_;

 private:
  enum class State { kConnecting, kHandshaking, kOpen, kClosed };
  struct Waiting {
    Job job;
    const ReplayRequest* request = nullptr;
  };
  static constexpr std::size_t kReadBytes = 16 * 1024;

  void Read();
  void Write();
  void WriteSoon();
  void AskWaiting();
  void FailWaiting(Duration due, Failure failure);
  void Settle();
  void Report();
  void Close();

  boost::asio::io_context& io_;
  ConnectionOwner& owner_;
  ConnectionForm form_;
  State state_ = State::kConnecting;
  std::vector<Waiting> waiting_;  // for the dialogue to be ready
  std::unique_ptr<Dialogue> dialogue_;
  std::vector<JobEnd> told_;
  bool is_writing_ = false;
  bool is_write_due_ = false;
  bool is_write_broken_ = false;
  std::array<char, kReadBytes> incoming_;
};

}  // namespace loadcurve::replay
