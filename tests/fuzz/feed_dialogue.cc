#include "tests/fuzz/feed_dialogue.h"

#include <algorithm>

#include "adapters/replay/http2_dialogue.h"
#include "base/check.h"

namespace loadcurve::replay {
namespace {

constexpr std::size_t kPiece = 100;

const ReplayRequest& Request(int number) {
  static const ReplayRequest kGet{.method = "GET", .path = "/a"};
  static const ReplayRequest kPost{
      .method = "POST", .path = "/b", .body = std::string(70'000, 'x')};
  return number % 2 == 0 ? kPost : kGet;
}

void Write(Dialogue& dialogue) {
  while (!dialogue.TakeOutgoing().empty()) dialogue.OnWritten();
}

}  // namespace

int FeedDialogue(std::string_view bytes) {
  Http2Dialogue dialogue({.authority = "a"});
  int asked = 0;
  for (std::size_t at = 0; at < bytes.size() && !dialogue.IsOver(); at += kPiece) {
    dialogue.OnBytes(bytes.substr(at, kPiece));
    if (dialogue.is_ready() && asked < 3 && dialogue.room() > 0) {
      ++asked;
      dialogue.Ask({.due = std::chrono::seconds(asked)}, Request(asked));
    }
    Write(dialogue);
  }
  dialogue.GiveUp(std::chrono::seconds(2));
  Write(dialogue);
  if (!dialogue.IsOver()) dialogue.OnEnd(false);
  Check(dialogue.DueBefore(Duration::max()) == 0, "nothing is under way when all is over");
  Check(static_cast<int>(dialogue.ended().size()) == asked, "each request ends, and once");
  return static_cast<int>(
      std::count_if(dialogue.ended().begin(), dialogue.ended().end(),
                    [](const JobEnd& end) { return end.kind == JobEnd::Kind::kAnswered; }));
}

}  // namespace loadcurve::replay
