#include "adapters/logs/format_detection.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "adapters/logs/text_format.h"

namespace loadcurve::logs {
namespace {

// Microseconds that no request over a network stays below for ever; a log of whole seconds
// or milliseconds (%T) does.
constexpr Duration kImplausiblyFast{100};
constexpr std::size_t kLinesToJudge = 20;

struct Score {
  std::size_t requests = 0;
  std::size_t understood = 0;  // requests, headers, and requests that used no server
  bool is_always_fast = true;
  std::optional<TimePoint> first_end;

  auto Rank() const { return std::tuple(requests, understood); }
};

Score Try(LineParser& parser, std::span<const std::string_view> lines) {
  Score score;
  LoggedRequest request;
  for (const std::string_view line : lines) {
    const BadLine reason = parser.Parse(line, request);
    if (!IsBad(reason)) ++score.understood;
    if (reason != BadLine::kNone) continue;
    ++score.requests;
    if (request.duration >= kImplausiblyFast) score.is_always_fast = false;
    if (!score.first_end) score.first_end = EndOf(request);
  }
  return score;
}

ChosenFormat Chosen(std::unique_ptr<LineParser> parser, std::span<const std::string_view> lines) {
  // What the trial teaches a parser about the order of lines is not for the reading.
  const auto first_end = Try(*parser->Clone(), lines).first_end;
  return {std::move(parser), first_end};
}

std::string NamesOf(const std::vector<std::unique_ptr<LineParser>>& formats) {
  std::string names;
  for (const auto& format : formats) {
    const std::string name(format->FormatName());
    if (names.find(name) == std::string::npos) names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

tl::unexpected<Error> NotRecognised(const std::vector<std::unique_ptr<LineParser>>& tried,
                                    std::span<const std::string_view> lines) {
  if (std::any_of(lines.begin(), lines.end(), IsWebServerLine))
    return Fail(ErrorCode::kInvalidArgument,
                "this is the log of a web server without durations, and load cannot be told "
                "without them. For nginx add $request_time, and $upstream_response_time behind a "
                "proxy, to the end of its log_format; for Apache add %D to the end of its "
                "LogFormat. If the durations are there in another place, give the format with "
                "--format '...'");
  return Fail(ErrorCode::kInvalidArgument,
              "none of the first " + std::to_string(lines.size()) +
                  " lines is of a known format (tried " + NamesOf(tried) +
                  "); name the format with --format NAME, or write it out as the log_format of "
                  "nginx or the LogFormat of Apache; for JSON and csv, --fields says which field "
                  "is what");
}

tl::unexpected<Error> Ambiguous() {
  return Fail(ErrorCode::kInvalidArgument,
              "the last number of every line is whole and below 100, which may be seconds, "
              "milliseconds or microseconds; write the format out, as in --format '%h %l %u %t "
              "\"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\" %T'");
}

}  // namespace

Result<ChosenFormat> ChooseFormat(const std::string& format, FormatOptions options,
                                  std::span<const std::string_view> lines) {
  options.first_line = lines.front();
  if (options.fields && format.empty()) {
    LC_TRY(auto parser, FormatOfFields(options));
    return Chosen(std::move(parser), lines);
  }
  std::vector<std::unique_ptr<LineParser>> formats = KnownFormats(options);
  if (!format.empty()) {
    LC_TRY(auto named, FormatByName(format, options));
    std::erase_if(formats, [&](const auto& known) { return known->FormatName() != format; });
    if (formats.empty()) formats.push_back(std::move(named));
  }
  std::size_t best = 0;
  Score best_score;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    const Score score = Try(*formats[i]->Clone(), lines);
    if (i > 0 && score.Rank() <= best_score.Rank()) continue;
    best = i;
    best_score = score;
  }
  if (format.empty()) {
    if (best_score.understood == 0) return NotRecognised(formats, lines);
    if (formats[best]->FormatName() == "apache" && best_score.is_always_fast &&
        best_score.requests >= kLinesToJudge)
      return Ambiguous();
  }
  return Chosen(std::move(formats[best]), lines);
}

}  // namespace loadcurve::logs
