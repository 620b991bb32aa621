#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "adapters/replay/connection.h"
#include "adapters/replay/load_generator.h"

// How a LoadGenerator works inside, for its own sources only.
namespace loadcurve::replay {

// One thread's share of a load: every so-many-th request, over connections of its own.
class LoadWorker final : private ConnectionOwner {
 public:
  struct Share {
    std::uint64_t number = 0;
    std::uint64_t of = 1;
  };

  LoadWorker(std::span<const Target> targets, std::shared_ptr<const RequestSet> requests,
             const LoadOptions& options, Share share, boost::asio::ssl::context* tls,
             const Clock& clock, Duration start);

  // Works until it is stopped; for a thread of its own.
  void Run();

  // From any thread.
  void SetRate(double rate);
  void SetMix(std::vector<double> shares);
  void Stop(Duration grace);
  bool has_ended() const { return has_ended_.load(); }
  // Exchanges what was counted for `empty`.
  void Exchange(LoadInterval& empty);

 private:
  struct Pool {
    const Target* target = nullptr;
    std::vector<std::shared_ptr<Connection>> all;
    std::vector<std::shared_ptr<Connection>> open;  // took more requests when last looked at
    std::deque<Job> waiting;                        // by when they were due
    std::size_t usual_capacity = 1;                 // of a connection
  };

  Duration Now() const override { return clock_.MonotonicNow(); }
  void OnAnswer(Connection& connection, const Job& job, int status) override;
  void OnFailure(Connection& connection, const Job& job, Failure failure) override;
  void OnResend(Connection& connection, const Job& job) override;
  void OnUnsent(Connection& connection, const Job& job) override;
  void OnRoom(Connection& connection) override;
  void OnClosed(Connection& connection) override;

  void Arm();
  void Dispatch();
  void Assign(std::size_t pool, const Job& job);
  bool TrySend(std::size_t pool, const Job& job);
  Connection* WithRoom(Pool& pool);
  Connection& Open(std::size_t pool);
  void List(Connection& connection);
  void NoteCapacity(const Connection& connection);
  void SendWaiting(std::size_t pool);
  void Remove(Connection& connection);
  void Sweep();
  void CountFailure(std::size_t pool, const Job& job, Failure failure);
  void CountServed(std::size_t pool, const Job& job, Duration now, RequestClass request_class);
  void NoteInFlight(std::int64_t change, Duration now);
  void EndIfDone();
  void FailAll();
  const ReplayRequest& RequestOf(const Job& job) const { return requests_->requests[job.request]; }

  std::vector<Target> targets_;
  std::shared_ptr<const RequestSet> requests_;
  LoadOptions options_;
  Share share_;
  boost::asio::ssl::context* tls_;
  const Clock& clock_;
  Duration start_;
  TimePoint wall_start_;
  std::size_t most_connections_;

  ArrivalSequence arrivals_;
  Pace pace_;
  DueRequest next_;
  std::uint64_t left_ = UINT64_MAX;  // to be scheduled
  std::uint64_t next_pool_;
  std::uint64_t in_flight_ = 0;
  std::uint64_t waiting_ = 0;
  Duration in_flight_since_;
  bool is_stopping_ = false;
  std::atomic<bool> has_ended_{false};

  boost::asio::io_context io_{1};
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer sweep_;
  boost::asio::steady_timer grace_;
  std::vector<Pool> pools_;

  std::mutex mutex_;  // of counted_
  LoadInterval counted_;
};

}  // namespace loadcurve::replay
