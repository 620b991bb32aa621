#include "adapters/external_metrics/replica_board.h"

#include <algorithm>
#include <utility>

#include "adapters/external_metrics/board_handler.h"
#include "adapters/http/certificates.h"

namespace loadcurve::external_metrics {
namespace {

// A leaf of today's authority, made anew with each change of keys and each start; clocks of other
// machines may be behind ours.
constexpr Duration kSkew = std::chrono::hours(1);
constexpr Duration kLeafLifetime = std::chrono::days(90);

}  // namespace

ReplicaBoard::ReplicaBoard(MetricBoard& board, const Clock& clock, Options options)
    : board_(board),
      clock_(clock),
      options_(std::move(options)),
      reader_(board, clock, options_.is_leading, options_.interval * 2),
      feed_(options_.instance, clock),
      follower_(board, clock) {}

Result<void> ReplicaBoard::UseKeys(const http::ServingKeys& keys,
                                   const std::string& authorities_pem) {
  LC_TRY(http::CertificatePair leaf,
         http::IssueLeaf(
             keys.authority,
             {.common_name = std::string(kReplicaName), .use = http::CertificateUse::kClient},
             {clock_.Now() - kSkew, kLeafLifetime + kSkew}));
  const std::lock_guard lock(mutex_);
  identity_ = {.ca_pem = authorities_pem,
               .certificate_pem = std::move(leaf.certificate_pem),
               .key_pem = std::move(leaf.key_pem)};
  ++identity_version_;
  return {};
}

void ReplicaBoard::BeginLeading() {
  const std::lock_guard lock(mutex_);
  is_ours_ = true;
  is_forgotten_ = true;
}

void ReplicaBoard::EndLeading() {
  const std::lock_guard lock(mutex_);
  is_ours_ = false;
  reader_.EndLeading();
  feed_.Clear();
}

void ReplicaBoard::Publish(Duration began) {
  feed_.Take(board_.Items(), began);
  reader_.NoteOwnBoard(began);
}

Duration ReplicaBoard::pause() const {
  return std::clamp<Duration>(options_.interval / 8, std::chrono::milliseconds(250),
                              std::chrono::seconds(2));
}

Result<void> ReplicaBoard::Follow(const std::string& leader_address) {
  const auto followed = FollowOnce(leader_address);
  reader_.NoteFault(followed ? std::optional<Error>() : followed.error());
  return followed;
}

Result<void> ReplicaBoard::FollowOnce(const std::string& leader_address) {
  if (options_.is_leading()) return {};
  if (leader_address.empty())
    return Fail(ErrorCode::kUnavailable, "no replica holds the Lease, or it does not say where");
  {
    const std::lock_guard lock(mutex_);
    if (is_ours_) return {};
    if (std::exchange(is_forgotten_, false)) follower_.Forget();
  }
  LC_TRY(http::HttpTransport* const leader, TransportTo(leader_address));
  LC_TRY(const auto answer, follower_.Ask(*leader, "https://" + options_.server_name));
  const std::lock_guard lock(mutex_);
  if (is_ours_) return {};
  LC_TRY(const Duration began, follower_.Use(answer));
  reader_.NoteBoard(began);
  return {};
}

Result<http::HttpTransport*> ReplicaBoard::TransportTo(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (identity_.certificate_pem.empty())
    return Fail(ErrorCode::kUnavailable, "there are no keys yet to ask the leader with");
  if (!transport_ || address_ != address || used_version_ != identity_version_) {
    http::CurlOptions options = identity_;
    options.connect_to = address;
    options.connect_limit = std::chrono::seconds(2);
    transport_ = std::make_unique<http::CurlTransport>(std::move(options), clock_);
    address_ = address;
    used_version_ = identity_version_;
  }
  return transport_.get();
}

}  // namespace loadcurve::external_metrics
