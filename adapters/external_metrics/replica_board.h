#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "adapters/external_metrics/board_feed.h"
#include "adapters/external_metrics/board_follower.h"
#include "adapters/external_metrics/metric_board.h"
#include "adapters/external_metrics/replica_reader.h"
#include "adapters/http/curl_transport.h"
#include "adapters/http/serving_keys.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve::external_metrics {

// The board of one of several replicas: the leader's loop writes it and the others are shown what
// changed; theirs is a copy. Who becomes the leader goes on with the copy, which is not answered
// from while it is old and its first step is not done.
//
// Publish, BeginLeading and EndLeading are for the loop's thread, Follow for another.
class ReplicaBoard {
 public:
  struct Options {
    std::string instance;     // of this run of this process
    std::string server_name;  // that the serving certificate has: "loadcurve.loadcurve.svc"
    Duration interval{0};     // between two steps; a board of two of them is old
    std::function<bool()> is_leading;
  };

  // `board` and `clock` outlive it.
  ReplicaBoard(MetricBoard& board, const Clock& clock, Options options);

  const ReplicaReader& reader() const { return reader_; }
  const BoardFeed& feed() const { return feed_; }
  const std::function<bool()>& is_leading() const { return options_.is_leading; }

  // From now on the replica shows others a certificate of these keys, and believes those that
  // show one that `authorities_pem` vouch for.
  [[nodiscard]] Result<void> UseKeys(const http::ServingKeys& keys,
                                     const std::string& authorities_pem);

  // The board is written here from now on; what was fetched and not used is dropped.
  void BeginLeading();
  void EndLeading();
  // The leader's step that began at `began` (monotonic) is on the board.
  void Publish(Duration began);

  // Brings the copy up to date with the leader at "10.0.0.7:8443". Nothing where this replica
  // leads. The error is told to readers too, once the copy is old.
  [[nodiscard]] Result<void> Follow(const std::string& leader_address);

  // How long to wait between two Follow.
  Duration pause() const;

 private:
  [[nodiscard]] Result<void> FollowOnce(const std::string& leader_address);
  [[nodiscard]] Result<http::HttpTransport*> TransportTo(const std::string& address);

  MetricBoard& board_;
  const Clock& clock_;
  const Options options_;
  ReplicaReader reader_;
  BoardFeed feed_;
  BoardFollower follower_;

  std::mutex mutex_;  // what stands below, and that only one writes the board
  bool is_ours_ = false;
  bool is_forgotten_ = true;  // the board has other news than the follower's
  http::CurlOptions identity_;
  std::uint64_t identity_version_ = 0;

  // Of the thread that follows.
  std::string address_;
  std::uint64_t used_version_ = 0;
  std::unique_ptr<http::CurlTransport> transport_;
};

}  // namespace loadcurve::external_metrics
