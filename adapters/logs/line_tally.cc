#include "adapters/logs/line_tally.h"

#include <algorithm>

namespace loadcurve::logs {
namespace {

constexpr Duration kJump = std::chrono::hours(1);

bool IsJump(TimePoint before, TimePoint after) {
  return after - before > kJump || before - after > kJump;
}

}  // namespace

void LineTally::AddRequest(TimePoint end) {
  ++requests;
  if (!first) {
    first = earliest = latest = last = end;
    first_line = lines;
    return;
  }
  if (IsJump(*last, end)) NoteJump({lines, *last, end});
  last = end;
  earliest = std::min(*earliest, end);
  latest = std::max(*latest, end);
}

void LineTally::AddOther(BadLine reason) {
  std::uint64_t& count = by_reason[static_cast<std::size_t>(reason)];
  if (++count <= kExamples && IsBad(reason)) examples.push_back({reason, lines});
}

void LineTally::NoteJump(const ClockJump& jump) {
  if (++jump_count <= kExamples) jumps.push_back(jump);
}

void LineTally::Append(const LineTally& next) {
  for (LineExample example : next.examples) {
    const auto known = std::count_if(examples.begin(), examples.end(), [&](const auto& other) {
      return other.reason == example.reason;
    });
    if (static_cast<std::size_t>(known) >= kExamples) continue;
    example.line += lines;
    examples.push_back(example);
  }
  if (last && next.first && IsJump(*last, *next.first))
    NoteJump({lines + next.first_line, *last, *next.first});
  const std::uint64_t inner = next.jump_count;
  for (ClockJump jump : next.jumps) {
    jump.line += lines;
    NoteJump(jump);
  }
  jump_count += inner - next.jumps.size();
  for (std::size_t i = 0; i < kBadLineKinds; ++i) by_reason[i] += next.by_reason[i];
  if (!first && next.first) {
    first = next.first;
    first_line = lines + next.first_line;
  }
  requests += next.requests;
  unfinished += next.unfinished;
  lines += next.lines;
  if (!next.first) return;
  last = next.last;
  earliest = earliest ? std::min(*earliest, *next.earliest) : next.earliest;
  latest = latest ? std::max(*latest, *next.latest) : next.latest;
}

std::uint64_t LineTally::Bad() const {
  std::uint64_t bad = 0;
  for (std::size_t i = 0; i < kBadLineKinds; ++i) {
    if (IsBad(static_cast<BadLine>(i))) bad += by_reason[i];
  }
  return bad;
}

}  // namespace loadcurve::logs
