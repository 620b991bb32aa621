#include "adapters/logs/text_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.h"

namespace loadcurve::logs {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr std::string_view kCombined =
    R"($remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent )"
    R"("$http_referer" "$http_user_agent")";

TimePoint Instant(std::string_view text) {
  return ParseTime(text).value();
}

TextFormatOptions Everything() {
  TextFormatOptions options;
  options.wanted = {.target = true, .workload = true};
  return options;
}

struct Read {
  BadLine bad = BadLine::kNone;
  LoggedRequest request;
};

// The parser and the line are kept, since the request's views point into them.
class Format {
 public:
  explicit Format(Result<std::unique_ptr<LineParser>> parser)
      : parser_(std::move(parser).value()) {}

  Read operator()(std::string_view line) {
    line_ = line;
    Read read;
    read.bad = parser_->Parse(line_, read.request);
    return read;
  }
  BadLine Bad(std::string_view line) { return (*this)(line).bad; }
  LineParser& parser() { return *parser_; }

 private:
  std::unique_ptr<LineParser> parser_;
  std::string line_;
};

Format Nginx(std::string_view format, const TextFormatOptions& options = Everything()) {
  return Format(NginxFormat(format, options));
}

Format Apache(std::string_view format, const TextFormatOptions& options = Everything()) {
  return Format(ApacheFormat(format, options));
}

std::string NginxLine(std::string_view end, std::string_view request = "GET /a?b=1 HTTP/1.1") {
  return "10.0.0.1 - - [10/Oct/2026:15:55:36 +0200] \"" + std::string(request) +
         "\" 200 612 \"http://x/\" \"curl/8.0 (a; b)\"" + std::string(end);
}

TEST(NginxFormat, ReadsCombinedWithRequestTime) {
  Format format = Nginx(std::string(kCombined) + " $request_time");
  const Read read = format(NginxLine(" 0.123"));
  ASSERT_EQ(read.bad, BadLine::kNone);
  EXPECT_EQ(read.request.time, Instant("2026-10-10T13:55:36Z"));
  EXPECT_FALSE(read.request.time_is_start);
  EXPECT_EQ(read.request.duration, milliseconds(123));
  EXPECT_EQ(read.request.status, 200);
  EXPECT_EQ(read.request.method, "GET");
  EXPECT_EQ(read.request.target, "/a?b=1");
  EXPECT_EQ(format.parser().FormatName(), "nginx");
  EXPECT_EQ(format.parser().DurationSource(), "$request_time");
}

TEST(NginxFormat, CountsWhatTheUpstreamTookBeforeWhatTheClientTook) {
  const std::string ends[] = {" $request_time $upstream_response_time",
                              " $upstream_response_time $request_time"};
  const std::string lines[] = {NginxLine(" 9.000 0.250"), NginxLine(" 0.250 9.000")};
  for (int i = 0; i < 2; ++i) {
    Format format = Nginx(std::string(kCombined) + ends[i]);
    EXPECT_EQ(format(lines[i]).request.duration, milliseconds(250));
    EXPECT_EQ(format.parser().DurationSource(), "$upstream_response_time, else $request_time");
  }
}

TEST(NginxFormat, AddsUpTheRetriesOfAnUpstream) {
  const std::string with_list = std::string(kCombined) + " $request_time $upstream_response_time";
  const std::string list_within = std::string(kCombined) + " $upstream_response_time $request_time";
  const std::string list_quoted =
      std::string(kCombined) + " rt=$request_time urt=\"$upstream_response_time\"";
  for (const auto& [list, expected] :
       std::vector<std::pair<std::string, milliseconds>>{{"0.010, 0.020 : 0.005", milliseconds(35)},
                                                         {"0.010, -", milliseconds(10)},
                                                         {"- : 0.003", milliseconds(3)},
                                                         {"0.000", milliseconds(0)}}) {
    EXPECT_EQ(Nginx(with_list)(NginxLine(" 9.000 " + list)).request.duration, expected) << list;
    EXPECT_EQ(Nginx(list_within)(NginxLine(" " + list + " 9.000")).request.duration, expected)
        << list;
    EXPECT_EQ(Nginx(list_quoted)(NginxLine(" rt=9.000 urt=\"" + list + "\"")).request.duration,
              expected)
        << list;
  }
}

TEST(NginxFormat, FallsBackToRequestTimeWhereNoUpstreamWasAsked) {
  Format format = Nginx(std::string(kCombined) + " $request_time $upstream_response_time");
  const Read read = format(NginxLine(" 0.002 -"));
  ASSERT_EQ(read.bad, BadLine::kNone);
  EXPECT_EQ(read.request.duration, milliseconds(2));
}

TEST(NginxFormat, TellsWhatNginxAnsweredItselfFromWhatTheUpstreamDid) {
  Format format = Nginx("[$time_local] $status $upstream_response_time");
  EXPECT_EQ(format.Bad("[10/Oct/2026:15:55:36 +0200] 301 -"), BadLine::kUnserved);
  EXPECT_EQ(format.Bad("[10/Oct/2026:15:55:36 +0200] 404 -, -"), BadLine::kUnserved);
  const Read refused = format("[10/Oct/2026:15:55:36 +0200] 503 -");
  EXPECT_EQ(refused.bad, BadLine::kNone);
  EXPECT_EQ(refused.request.status, 503);
  EXPECT_EQ(refused.request.duration, milliseconds(0));
}

TEST(NginxFormat, CountsTheDurationThatTheUserChose) {
  TextFormatOptions options = Everything();
  for (const char* name : {"$request_time", "request_time"}) {
    options.duration = name;
    Format format =
        Nginx(std::string(kCombined) + " $request_time $upstream_response_time", options);
    EXPECT_EQ(format(NginxLine(" 9.000 0.250")).request.duration, seconds(9));
    EXPECT_EQ(format.parser().DurationSource(), "$request_time");
  }
  options.duration = "$nothing";
  const auto wrong = NginxFormat(std::string(kCombined) + " $request_time", options);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(wrong.error().message, HasSubstr("'$nothing' is not in the format"));
  EXPECT_THAT(wrong.error().message, HasSubstr("$request_time"));
}

TEST(NginxFormat, NamesTheUpstreamThatAnswered) {
  Format format =
      Nginx(std::string(kCombined) + " $request_time $upstream_response_time $upstream_addr");
  EXPECT_EQ(format(NginxLine(" 0.1 0.1 10.0.0.7:80")).request.workload, "10.0.0.7:80");
  EXPECT_EQ(format(NginxLine(" 0.1 0.1, 0.2 10.0.0.7:80, 10.0.0.8:80")).request.workload,
            "10.0.0.8:80");
  EXPECT_EQ(format(NginxLine(" 0.1 0.1 : 0.2 unix:/run/a : [::1]:80")).request.workload,
            "[::1]:80");
  EXPECT_EQ(format(NginxLine(" 0.1 - -")).request.workload, "");
}

TEST(NginxFormat, NamesTheHostWhereTheUserSaysSo) {
  TextFormatOptions options = Everything();
  options.workload_source = WorkloadSource::kHost;
  Format format =
      Nginx("$host " + std::string(kCombined) + " $request_time $upstream_addr", options);
  EXPECT_EQ(format("shop.example " + NginxLine(" 0.1 10.0.0.7:80")).request.workload,
            "shop.example");
}

TEST(NginxFormat, NamesTheServiceOfAnIngressBeforeTheAddressOfItsPod) {
  Format format = Nginx("[$time_local] $request_time [$proxy_upstream_name] $upstream_addr $host");
  EXPECT_EQ(format("[10/Oct/2026:15:55:36 +0200] 0.1 [shop-cart-80] 10.0.0.7:80 a.example")
                .request.workload,
            "shop-cart-80");
  EXPECT_EQ(format("[10/Oct/2026:15:55:36 +0200] 0.1 [] - a.example").request.workload,
            "a.example");
}

TEST(NginxFormat, ReadsBracedNamesAndOtherTimes) {
  Format iso = Nginx("${time_iso8601}|${request_time}s|$status");
  EXPECT_EQ(iso("2026-10-10T15:55:36+02:00|0.5s|204").request.time,
            Instant("2026-10-10T13:55:36Z"));
  EXPECT_EQ(iso("2026-10-10T15:55:36+02:00|0.5s|204").request.duration, milliseconds(500));
  Format fine = Nginx("$msec [$time_local] $request_time");
  EXPECT_EQ(fine("1791640536.789 [10/Oct/2026:15:55:36 +0200] 0.5").request.time,
            Instant("2026-10-10T13:55:36.789Z"));
}

TEST(NginxFormat, ReadsTheMethodAndThePathApart) {
  Format format = Nginx("$time_iso8601 $request_method $request_uri $status $request_time");
  const Read read = format("2026-10-10T15:55:36Z POST /cart?x=1 503 1.000");
  EXPECT_EQ(read.request.method, "POST");
  EXPECT_EQ(read.request.target, "/cart?x=1");
  EXPECT_EQ(read.request.status, 503);
}

TEST(NginxFormat, ReadsTheGrpcStatusOfATrailer) {
  Format format = Nginx(std::string(kCombined) + " $request_time $upstream_trailer_grpc_status");
  EXPECT_EQ(format(NginxLine(" 0.1 14")).request.grpc_status, 14);
  EXPECT_EQ(format(NginxLine(" 0.1 -")).request.grpc_status, -1);
}

TEST(NginxFormat, TakesWhateverAClientSends) {
  Format format = Nginx(std::string(kCombined) + " $request_time");
  for (const std::string request :
       {"", "-", "\\x16\\x03\\x01\\x02\\x00\\x01\\x00", "GET /old", "GET /a b c HTTP/1.1",
        "GET /quote\\x22 HTTP/1.1", "GET /\xff\xfe\x01 HTTP/1.1", "GET /gr\xc3\xbc\xc3\x9f HTTP/2"})
    EXPECT_EQ(format.Bad(NginxLine(" 0.001", request)), BadLine::kNone) << request;
}

TEST(NginxFormat, KeepsOnReadingWhereFreeTextHoldsNumbersAndSpaces) {
  Format format = Nginx(std::string(kCombined) + " $request_time");
  const Read read = format(
      "10.0.0.1 - jane doe [10/Oct/2026:15:55:36 +0200] \"GET / HTTP/1.1\" 200 6 \"-\" "
      "\"agent 1.5 (0.7) 9.9\" 0.123");
  ASSERT_EQ(read.bad, BadLine::kNone);
  EXPECT_EQ(read.request.duration, milliseconds(123));
}

TEST(NginxFormat, SaysWhyALineIsNotCounted) {
  Format format = Nginx(std::string(kCombined) + " $request_time");
  EXPECT_EQ(format.Bad("nonsense"), BadLine::kShape);
  EXPECT_EQ(format.Bad(""), BadLine::kShape);
  EXPECT_EQ(format.Bad(NginxLine("")), BadLine::kDuration);
  EXPECT_EQ(format.Bad(NginxLine(" fast")), BadLine::kDuration);
  EXPECT_EQ(format.Bad(NginxLine(" 0.1.2")), BadLine::kDuration);
  EXPECT_EQ(format.Bad(NginxLine(" ")), BadLine::kDuration);
  EXPECT_EQ(format.Bad("a - - [10/Okt/2026:15:55:36 +0200] \"G\" 200 1 \"\" \"\" 0.1"),
            BadLine::kTime);
  EXPECT_EQ(format.Bad("a - - [31/Feb/2026:15:55:36 +0200] \"G\" 200 1 \"\" \"\" 0.1"),
            BadLine::kTime);
  EXPECT_EQ(format.Bad("a - - [10/Oct/2026:15:55:36 +0200] \"G\" 2000 1 \"\" \"\" 0.1"),
            BadLine::kStatus);
}

TEST(NginxFormat, RefusesAFormatWithoutDurationAndSaysWhatToAdd) {
  const auto format = NginxFormat(kCombined, {});
  ASSERT_FALSE(format);
  EXPECT_EQ(format.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(format.error().message, HasSubstr("no durations"));
  EXPECT_THAT(format.error().message, HasSubstr("$request_time $upstream_response_time';"));
}

TEST(NginxFormat, RefusesWhatItCannotTellApart) {
  for (const char* wrong : {"$status$request_time [$time_local]", "$ $request_time", "${msec",
                            "$request_time", "no variables"}) {
    const auto format = NginxFormat(wrong, {});
    ASSERT_FALSE(format) << wrong;
    EXPECT_EQ(format.error().code, ErrorCode::kInvalidArgument);
  }
}

std::string ApacheLine(std::string_view end, std::string_view request = "GET /a HTTP/1.1") {
  return "10.0.0.1 - - [10/Oct/2026:15:55:36 +0200] \"" + std::string(request) +
         "\" 200 612 \"-\" \"curl\"" + std::string(end);
}

constexpr std::string_view kApacheCombined =
    R"(%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i")";

TEST(ApacheFormat, ReadsCombinedWithMicrosecondsFromTheStartOfTheRequest) {
  Format format = Apache(std::string(kApacheCombined) + " %D");
  const Read read = format(ApacheLine(" 12345"));
  ASSERT_EQ(read.bad, BadLine::kNone);
  EXPECT_EQ(read.request.time, Instant("2026-10-10T13:55:36Z"));
  EXPECT_TRUE(read.request.time_is_start);
  EXPECT_EQ(read.request.duration, microseconds(12'345));
  EXPECT_EQ(read.request.status, 200);
  EXPECT_EQ(read.request.target, "/a");
  EXPECT_EQ(format.parser().DurationSource(), "%D");
}

TEST(ApacheFormat, KnowsTheUnitOfEveryDuration) {
  EXPECT_EQ(Apache("%t %T")("[10/Oct/2026:15:55:36 +0200] 2").request.duration, seconds(2));
  EXPECT_EQ(Apache("%t %{s}T")("[10/Oct/2026:15:55:36 +0200] 2").request.duration, seconds(2));
  EXPECT_EQ(Apache("%t %{ms}T")("[10/Oct/2026:15:55:36 +0200] 2").request.duration,
            milliseconds(2));
  EXPECT_EQ(Apache("%t %{us}T")("[10/Oct/2026:15:55:36 +0200] 2").request.duration,
            microseconds(2));
  EXPECT_EQ(Apache("%t %T/%D")("[10/Oct/2026:15:55:36 +0200] 1/999").request.duration,
            microseconds(999));
}

TEST(ApacheFormat, SeesQuotesThatAreEscaped) {
  Format format = Apache(std::string(kApacheCombined) + " %D");
  const Read read = format(ApacheLine(" 7", R"(GET /say\"hi\" HTTP/1.1)"));
  ASSERT_EQ(read.bad, BadLine::kNone);
  EXPECT_EQ(read.request.target, R"(/say\"hi\")");
  EXPECT_EQ(format.Bad(ApacheLine(" 7", R"(GET /back\\)")), BadLine::kNone);
}

TEST(ApacheFormat, ReadsTimesAsStrftimeWroteThem) {
  const TimePoint expected = Instant("2026-10-10T13:55:36.789Z");
  EXPECT_EQ(
      Apache("%{%Y-%m-%d %H:%M:%S}t.%{msec_frac}t %{%z}t %D")("2026-10-10 15:55:36.789 +0200 5")
          .request.time,
      expected);
  EXPECT_EQ(
      Apache("[%{%a %b %d %T}t.%{usec_frac}t %{%Y}t] %D")("[Sat Oct 10 13:55:36.789000 2026] 5")
          .request.time,
      expected);
  EXPECT_EQ(Apache("%{msec}t %D")("1791640536789 5").request.time, expected);
  EXPECT_EQ(Apache("%{%s}t.%{msec_frac}t %D")("1791640536.789 5").request.time, expected);
}

TEST(ApacheFormat, TakesTheEndWhereTheLogTellsIt) {
  const Read read = Apache("%t %{end:usec}t %D")("[10/Oct/2026:15:55:36 +0200] 1791640537000001 5");
  EXPECT_FALSE(read.request.time_is_start);
  EXPECT_EQ(read.request.time, Instant("2026-10-10T13:55:37.000001Z"));
}

TEST(ApacheFormat, ReadsConditionsVirtualHostsAndConnectionStates) {
  Format format = Apache("%v:%p %h %t \"%!200,304{User-agent}i\" %>s %X %D");
  const Read read = format("shop.example:443 ::1 [10/Oct/2026:15:55:36 +0200] \"-\" 301 + 42");
  ASSERT_EQ(read.bad, BadLine::kNone);
  EXPECT_EQ(read.request.workload, "shop.example");
  EXPECT_EQ(read.request.status, 301);
  EXPECT_EQ(read.request.duration, microseconds(42));
}

TEST(ApacheFormat, ReadsTheFormatAsItStandsInTheConfiguration) {
  Format format = Apache(R"(%t \"%r\" %>s %D)");
  EXPECT_EQ(format.Bad("[10/Oct/2026:15:55:36 +0200] \"GET / HTTP/1.1\" 200 5"), BadLine::kNone);
}

TEST(ApacheFormat, TakesLocalTimesInTheZoneThatTheUserGives) {
  TextFormatOptions options;
  options.time_zone = "Europe/Berlin";
  Format format = Apache("%{%F %T}t %D", options);
  EXPECT_EQ(format("2026-10-10 15:55:36 5").request.time, Instant("2026-10-10T13:55:36Z"));
  EXPECT_TRUE(format.parser().DependsOnOrder());
  EXPECT_FALSE(Apache("%{%F %T %z}t %D", options).parser().DependsOnOrder());
  EXPECT_FALSE(Apache("%{%F %T}t %D").parser().DependsOnOrder());
}

TEST(ApacheFormat, RefusesWhatItDoesNotKnow) {
  for (const auto& [wrong, named] : std::vector<std::pair<std::string, std::string>>{
           {"%t %Z %D", "'%Z'"},
           {"%{%Q}t %D", "'%Q'"},
           {"%t %{min}T", "%{min}T"},
           {"%t %>s", "no durations"},
           {"%h %D", "no time"},
           {"%t%h %D", ""},
           {"%h%l %t %D", "nothing stands between %h and %l"}}) {
    const auto format = ApacheFormat(wrong, {});
    if (named.empty()) continue;
    ASSERT_FALSE(format) << wrong;
    EXPECT_EQ(format.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(format.error().message, HasSubstr(named));
  }
}

// Which of the known formats read the line.
std::vector<std::string> Readers(std::string_view line) {
  std::vector<std::string> names;
  for (const auto& parser : KnownTextFormats({})) {
    LoggedRequest request;
    if (parser->Parse(line, request) == BadLine::kNone)
      names.push_back(std::string(parser->FormatName()) + " " + parser->DurationSource());
  }
  return names;
}

TEST(KnownTextFormats, TakesWholeNumbersForMicrosecondsAndDecimalsForSeconds) {
  EXPECT_EQ(Readers(ApacheLine(" 12345")).at(0), "apache %D");
  EXPECT_THAT(Readers(ApacheLine(" 0.123")), testing::ElementsAre("nginx $request_time"));
}

TEST(KnownTextFormats, TellsTheUsualEndsOfNginxApart) {
  const std::string both = "nginx $upstream_response_time, else $request_time";
  EXPECT_THAT(Readers(NginxLine(" 0.2 0.1")), testing::ElementsAre(both));
  EXPECT_EQ(Readers(NginxLine(" 0.2 0.1 .")).at(0), both);
  EXPECT_THAT(Readers(NginxLine(" 0.2 0.1, 0.1 10.0.0.1:80, 10.0.0.2:80")),
              testing::ElementsAre(both));
  EXPECT_THAT(Readers(NginxLine(" 0.2 10.0.0.1:80 0.1")), testing::ElementsAre(both));
  EXPECT_THAT(Readers(NginxLine(" rt=0.2 uct=\"0.0\" uht=\"0.1\" urt=\"0.1\"")),
              testing::ElementsAre(both));
  EXPECT_THAT(Readers(NginxLine(" \"10.0.0.9\" 0.2 0.1")), testing::ElementsAre(both));
  EXPECT_THAT(Readers(NginxLine(" 452 0.2 [shop-cart-80] [] 10.0.0.1:80 1043 0.1 200 0ea91d81f3")),
              testing::ElementsAre(both));
}

TEST(KnownTextFormats, ReadsNoLogWithoutDurations) {
  EXPECT_THAT(Readers(NginxLine("")), testing::IsEmpty());
  EXPECT_TRUE(IsWebServerLine(NginxLine("")));
  EXPECT_FALSE(IsWebServerLine("2026-10-10 15:55:36 hello"));
}

}  // namespace
}  // namespace loadcurve::logs
