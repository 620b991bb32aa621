#include "scaler/capacity/fleet/interruption.h"

#include <algorithm>

namespace loadcurve::capacity {
namespace {

LossResponse ResponseTo(NoticeKind kind) {
  if (kind == NoticeKind::kAwsRebalance) return LossResponse::kCordonAndReplace;
  return kind == NoticeKind::kNotReady ? LossResponse::kReplace : LossResponse::kDrain;
}

}  // namespace

std::string_view Name(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::kAwsInterruption:
      return "spot interruption";
    case NoticeKind::kAwsRebalance:
      return "rebalance recommendation";
    case NoticeKind::kGcpPreemption:
      return "preemption";
    case NoticeKind::kAzurePreempt:
      return "scheduled event Preempt";
    case NoticeKind::kAlibabaRecycling:
      return "operation lock Recycling";
    case NoticeKind::kNotReady:
      return "not ready";
  }
  return "";
}

Duration UsualNotice(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::kAwsInterruption:
      return std::chrono::seconds(120);
    case NoticeKind::kGcpPreemption:
    case NoticeKind::kAzurePreempt:
      return std::chrono::seconds(30);
    case NoticeKind::kAlibabaRecycling:
      return std::chrono::minutes(5);
    case NoticeKind::kAwsRebalance:
    case NoticeKind::kNotReady:
      return {};
  }
  return {};
}

void Interruptions::OnNotice(const InterruptionNotice& notice) {
  const bool is_precaution = notice.kind == NoticeKind::kAwsRebalance;
  NodeLoss loss{.node_id = notice.node_id,
                .response = ResponseTo(notice.kind),
                .deadline = is_precaution ? notice.seen_at + limits_.kept_for
                                          : notice.ends_at.value_or(notice.seen_at +
                                                                    UsualNotice(notice.kind)),
                .noticed_at = notice.seen_at,
                .kind = notice.kind};
  const auto [known, is_new] = losses_.try_emplace(notice.node_id, loss);
  if (is_new) return;
  if (loss.response > known->second.response) {
    known->second = loss;
  } else if (loss.response == known->second.response) {
    // Each of several recommendations keeps a precaution up; a deadline is only ever brought
    // forward.
    known->second.deadline = is_precaution ? std::max(known->second.deadline, loss.deadline)
                                           : std::min(known->second.deadline, loss.deadline);
  }
}

std::vector<NodeLoss> Interruptions::Losses(Duration now, std::int64_t nodes) const {
  std::vector<NodeLoss> losses;
  std::vector<NodeLoss> precautions;
  for (const auto& [id, loss] : losses_) {
    if (loss.response != LossResponse::kCordonAndReplace) {
      losses.push_back(loss);
    } else if (now < loss.deadline) {
      precautions.push_back(loss);
    }
  }
  // Those that were warned of first, and at least one.
  std::ranges::stable_sort(precautions, {}, &NodeLoss::noticed_at);
  const auto most =
      static_cast<std::size_t>(std::max(1.0, limits_.most_share * static_cast<double>(nodes)));
  if (precautions.size() > most) precautions.resize(most);
  losses.insert(losses.end(), precautions.begin(), precautions.end());
  std::ranges::stable_sort(losses, {}, &NodeLoss::deadline);
  return losses;
}

std::set<std::string> Interruptions::Losing(Duration now, std::int64_t nodes) const {
  std::set<std::string> losing;
  for (const NodeLoss& loss : Losses(now, nodes)) losing.insert(loss.node_id);
  return losing;
}

}  // namespace loadcurve::capacity
