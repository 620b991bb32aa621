#include "adapters/kube/bearer_token.h"

#include "adapters/files/whole_file.h"

namespace loadcurve::kube {
namespace {

constexpr Duration kFreshFor = std::chrono::minutes(1);

}  // namespace

BearerToken::BearerToken(const KubeConfig& config, const Clock& clock)
    : fixed_(config.token), file_(config.token_file), clock_(clock) {}

Result<std::string> BearerToken::Read() {
  if (file_.empty()) return fixed_;
  const std::lock_guard lock(mutex_);
  const Duration now = clock_.MonotonicNow();
  if (read_at_ && now < *read_at_ + kFreshFor) return last_;
  auto text = files::ReadWholeFile(file_);
  if (!text && last_.empty()) return Within("reading the token", text.error());
  if (text) {
    text->erase(text->find_last_not_of(" \t\r\n") + 1);
    if (!text->empty()) last_ = *std::move(text);
  }
  read_at_ = now;
  return last_;
}

bool BearerToken::Renew() {
  const std::lock_guard lock(mutex_);
  read_at_.reset();
  return !file_.empty();
}

}  // namespace loadcurve::kube
