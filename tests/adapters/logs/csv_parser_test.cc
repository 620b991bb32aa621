#include "adapters/logs/csv_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/time_text.h"

namespace loadcurve::logs {
namespace {

using testing::HasSubstr;

constexpr WantedFields kAll{.target = true, .workload = true};

std::unique_ptr<LineParser> Parser(std::string_view header) {
  return CsvParser::Make(header, FieldMap::WellKnown(), kAll).value();
}

std::unique_ptr<LineParser> Parser(std::string_view header, std::string_view fields) {
  return CsvParser::Make(header, FieldMap::Parse(fields).value(), kAll).value();
}

TEST(CsvParser, ReadsColumnsByTheMap) {
  const auto parser =
      Parser("file,start_ms,pod,operation,duration_us",
             "start=start_ms:ms,duration=duration_us:us,route=operation,workload=pod");
  LoggedRequest request;
  ASSERT_EQ(parser->Parse("f,1791640536250,cart-0,hipstershop.CartService/GetCart,1500", request),
            BadLine::kNone);
  EXPECT_EQ(ToRfc3339(request.time), "2026-10-10T13:55:36.2515Z");
  EXPECT_FALSE(request.time_is_start);
  EXPECT_EQ(request.duration, Duration(1'500));
  EXPECT_EQ(request.target, "hipstershop.CartService/GetCart");
  EXPECT_TRUE(request.target_is_route);
  EXPECT_EQ(request.workload, "cart-0");
  EXPECT_EQ(parser->DurationSource(), "duration_us");
}

TEST(CsvParser, KnowsCommonColumnNames) {
  const auto parser = Parser("start_ms,duration_us,operation,pod");
  LoggedRequest request;
  ASSERT_EQ(parser->Parse("1000,250,op,pod-1", request), BadLine::kNone);
  EXPECT_EQ(ToRfc3339(request.time), "1970-01-01T00:00:01.00025Z");
  EXPECT_EQ(request.duration, Duration(250));
  EXPECT_EQ(request.workload, "pod-1");
}

TEST(CsvParser, DerivesWhatIsNotNamed) {
  LoggedRequest request;
  const auto both = Parser("a,b", "start=a:s,end=b:s");
  ASSERT_EQ(both->Parse("100,100.25", request), BadLine::kNone);
  EXPECT_EQ(request.duration, Duration(250'000));
  EXPECT_EQ(request.time, TimePoint(Duration(100'250'000)));
  EXPECT_EQ(both->Parse("100,99", request), BadLine::kImplausible);

  const auto by_end = Parser("when,ms", "end=when,duration=ms:ms");
  ASSERT_EQ(by_end->Parse("2026-10-10T13:55:36Z,5", request), BadLine::kNone);
  EXPECT_EQ(ToRfc3339(request.time), "2026-10-10T13:55:36Z");
  EXPECT_EQ(request.duration, Duration(5'000));
}

TEST(CsvParser, ReadsQuotes) {
  const auto parser = Parser(R"("time",duration_ms,"path, full",method,status)",
                             "end=time,duration=duration_ms,method=method,status=status");
  LoggedRequest request;
  ASSERT_EQ(parser->Parse(R"("2026-10-10T13:55:36Z","12","/a,b ""c""","P""U""T",200)", request),
            BadLine::kNone);
  EXPECT_EQ(request.duration, Duration(12'000));
  EXPECT_EQ(request.method, R"(P"U"T)");
  EXPECT_EQ(request.status, 200);
  EXPECT_EQ(parser->Parse(R"("2026,12,x,GET,200)", request), BadLine::kShape);
  EXPECT_EQ(parser->Parse(R"("2026"x,12,x,GET,200)", request), BadLine::kShape);
}

TEST(CsvParser, KeepsTwoUnquotedColumnsApart) {
  const auto parser = Parser("time,ms,method,pod",
                             "end=time:s,duration=ms:ms,method=method,"
                             "workload=pod");
  LoggedRequest request;
  ASSERT_EQ(parser->Parse(R"(100,1,"A""B","C""D""E")", request), BadLine::kNone);
  EXPECT_EQ(request.method, R"(A"B)");
  EXPECT_EQ(request.workload, R"(C"D"E)");
}

TEST(CsvParser, LetsOneColumnTellTwoThings) {
  const auto parser = Parser("time,ms,op", "end=time:s,duration=ms:ms,route=op,workload=op");
  LoggedRequest request;
  ASSERT_EQ(parser->Parse("100,1,checkout", request), BadLine::kNone);
  EXPECT_EQ(request.target, "checkout");
  EXPECT_EQ(request.workload, "checkout");
}

TEST(CsvParser, StepsOverTheHeaderWhereverItStands) {
  const auto parser = Parser("\xEF\xBB\xBFtime,duration_ms");
  LoggedRequest request;
  EXPECT_EQ(parser->Parse("\xEF\xBB\xBFtime,duration_ms", request), BadLine::kHeader);
  EXPECT_EQ(parser->Parse("time,duration_ms", request), BadLine::kHeader);
}

TEST(CsvParser, SaysWhatIsWrong) {
  const auto parser = Parser("time,duration_ms,status,grpc_status");
  LoggedRequest request;
  const auto parse = [&](std::string_view line) { return parser->Parse(line, request); };
  EXPECT_EQ(parse("2026-10-10T13:55:36Z,1,200,0"), BadLine::kNone);
  EXPECT_EQ(request.grpc_status, 0);
  EXPECT_EQ(parse("2026-10-10T13:55:36Z,1,200"), BadLine::kShape);
  EXPECT_EQ(parse("2026-10-10T13:55:36Z,1,200,0,"), BadLine::kShape);
  EXPECT_EQ(parse(""), BadLine::kShape);
  EXPECT_EQ(parse("soon,1,200,0"), BadLine::kTime);
  EXPECT_EQ(parse(",1,200,0"), BadLine::kTime);
  EXPECT_EQ(parse("2026-10-10T13:55:36Z,-,200,0"), BadLine::kDuration);
  EXPECT_EQ(parse("2026-10-10T13:55:36Z,fast,200,0"), BadLine::kDuration);
  EXPECT_EQ(parse("2026-10-10T13:55:36Z,-5,200,0"), BadLine::kImplausible);
  EXPECT_EQ(parse("2026-10-10T13:55:36Z,1,OK,0"), BadLine::kStatus);
  EXPECT_EQ(parse("2026-10-10T13:55:36Z,1,200,FINE"), BadLine::kStatus);
}

TEST(CsvParser, NamesAColumnThatTheHeaderLacks) {
  const auto parser =
      CsvParser::Make("time,took", FieldMap::Parse("end=time,duration=spent:ms").value(), kAll);
  ASSERT_FALSE(parser);
  EXPECT_EQ(parser.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(parser.error().message, "--fields names the column 'spent'; the CSV has time, took");
}

TEST(CsvParser, SaysWhatToDoWhereNoColumnIsKnown) {
  const auto parser = CsvParser::Make("when,spent", FieldMap::WellKnown(), kAll);
  ASSERT_FALSE(parser);
  EXPECT_THAT(parser.error().message, HasSubstr("(when, spent)"));
  EXPECT_THAT(parser.error().message, HasSubstr("--fields end=COLUMN,duration=COLUMN:ms"));
}

TEST(CsvParser, ClonesReadTheSame) {
  const auto parser = Parser("time,duration_ms");
  const auto clone = parser->Clone();
  LoggedRequest request;
  ASSERT_EQ(clone->Parse("100000,7", request), BadLine::kNone);
  EXPECT_EQ(request.duration, Duration(7'000));
}

}  // namespace
}  // namespace loadcurve::logs
