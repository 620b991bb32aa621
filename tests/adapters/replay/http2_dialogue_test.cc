#include "adapters/replay/http2_dialogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapters/replay/http2_frames.h"

namespace loadcurve::replay {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = JobEnd::Kind;

// What a target says, and what it is told, byte by byte; no sockets, no time.
class Http2Talk : public testing::Test {
 protected:
  // Jobs are told apart by when they are due.
  void Ask(int due_ms, const ReplayRequest& request) {
    dialogue_.Ask({.due = milliseconds(due_ms)}, request);
  }
  void Ask(int due_ms) { Ask(due_ms, get_); }
  void AskAgain(int due_ms) {
    dialogue_.Ask({.due = milliseconds(due_ms), .is_resent = true}, get_);
  }

  void Say(const std::string& bytes) { dialogue_.OnBytes(bytes); }

  // What was said since it was last looked at.
  std::vector<Frame> Heard() {
    std::string bytes;
    for (;;) {
      const std::string_view more = dialogue_.TakeOutgoing();
      if (more.empty()) break;
      bytes += more;
      dialogue_.OnWritten();
    }
    return TakeFrames(bytes);
  }

  std::vector<Frame> Heard(std::uint8_t type) {
    std::vector<Frame> frames = Heard();
    std::erase_if(frames, [&](const Frame& frame) { return frame.type != type; });
    return frames;
  }

  // "1: 200", "2: stream reset", "3: again" of what ended, in that order.
  std::vector<std::string> Ended() {
    std::vector<std::string> texts;
    for (const JobEnd& end : dialogue_.ended()) {
      const auto due = std::chrono::duration_cast<milliseconds>(end.job.due).count();
      const std::string what = end.kind == Kind::kAnswered ? std::to_string(end.status)
                               : end.kind == Kind::kResend ? "again"
                                                           : std::string(Name(end.failure));
      texts.push_back(std::to_string(due) + ": " + what);
    }
    dialogue_.ended().clear();
    return texts;
  }

  // The settings are exchanged, and requests 1 to `count` are on their way as streams 1, 3, ...
  void Begin(int count) {
    Say(Settings());
    for (int i = 1; i <= count; ++i) Ask(i);
    Heard();
  }

  const ReplayRequest get_{.method = "GET", .path = "/a?x=1"};
  const ReplayRequest post_{.method = "POST",
                            .path = "/b",
                            .headers = {{"Content-Type", " text/plain "}},
                            .body = "0123456789abcdef"};
  Http2Dialogue dialogue_{{.authority = "shop.test:8080"}};
};

TEST_F(Http2Talk, AsksNothingBeforeTheTargetHasSaidWhatItAllows) {
  EXPECT_FALSE(dialogue_.is_ready());
  const std::vector<Frame> frames = Heard();
  ASSERT_FALSE(frames.empty());
  EXPECT_EQ(frames[0].type, NGHTTP2_SETTINGS);
  Say(Settings());
  EXPECT_TRUE(dialogue_.is_ready());
  EXPECT_GT(dialogue_.room(), 1'000'000U) << "where it says nothing, there is no limit";
}

TEST_F(Http2Talk, WritesFieldsAsHttp2HasThem) {
  Say(Settings());
  Ask(1);
  Ask(2, post_);
  const std::vector<Frame> frames = Heard();
  FieldReader fields;
  std::vector<Frame> headers;
  for (const Frame& frame : frames)
    if (frame.type == NGHTTP2_HEADERS) headers.push_back(frame);
  ASSERT_EQ(headers.size(), 2U);
  EXPECT_THAT(fields.Read(headers[0].payload),
              ElementsAre(":method: GET", ":scheme: http", ":authority: shop.test:8080",
                          ":path: /a?x=1", "user-agent: loadcurve-replay", "accept: */*"));
  EXPECT_TRUE(headers[0].is_last());
  EXPECT_THAT(fields.Read(headers[1].payload),
              ElementsAre(":method: POST", ":scheme: http", ":authority: shop.test:8080",
                          ":path: /b", "content-type: text/plain", "user-agent: loadcurve-replay",
                          "accept: */*", "content-length: 16"));
  EXPECT_FALSE(headers[1].is_last());
  EXPECT_EQ(frames.back().type, NGHTTP2_DATA);
  EXPECT_EQ(frames.back().payload, post_.body);
  EXPECT_TRUE(frames.back().is_last());
}

TEST_F(Http2Talk, TakesAnswersInAnyOrderAndInAnyPieces) {
  Begin(3);
  const std::string answers = AnswerTo(5, 404) + HeadersFrame(1, StatusField(200), false) +
                              AnswerTo(3, 503) + DataFrame(1, "hello", true);
  for (const char byte : answers) Say({byte});
  EXPECT_THAT(Ended(), ElementsAre("3: 404", "2: 503", "1: 200"));
  EXPECT_EQ(dialogue_.DueBefore(milliseconds(100)), 0U);
  EXPECT_FALSE(dialogue_.IsOver());
}

TEST_F(Http2Talk, PassesOverInterimAnswersAndReadsTrailers) {
  Begin(1);
  Say(HeadersFrame(1, StatusField(103), false) + HeadersFrame(1, StatusField(200), false) +
      DataFrame(1, "hello", false));
  EXPECT_THAT(Ended(), IsEmpty());
  Say(HeadersFrame(1, std::string("\x00\x01t\x01v", 5), true));
  EXPECT_THAT(Ended(), ElementsAre("1: 200"));
}

TEST_F(Http2Talk, HoldsAsManyAtOnceAsTheTargetAllows) {
  Say(Settings({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 2}}));
  EXPECT_EQ(dialogue_.capacity(), 2U);
  Ask(1);
  EXPECT_EQ(dialogue_.room(), 1U);
  Ask(2);
  EXPECT_EQ(dialogue_.room(), 0U);
  EXPECT_EQ(Heard(NGHTTP2_HEADERS).size(), 2U);
  Say(AnswerTo(1));
  EXPECT_EQ(dialogue_.room(), 1U);
  Say(Settings({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 0}}));
  EXPECT_EQ(dialogue_.room(), 0U);
}

TEST_F(Http2Talk, HoldsNoMoreThanItsOwnLimit) {
  Http2Dialogue one({.authority = "a", .max_streams = 1});
  one.OnBytes(Settings({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 100}}));
  EXPECT_EQ(one.room(), 1U);
}

TEST_F(Http2Talk, TellsRefusedStreamsFromThoseBrokenOff) {
  Begin(3);
  Say(ResetOf(1, NGHTTP2_REFUSED_STREAM) + ResetOf(3, NGHTTP2_INTERNAL_ERROR) + AnswerTo(5));
  EXPECT_THAT(Ended(), ElementsAre("1: stream refused", "2: stream reset", "3: 200"));
  EXPECT_FALSE(dialogue_.IsOver()) << "the other streams go on";
}

TEST_F(Http2Talk, TakesAnAnswerThatDoesNotWaitForTheBody) {
  Say(Settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 4}}));
  Ask(1, post_);
  Heard();
  Say(AnswerTo(1, 413) + ResetOf(1, NGHTTP2_NO_ERROR));
  EXPECT_THAT(Ended(), ElementsAre("1: 413"));
  EXPECT_FALSE(dialogue_.IsOver());
}

TEST_F(Http2Talk, SendsBodiesNoFasterThanTheTargetTakesThem) {
  Say(Settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 10}}));
  Ask(1, post_);
  std::vector<Frame> data = Heard(NGHTTP2_DATA);
  ASSERT_EQ(data.size(), 1U);
  EXPECT_EQ(data[0].payload, "0123456789");
  EXPECT_FALSE(data[0].is_last());
  Say(WindowUpdate(1, 100));
  data = Heard(NGHTTP2_DATA);
  ASSERT_EQ(data.size(), 1U);
  EXPECT_EQ(data[0].payload, "abcdef");
  EXPECT_TRUE(data[0].is_last());
}

TEST_F(Http2Talk, LetsTheTargetGoOnSendingBodies) {
  // Half of the 16 MiB window is used up by 512 frames of 16 KiB; then it is given back.
  Begin(1);
  Say(Bytes({.type = NGHTTP2_SETTINGS, .flags = NGHTTP2_FLAG_ACK}));
  Say(HeadersFrame(1, StatusField(200), false));
  const std::string frame = DataFrame(1, std::string(16 * 1024, 'x'), false);
  for (int i = 0; i < 600; ++i) Say(frame);
  EXPECT_GE(Heard(NGHTTP2_WINDOW_UPDATE).size(), 2U) << "of the stream and of the connection";
}

TEST_F(Http2Talk, SendsAgainWhatTheTargetDidNotTakeWhenItWentAway) {
  Begin(3);
  Say(GoAway(1));
  EXPECT_THAT(Ended(), testing::UnorderedElementsAre("2: again", "3: again"));
  EXPECT_EQ(dialogue_.room(), 0U);
  EXPECT_FALSE(dialogue_.IsOver()) << "the first one is still to be answered";
  Say(AnswerTo(1));
  EXPECT_THAT(Ended(), ElementsAre("1: 200"));
  EXPECT_TRUE(dialogue_.IsOver());
}

TEST_F(Http2Talk, CountsWhatWasNotTakenTwiceOrWithAnError) {
  Begin(0);
  AskAgain(1);
  Heard();
  Say(GoAway(0));
  EXPECT_THAT(Ended(), ElementsAre("1: goaway"));
  Http2Dialogue angry({.authority = "a"});
  angry.OnBytes(Settings());
  angry.Ask({}, get_);
  while (!angry.TakeOutgoing().empty()) angry.OnWritten();
  angry.OnBytes(GoAway(0, NGHTTP2_ENHANCE_YOUR_CALM));
  ASSERT_EQ(angry.ended().size(), 1U);
  EXPECT_EQ(angry.ended()[0].failure, Failure::kGoAway);
}

TEST_F(Http2Talk, CancelsWhatIsTooSlowAndGoesOn) {
  Begin(2);
  Say(AnswerTo(3));
  Ended();
  dialogue_.GiveUp(milliseconds(2));
  EXPECT_THAT(Ended(), ElementsAre("1: timeout"));
  const std::vector<Frame> resets = Heard(NGHTTP2_RST_STREAM);
  ASSERT_EQ(resets.size(), 1U);
  EXPECT_EQ(resets[0].stream, 1U);
  EXPECT_EQ(resets[0].payload, InBytes(NGHTTP2_CANCEL, 4));
  EXPECT_GT(dialogue_.room(), 0U) << "a byte came meanwhile, so the connection is alive";
  Say(HeadersFrame(1, StatusField(200), false));
  EXPECT_THAT(Ended(), IsEmpty()) << "what comes late is not counted twice";
  EXPECT_FALSE(dialogue_.IsOver());
}

TEST_F(Http2Talk, LeavesAConnectionOnWhichNothingComesAnyMore) {
  Begin(2);
  dialogue_.GiveUp(milliseconds(2));
  EXPECT_EQ(dialogue_.room(), 0U);
  Heard();
  EXPECT_FALSE(dialogue_.IsOver());
  dialogue_.GiveUp(milliseconds(3));
  Heard();
  EXPECT_THAT(Ended(), ElementsAre("1: timeout", "2: timeout"));
  EXPECT_TRUE(dialogue_.IsOver());
}

TEST_F(Http2Talk, TimesOutWhereTheWindowStaysShut) {
  Say(Settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0}}));
  Ask(1, post_);
  EXPECT_THAT(Heard(NGHTTP2_DATA), IsEmpty());
  dialogue_.GiveUp(milliseconds(2));
  EXPECT_THAT(Ended(), ElementsAre("1: timeout"));
}

TEST_F(Http2Talk, CountsWhatIsUnderWayWhenTheConnectionEnds) {
  Begin(2);
  Say(HeadersFrame(1, StatusField(200), false));
  dialogue_.OnEnd(false);
  EXPECT_THAT(Ended(), ElementsAre("1: cut off", "2: cut off"));
  EXPECT_TRUE(dialogue_.IsOver());
}

TEST_F(Http2Talk, SendsAgainWhatAKeptConnectionLeftWithoutAByte) {
  // Once it has answered: safe requests that were not begun to be answered, and once.
  Begin(2);
  Say(AnswerTo(1) + HeadersFrame(3, StatusField(200), false));
  Ask(3);
  Ask(4, post_);
  AskAgain(5);
  Ended();
  dialogue_.OnEnd(true);
  EXPECT_THAT(Ended(), ElementsAre("3: again", "2: reset", "4: reset", "5: reset"));
}

// A server that says this, whatever it is asked, is no HTTP/2; `expected` becomes of the request.
struct Hostile {
  const char* name;
  std::string bytes;
  std::string expected = "1: malformed";
  bool is_over = true;
};

class HostileTarget : public Http2Talk, public testing::WithParamInterface<Hostile> {};

TEST_P(HostileTarget, EndsInACountedError) {
  Begin(1);
  const std::string& bytes = GetParam().bytes;
  for (std::size_t at = 0; at < bytes.size(); at += 16384) {
    Say(bytes.substr(at, 16384));
    Heard();
    if (dialogue_.IsOver()) break;
  }
  EXPECT_EQ(dialogue_.IsOver(), GetParam().is_over);
  EXPECT_THAT(Ended(), ElementsAre(GetParam().expected));
}

std::string Repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// A field of 4000 bytes that goes into the table, then so many references to it: one byte each.
std::string Bomb(int references) {
  return StatusField(200) + "\x40\x01x\x7F\xA1\x1E" + std::string(4000, 'v') +
         std::string(static_cast<std::size_t>(references), '\xBE');
}

std::string Headers(const std::string& fields) {
  return HeadersFrame(1, fields, true);
}

INSTANTIATE_TEST_SUITE_P(
    Targets, HostileTarget,
    testing::Values(
        Hostile{"Http1", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"},
        Hostile{"HugeFrame", InBytes(0xFFFFFF, 3) + std::string(6, '\0')},
        Hostile{"UnreadableFields", Headers("\xFF\xFF\xFF\xFF\xFF\xFF")},
        Hostile{"NoStatus", Headers(std::string("\x00\x01t\x01v", 5)), "1: malformed", false},
        Hostile{"StatusInWords", Headers("\x08\x03two"), "1: malformed", false},
        Hostile{"ConnectionField",
                Headers(StatusField(200) + std::string("\x00\x0A", 2) + "connection\x05" + "close"),
                "1: malformed", false},
        Hostile{"DataBeforeHeaders", DataFrame(1, "hello", true)},
        Hostile{"EndlessContinuation",
                Bytes({NGHTTP2_HEADERS, 0, 1, StatusField(200)}) +
                    Repeated(Bytes({NGHTTP2_CONTINUATION, 0, 1, ""}), 10000)},
        Hostile{"OversizedFields", Headers(Bomb(1000)), "1: malformed", false},
        Hostile{"PushedStream", Bytes({NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, ""}) +
                                    Bytes({NGHTTP2_PUSH_PROMISE, NGHTTP2_FLAG_END_HEADERS, 1,
                                           InBytes(2, 4) + "\x82\x84\x86"})},
        Hostile{"AnswerToNobody", AnswerTo(99)},
        Hostile{"WindowOverflow", WindowUpdate(0, 0x7FFFFFFF)},
        Hostile{"ResetOfNobody", ResetOf(99, NGHTTP2_CANCEL)},
        Hostile{"SettingsOutOfRange",
                Settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0xFFFFFFFF}})},
        Hostile{"TrailingData", AnswerTo(1) + DataFrame(1, "more", true), "1: 200", false},
        Hostile{"MoreThanItsLength",
                HeadersFrame(1, StatusField(200) + "\x0F\x0D\x01" + "3", false) +
                    DataFrame(1, "hello", true),
                "1: malformed", false},
        Hostile{"BrokenOffHalfWay", HeadersFrame(1, StatusField(200), false) + ResetOf(1, 77),
                "1: stream reset", false}),
    [](const auto& hostile) { return hostile.param.name; });

TEST_F(Http2Talk, KeepsNothingForATargetThatAsksForAnswersAndReadsNone) {
  // It never takes what we say, while it pings: the library gives up at a thousand.
  Begin(1);
  const std::string ping = Bytes({NGHTTP2_PING, 0, 0, std::string(8, 'p')});
  for (int i = 0; i < 5000 && !dialogue_.IsOver(); ++i) Say(ping);
  EXPECT_TRUE(dialogue_.IsOver());
  EXPECT_THAT(Ended(), ElementsAre("1: malformed"));
}

TEST_F(Http2Talk, SaysNothingMoreOnceItIsOver) {
  Begin(1);
  dialogue_.EndAll(Failure::kUnfinished);
  EXPECT_THAT(Ended(), ElementsAre("1: unfinished"));
  Say(AnswerTo(1));
  EXPECT_THAT(Ended(), IsEmpty());
  EXPECT_TRUE(dialogue_.TakeOutgoing().empty());
  EXPECT_EQ(dialogue_.room(), 0U);
}

}  // namespace
}  // namespace loadcurve::replay
