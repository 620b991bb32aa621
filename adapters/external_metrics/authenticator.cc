#include "adapters/external_metrics/authenticator.h"

#include <utility>

namespace loadcurve::external_metrics {
namespace {

// The token of "Authorization: Bearer TOKEN"; "" where there is none.
std::string_view BearerToken(http::HeaderViews headers) {
  std::string_view text = http::HeaderOf(headers, "Authorization");
  const auto next = [&] {
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(' ')));
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    return word;
  };
  return http::IsSameName(next(), "Bearer") ? next() : std::string_view();
}

Caller Authenticated(Caller caller) {
  if (!caller.IsIn(kSystemAuthenticated) && !caller.IsIn(kSystemUnauthenticated))
    caller.groups.emplace_back(kSystemAuthenticated);
  return caller;
}

Caller Anonymous() {
  return {.name = "system:anonymous", .groups = {std::string(kSystemUnauthenticated)}};
}

// Parses `pem` into `bundle`, or keeps what the former trust had and says so in `kept`.
template <class Keep>
void ParseOrKeep(const std::string& pem, std::string_view entry,
                 std::optional<http::TrustBundle>& bundle, std::string& kept, const Keep& keep) {
  Result<http::TrustBundle> parsed = http::TrustBundle::Parse(pem);
  if (parsed) {
    bundle = *std::move(parsed);
    return;
  }
  keep();
  if (!pem.empty() || bundle)
    kept += std::string(kept.empty() ? "" : "; ") + std::string(entry) + ": " +
            parsed.error().message + (bundle ? " (the authorities before stay in force)" : "");
}

}  // namespace

Authenticator::Authenticator(TokenReviewer* tokens, const Clock& clock)
    : tokens_(tokens), clock_(clock) {}

Result<void> Authenticator::Update(const AuthenticationConfig& config) {
  const std::lock_guard lock(mutex_);
  if (config == trust_->config) return {};
  const PeerTrust& before = *trust_;
  auto next = std::make_shared<PeerTrust>(PeerTrust{.config = config});
  std::string kept;
  ParseOrKeep(config.client_ca_pem, "client-ca-file", next->clients, kept,
              [&] { next->clients = before.clients; });
  ParseOrKeep(config.proxy_ca_pem, "requestheader-client-ca-file", next->proxies, kept, [&] {
    // Names and headers belong to the authority that they came with.
    next->config = before.config;
    next->proxies = before.proxies;
  });
  trust_ = std::move(next);
  if (kept.empty()) return {};
  return Fail(ErrorCode::kInvalidArgument,
              "ConfigMap kube-system/extension-apiserver-authentication, " + kept);
}

std::optional<Result<Caller>> Authenticator::IdentifyAtOnce(const http::ServerRequest& request) {
  return IdentifyWith(request, Patience::kNone);
}

Result<Caller> Authenticator::Identify(const http::ServerRequest& request) {
  return *IdentifyWith(request, Patience::kWaits);
}

std::optional<Result<Caller>> Authenticator::IdentifyWith(const http::ServerRequest& request,
                                                          Patience patience) {
  std::string failures;
  const auto note = [&](const Error& error) {
    failures += (failures.empty() ? "" : "; ") + error.message;
  };
  if (request.peer != nullptr) {
    const std::shared_ptr<const PeerTrust> now_trusted = trust();
    std::unique_ptr<VerifiedPeer> unkept;
    VerifiedPeer& peer = VerifiedPeer::Of(now_trusted, clock_.Now(), request.note, unkept);
    if (now_trusted->proxies && !now_trusted->config.username_headers.empty()) {
      if (const Result<void>& proxy = peer.AsProxy(*request.peer); !proxy) {
        note(proxy.error());
      } else if (auto caller = CallerByHeaders(now_trusted->config, request.headers)) {
        return Authenticated(*std::move(caller));
      }
    }
    if (now_trusted->clients) {
      if (const Result<void>& client = peer.AsClient(*request.peer); !client) {
        note(client.error());
      } else if (!request.peer->common_name().empty()) {
        return Authenticated(
            {.name = request.peer->common_name(), .groups = request.peer->organizations()});
      }
    }
  }
  const std::string_view token = BearerToken(request.headers);
  if (!token.empty() && tokens_ != nullptr) {
    std::optional<Result<Caller>> caller = tokens_->Known(token);
    if (!caller && patience == Patience::kNone) return std::nullopt;
    if (!caller) caller = tokens_->Review(token);
    if (*caller) return Authenticated(**std::move(caller));
    // What went wrong between us and kube-apiserver is nothing to tell everyone.
    const bool is_verdict = caller->error().code == ErrorCode::kPermissionDenied;
    note(is_verdict ? caller->error()
                    : Error{ErrorCode::kUnavailable, "the bearer token cannot be reviewed now"});
  } else if (!token.empty()) {
    note({ErrorCode::kPermissionDenied, "bearer tokens are not accepted here"});
  }
  if (failures.empty()) return Anonymous();
  return Fail(ErrorCode::kPermissionDenied, failures);
}

std::shared_ptr<const PeerTrust> Authenticator::trust() const {
  const std::lock_guard lock(mutex_);
  return trust_;
}

}  // namespace loadcurve::external_metrics
