#include "adapters/replay/load_worker.h"

#include <sys/prctl.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/check.h"

namespace loadcurve::replay {
namespace {

namespace asio = boost::asio;

constexpr Duration kSweepInterval = std::chrono::milliseconds(10);
// Dispatched at once; then answers get their turn.
constexpr int kMostAtOnce = 64;
constexpr int kFirstServerError = 500;

asio::steady_timer::time_point At(Duration monotonic) {
  constexpr Duration kFarthest = std::chrono::hours(24 * 365 * 100);
  return asio::steady_timer::time_point(std::min(monotonic, kFarthest));
}

RequestCounts EmptyCounts(const LoadOptions& options) {
  return RequestCounts::Make(options.bounds, options.step).value();
}

// What the first connection to a target is taken to allow: that HTTP/2 allows fewer than 100 at
// once is unusual (RFC 9113, 6.5.2).
std::size_t FirstCapacity(const Target& target, const LoadOptions& options) {
  const bool may_be_http2 = options.http == HttpVersion::kHttp2 ||
                            (options.http == HttpVersion::kNegotiated && target.is_tls);
  return may_be_http2 ? std::min<std::size_t>(100, options.max_streams) : 1;
}

std::uint64_t PartOf(std::uint64_t limit, LoadWorker::Share share) {
  return limit / share.of + (limit % share.of > share.number ? 1 : 0);
}

}  // namespace

LoadWorker::LoadWorker(std::span<const Target> targets, std::shared_ptr<const RequestSet> requests,
                       const LoadOptions& options, Share share, asio::ssl::context* tls,
                       const Clock& clock, Duration start)
    : targets_(targets.begin(), targets.end()),
      requests_(std::move(requests)),
      options_(options),
      share_(share),
      tls_(tls),
      clock_(clock),
      start_(start),
      wall_start_(clock.Now()),
      most_connections_(std::max<std::size_t>(1, options.max_connections / share.of)),
      arrivals_(requests_, options.arrivals, options.seed, {share.number, share.of}),
      pace_(options.rate, start),
      next_(arrivals_.Next()),
      next_pool_(share.number),
      in_flight_since_(start),
      timer_(io_),
      sweep_(io_),
      grace_(io_),
      pools_(targets.size()),
      counted_(EmptyCounts(options)) {
  if (options.limit) left_ = PartOf(*options.limit, share);
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    pools_[i].target = &targets_[i];
    pools_[i].usual_capacity = FirstCapacity(targets_[i], options);
  }
  counted_.targets.resize(targets_.size());
  counted_.routes.resize(requests_->routes.size());
  counted_.latency_counts.resize(options.bounds.bucket_count());
}

void LoadWorker::Run() {
  prctl(PR_SET_TIMERSLACK, 1);  // nanosecond; the kernel's own 50 us would be our error
  Arm();
  Sweep();
  io_.run();
  FailAll();
  has_ended_ = true;
}

void LoadWorker::SetRate(double rate) {
  asio::post(io_, [this, rate] {
    pace_.SetRate(rate, Now());
    Arm();
  });
}

void LoadWorker::SetMix(std::vector<double> shares) {
  asio::post(io_, [this, shares = std::move(shares)] { arrivals_.SetMix(shares); });
}

void LoadWorker::Stop(Duration grace) {
  asio::post(io_, [this, grace] {
    is_stopping_ = true;
    timer_.cancel();
    grace_.expires_after(grace);
    grace_.async_wait([this](boost::system::error_code error) {
      if (!error) io_.stop();
    });
    EndIfDone();
  });
}

void LoadWorker::Exchange(LoadInterval& empty) {
  const std::lock_guard lock(mutex_);
  const Duration now = Now();
  counted_.in_flight_seconds += static_cast<double>(in_flight_) * Seconds(now - in_flight_since_);
  in_flight_since_ = now;
  counted_.in_flight = in_flight_;
  counted_.waiting = waiting_;
  std::swap(counted_, empty);
}

// Called with the mutex held.
void LoadWorker::NoteInFlight(std::int64_t change, Duration now) {
  counted_.in_flight_seconds += static_cast<double>(in_flight_) * Seconds(now - in_flight_since_);
  in_flight_since_ = now;
  in_flight_ = static_cast<std::uint64_t>(static_cast<std::int64_t>(in_flight_) + change);
}

void LoadWorker::Arm() {
  if (is_stopping_ || left_ == 0) return EndIfDone();
  const Duration due = pace_.RealTimeOf(next_.at);
  timer_.expires_at(At(due));
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error && !is_stopping_) Dispatch();
  });
}

void LoadWorker::Dispatch() {
  for (int i = 0; i < kMostAtOnce && left_ > 0; ++i) {
    const Duration due = pace_.RealTimeOf(next_.at);
    const Duration now = Now();
    if (due > now) break;
    const std::size_t pool = next_pool_ % pools_.size();
    next_pool_ += 1;
    const Job job{.due = due, .request = next_.request};
    {
      const std::lock_guard lock(mutex_);
      ++counted_.targets[pool].scheduled;
      ++counted_.routes[RequestOf(job).route].scheduled;
      counted_.schedule_error.Record(now - due);
      NoteInFlight(1, now);
    }
    next_ = arrivals_.Next();
    --left_;
    Assign(pool, job);
  }
  Arm();
}

void LoadWorker::Assign(std::size_t at, const Job& job) {
  if (TrySend(at, job)) return;
  auto& waiting = pools_[at].waiting;
  const auto later = [](Duration due, const Job& other) { return due < other.due; };
  waiting.insert(std::upper_bound(waiting.begin(), waiting.end(), job.due, later), job);
  const std::lock_guard lock(mutex_);
  ++waiting_;
}

bool LoadWorker::TrySend(std::size_t at, const Job& job) {
  Pool& pool = pools_[at];
  Connection* connection = WithRoom(pool);
  if (connection == nullptr && pool.all.size() < most_connections_) connection = &Open(at);
  if (connection == nullptr) return false;
  Job sent = job;
  sent.sent = Now();
  sent.was_sent = true;
  connection->Send(sent, RequestOf(job));
  const std::lock_guard lock(mutex_);
  if (!job.was_sent) ++counted_.targets[at].sent;
  return true;
}

Connection* LoadWorker::WithRoom(Pool& pool) {
  while (!pool.open.empty()) {
    Connection& last = *pool.open.back();
    if (last.room() > 0) return &last;
    last.is_listed = false;
    pool.open.pop_back();
  }
  return nullptr;
}

Connection& LoadWorker::Open(std::size_t at) {
  Pool& pool = pools_[at];
  const auto connection =
      Connection::Make(io_, *this, *pool.target, pool.target->is_tls ? tls_ : nullptr,
                       {.http = options_.http,
                        .max_streams = options_.max_streams,
                        .expected_capacity = pool.usual_capacity});
  connection->pool = at;
  connection->place = pool.all.size();
  pool.all.push_back(connection);
  List(*connection);
  connection->Begin();
  const std::lock_guard lock(mutex_);
  ++counted_.targets[at].connections;
  return *connection;
}

void LoadWorker::List(Connection& connection) {
  if (std::exchange(connection.is_listed, true)) return;
  pools_[connection.pool].open.push_back(connection.shared_from_this());
}

void LoadWorker::SendWaiting(std::size_t at) {
  auto& waiting = pools_[at].waiting;
  while (!waiting.empty() && TrySend(at, waiting.front())) {
    waiting.pop_front();
    const std::lock_guard lock(mutex_);
    --waiting_;
  }
}

void LoadWorker::Remove(Connection& connection) {
  auto& all = pools_[connection.pool].all;
  const std::size_t place = connection.place;
  Check(place < all.size() && all[place].get() == &connection, "a connection knows its place");
  all[place] = std::move(all.back());
  all[place]->place = place;
  all.pop_back();
}

void LoadWorker::OnAnswer(Connection& connection, const Job& job, int status) {
  const std::size_t at = connection.pool;
  const Duration now = Now();
  const Duration latency = now - job.due;
  const std::uint64_t over_http2 = connection.is_multiplexed() ? 1 : 0;
  {
    const std::lock_guard lock(mutex_);
    for (LoadCounts* counts : {&counted_.targets[at], &counted_.routes[RequestOf(job).route]}) {
      ++counts->answered;
      counts->answered_http2 += over_http2;
      ++counts->statuses[static_cast<std::size_t>(std::clamp(status, 0, 599))];
      counts->latency.Record(latency);
      counts->answered_latency += latency;
      if (latency > options_.latency_target) ++counts->late;
    }
    ++counted_.latency_counts[options_.bounds.BucketOf(latency)];
    NoteInFlight(-1, now);
    CountServed(at, job, now,
                status >= kFirstServerError ? RequestClass::kError : RequestClass::kServed);
  }
  EndIfDone();
}

// Called with the mutex held.
void LoadWorker::CountServed(std::size_t at, const Job& job, Duration now,
                             RequestClass request_class) {
  const auto series = counted_.counts.Intern(
      targets_[at].url, requests_->routes[RequestOf(job).route], request_class);
  counted_.counts.Record(series, wall_start_ + (now - start_), now - job.sent);
}

void LoadWorker::CountFailure(std::size_t at, const Job& job, Failure failure) {
  const Duration now = Now();
  const std::lock_guard lock(mutex_);
  for (LoadCounts* counts : {&counted_.targets[at], &counted_.routes[RequestOf(job).route]}) {
    ++counts->failures[static_cast<std::size_t>(failure)];
    if (failure != Failure::kUnfinished) ++counts->late;
    if (failure == Failure::kTimeout || failure == Failure::kConnectTimeout)
      counts->latency.Record(now - job.due);
  }
  NoteInFlight(-1, now);
  const bool was_held = failure == Failure::kReset || failure == Failure::kStreamReset ||
                        failure == Failure::kCutOff || failure == Failure::kTimeout ||
                        failure == Failure::kMalformed;
  if (was_held) CountServed(at, job, now, RequestClass::kError);
}

void LoadWorker::OnFailure(Connection& connection, const Job& job, Failure failure) {
  CountFailure(connection.pool, job, failure);
  EndIfDone();
}

void LoadWorker::OnResend(Connection& connection, const Job& job) {
  Job again = job;
  again.is_resent = true;
  {
    const std::lock_guard lock(mutex_);
    ++counted_.targets[connection.pool].resent;
  }
  Assign(connection.pool, again);
}

void LoadWorker::OnUnsent(Connection& connection, const Job& job) {
  NoteCapacity(connection);
  Assign(connection.pool, job);
}

void LoadWorker::OnRoom(Connection& connection) {
  NoteCapacity(connection);
  List(connection);
  SendWaiting(connection.pool);
}

// Removing it may free the last owner: its operations keep it until they return.
void LoadWorker::OnClosed(Connection& connection) {
  const std::size_t at = connection.pool;
  Remove(connection);
  SendWaiting(at);
}

void LoadWorker::NoteCapacity(const Connection& connection) {
  pools_[connection.pool].usual_capacity = std::max<std::size_t>(1, connection.capacity());
}

// Fails what is too old. Nothing is due later than what was due before it, but connections are
// in no order, so all are looked at.
void LoadWorker::Sweep() {
  const Duration oldest = Now() - options_.timeout;
  const Duration overdue_since = Now() - options_.latency_target;
  std::vector<std::shared_ptr<Connection>> late;
  for (std::size_t at = 0; at < pools_.size(); ++at) {
    std::size_t overdue = 0;
    for (const auto& connection : pools_[at].all) {
      if (connection->DueBefore(oldest) > 0) late.push_back(connection);
      overdue += connection->DueBefore(overdue_since);
    }
    for (const Job& job : pools_[at].waiting) overdue += job.due < overdue_since;
    const std::lock_guard lock(mutex_);
    counted_.targets[at].overdue = overdue;
  }
  for (const auto& connection : late) connection->GiveUp(oldest);
  for (std::size_t at = 0; at < pools_.size(); ++at) {
    auto& waiting = pools_[at].waiting;
    while (!waiting.empty() && waiting.front().due < oldest) {
      CountFailure(at, waiting.front(), Failure::kNoConnection);
      waiting.pop_front();
      const std::lock_guard lock(mutex_);
      --waiting_;
    }
  }
  EndIfDone();
  sweep_.expires_after(kSweepInterval);
  sweep_.async_wait([this](boost::system::error_code error) {
    if (!error) Sweep();
  });
}

void LoadWorker::EndIfDone() {
  if ((is_stopping_ || left_ == 0) && in_flight_ == 0) io_.stop();
}

void LoadWorker::FailAll() {
  for (std::size_t at = 0; at < pools_.size(); ++at) {
    Pool& pool = pools_[at];
    for (const Job& job : pool.waiting) CountFailure(at, job, Failure::kUnfinished);
    pool.waiting.clear();
    while (!pool.all.empty()) {
      const std::shared_ptr<Connection> connection = pool.all.back();
      connection->End(Failure::kUnfinished);
    }
  }
  const std::lock_guard lock(mutex_);
  waiting_ = 0;
}

}  // namespace loadcurve::replay
