#include "adapters/external_metrics/peer_trust.h"

#include <algorithm>
#include <utility>

#include "adapters/http/percent_code.h"

namespace loadcurve::external_metrics {
namespace {

constexpr Duration kFindingKept = std::chrono::minutes(1);

bool IsAllowed(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

[[nodiscard]] Result<void> VerifyProxy(const PeerTrust& trust, const http::PeerCertificate& peer,
                                       TimePoint now) {
  LC_TRY_VOID(trust.proxies->VerifyClient(peer, now));
  if (IsAllowed(trust.config.allowed_names, peer.common_name())) return {};
  return Fail(ErrorCode::kPermissionDenied,
              "'" + peer.common_name() + "' is no front proxy of this cluster");
}

std::string_view FirstOf(const std::vector<std::string>& names, http::HeaderViews headers) {
  for (const std::string& name : names) {
    if (const std::string_view value = http::HeaderOf(headers, name); !value.empty()) return value;
  }
  return {};
}

// The key that an extra header stands for: the rest of its name, lower-cased, unescaped.
std::string ExtraKey(std::string_view name) {
  std::string key(name);
  for (char& c : key) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return http::PercentDecoded(key, http::PlusSign::kItself).value_or(key);
}

std::vector<std::string>& ValuesOf(Caller& caller, const std::string& key) {
  for (auto& [other, values] : caller.extra) {
    if (other == key) return values;
  }
  return caller.extra.emplace_back(key, std::vector<std::string>()).second;
}

}  // namespace

VerifiedPeer::VerifiedPeer(std::shared_ptr<const PeerTrust> trust, TimePoint now)
    : trust_(std::move(trust)), found_at_(now) {}

VerifiedPeer& VerifiedPeer::Of(const std::shared_ptr<const PeerTrust>& trust, TimePoint now,
                               std::unique_ptr<http::ConnectionNote>* note,
                               std::unique_ptr<VerifiedPeer>& unkept) {
  if (note != nullptr && *note) {
    auto& kept = static_cast<VerifiedPeer&>(**note);
    const bool is_recent = now >= kept.found_at_ && now - kept.found_at_ < kFindingKept;
    if (kept.trust_ == trust && is_recent) return kept;
  }
  unkept.reset(new VerifiedPeer(trust, now));
  if (note == nullptr) return *unkept;
  *note = std::move(unkept);
  return static_cast<VerifiedPeer&>(**note);
}

const Result<void>& VerifiedPeer::AsProxy(const http::PeerCertificate& peer) {
  if (!as_proxy_) as_proxy_ = VerifyProxy(*trust_, peer, found_at_);
  return *as_proxy_;
}

const Result<void>& VerifiedPeer::AsClient(const http::PeerCertificate& peer) {
  if (!as_client_) as_client_ = trust_->clients->VerifyClient(peer, found_at_);
  return *as_client_;
}

std::optional<Caller> CallerByHeaders(const AuthenticationConfig& config,
                                      http::HeaderViews headers) {
  const std::string_view name = FirstOf(config.username_headers, headers);
  if (name.empty()) return std::nullopt;
  Caller caller{.name = std::string(name),
                .uid = std::string(FirstOf(config.uid_headers, headers))};
  for (const std::string& group_header : config.group_headers) {
    for (const auto& [header, value] : headers) {
      if (http::IsSameName(header, group_header)) caller.groups.emplace_back(value);
    }
  }
  for (const std::string& prefix : config.extra_prefixes) {
    for (const auto& [header, value] : headers) {
      if (header.size() >= prefix.size() &&
          http::IsSameName(header.substr(0, prefix.size()), prefix))
        ValuesOf(caller, ExtraKey(header.substr(prefix.size()))).emplace_back(value);
    }
  }
  return caller;
}

}  // namespace loadcurve::external_metrics
