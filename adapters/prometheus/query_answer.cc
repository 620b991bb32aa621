#include "adapters/prometheus/query_answer.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace loadcurve::prometheus {
namespace {

namespace dom = simdjson::dom;

constexpr int kFirstRedirect = 300;
constexpr int kFirstRefusal = 400;
constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr int kNotFoundStatus = 404;
constexpr int kMethodNotAllowed = 405;
constexpr int kTooManyRequests = 429;
constexpr int kFirstServerError = 500;
constexpr int kGatewayTimeout = 504;

// The beginning of what came back, on one line, for a message.
std::string Excerpt(std::string_view body) {
  constexpr std::size_t kLongest = 200;
  std::string text(body.substr(0, kLongest));
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' '; }, ' ');
  if (text.empty()) return "an empty body";
  return "'" + text + (body.size() > kLongest ? "...'" : "'");
}

std::string_view TextAt(const dom::element& object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? text : std::string_view();
}

// "17", "1.5e3", "NaN", "+Inf", "-Inf"; nullopt for anything else.
std::optional<double> ValueOf(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "+Inf" || text == "Inf") return std::numeric_limits<double>::infinity();
  if (text == "-Inf") return -std::numeric_limits<double>::infinity();
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range && end == text.data() + text.size())
    return text.find("e-") == std::string_view::npos ? std::numeric_limits<double>::infinity() : 0.;
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// A value that is text, as Prometheus writes it, or a bare number, as some do.
bool Read(const dom::element& element, double& value) {
  std::string_view text;
  if (element.get(text) == simdjson::SUCCESS) {
    const std::optional<double> read = ValueOf(text);
    if (read) value = *read;
    return read.has_value();
  }
  return element.get(value) == simdjson::SUCCESS;
}

bool Read(const dom::element& element, TimePoint& time) {
  double seconds = 0;
  constexpr double kFurthest = 253'402'300'800;  // the year 10000
  if (element.get(seconds) != simdjson::SUCCESS || !(std::abs(seconds) < kFurthest)) return false;
  time = TimePoint(std::chrono::milliseconds(std::llround(seconds * 1e3)));
  return true;
}

// The two halves of a pair [time, what].
bool Split(const dom::element& pair, TimePoint& time, dom::element& what) {
  dom::array parts;
  if (pair.get(parts) != simdjson::SUCCESS || parts.size() != 2) return false;
  return Read(parts.at(0).value_unsafe(), time) && parts.at(1).get(what) == simdjson::SUCCESS;
}

bool Read(const dom::element& pair, FloatPoint& point) {
  dom::element value;
  return Split(pair, point.time, value) && Read(value, point.value);
}

// [boundary_rule, left, right, count]; which edge is inclusive matters to nobody here.
bool Read(const dom::element& element, NativeBucket& bucket) {
  dom::array parts;
  if (element.get(parts) != simdjson::SUCCESS || parts.size() != 4) return false;
  return Read(parts.at(1).value_unsafe(), bucket.left) &&
         Read(parts.at(2).value_unsafe(), bucket.right) &&
         Read(parts.at(3).value_unsafe(), bucket.count);
}

bool Read(const dom::element& pair, NativePoint& point);
bool Read(const dom::element& element, TimeSeries& series);
bool Read(const dom::element& element, std::string& text);

template <class Item>
bool ReadAll(const dom::element& list, std::vector<Item>& items) {
  dom::array elements;
  if (list.get(elements) != simdjson::SUCCESS) return false;
  items.reserve(items.size() + elements.size());
  for (const dom::element& element : elements) {
    if (!Read(element, items.emplace_back())) return false;
  }
  return true;
}

bool Read(const dom::element& pair, NativePoint& point) {
  dom::element histogram;
  if (!Split(pair, point.time, histogram)) return false;
  dom::element count;
  dom::element sum;
  if (histogram["count"].get(count) != simdjson::SUCCESS ||
      histogram["sum"].get(sum) != simdjson::SUCCESS)
    return false;
  dom::element buckets;
  const bool has_buckets = histogram["buckets"].get(buckets) == simdjson::SUCCESS;
  return Read(count, point.count) && Read(sum, point.sum) &&
         (!has_buckets || ReadAll(buckets, point.buckets));
}

bool Read(const dom::element& element, std::string& text) {
  std::string_view read;
  if (element.get(read) != simdjson::SUCCESS) return false;
  text = read;
  return true;
}

// One series of a vector ("value", "histogram") or a matrix ("values", "histograms").
bool Read(const dom::element& element, TimeSeries& series) {
  dom::object labels;
  if (element["metric"].get(labels) != simdjson::SUCCESS) return false;
  for (const auto& [name, value] : labels) {
    if (!Read(value, series.labels[std::string(name)])) return false;
  }
  dom::element found;
  if (element["value"].get(found) == simdjson::SUCCESS &&
      !Read(found, series.points.emplace_back()))
    return false;
  if (element["values"].get(found) == simdjson::SUCCESS && !ReadAll(found, series.points))
    return false;
  if (element["histogram"].get(found) == simdjson::SUCCESS &&
      !Read(found, series.histograms.emplace_back()))
    return false;
  return element["histograms"].get(found) != simdjson::SUCCESS || ReadAll(found, series.histograms);
}

tl::unexpected<Error> Unreadable(std::string_view body) {
  return Fail(ErrorCode::kUnavailable,
              "the answer is not one of the query API, or was cut off: " + Excerpt(body));
}

Result<QueryAnswer> ParseResult(const dom::element& answer, std::string_view body) {
  QueryAnswer parsed;
  dom::element found;
  if (answer["warnings"].get(found) == simdjson::SUCCESS && !found.is_null() &&
      !ReadAll(found, parsed.warnings))
    return Unreadable(body);
  dom::element result;
  if (answer["data"]["result"].get(result) != simdjson::SUCCESS) return Unreadable(body);
  const std::string_view type = TextAt(answer["data"].value_unsafe(), "resultType");
  if (type == "string")
    return Fail(ErrorCode::kInvalidArgument, "the query yields text; expected numbers");
  const bool is_read = type == "scalar"
                           ? Read(result, parsed.series.emplace_back().points.emplace_back())
                           : ReadAll(result, parsed.series);
  if (!is_read) return Unreadable(body);
  return parsed;
}

// The code for an error that the server describes; `type` is its errorType, "" where the
// body is not of the query API.
ErrorCode CodeFor(int http_status, std::string_view type) {
  if (http_status == kUnauthorized || http_status == kForbidden)
    return ErrorCode::kPermissionDenied;
  if (type == "timeout" || http_status == kGatewayTimeout) return ErrorCode::kDeadlineExceeded;
  if (type == "bad_data" || type == "execution") return ErrorCode::kInvalidArgument;
  if (!type.empty()) return ErrorCode::kUnavailable;
  const bool is_refusal = http_status >= kFirstRefusal && http_status < kFirstServerError;
  return is_refusal && http_status != kTooManyRequests ? ErrorCode::kInvalidArgument
                                                       : ErrorCode::kUnavailable;
}

tl::unexpected<Error> Refusal(int http_status, std::string_view type, std::string_view message,
                              std::string_view body) {
  const std::string status = "HTTP " + std::to_string(http_status);
  if (!type.empty())
    return Fail(CodeFor(http_status, type),
                status + ", " + std::string(type) + ": " + std::string(message));
  const bool is_elsewhere = http_status == kNotFoundStatus || http_status == kMethodNotAllowed ||
                            (http_status >= kFirstRedirect && http_status < kFirstRefusal);
  if (is_elsewhere)
    return Fail(ErrorCode::kInvalidArgument,
                status +
                    ": no query API is there; expected the address before /api/v1/query; it "
                    "answered " +
                    Excerpt(body));
  return Fail(CodeFor(http_status, ""), status + ": " + Excerpt(body));
}

}  // namespace

std::size_t QueryAnswer::PointCount() const {
  std::size_t count = 0;
  for (const TimeSeries& one : series) count += one.points.size() + one.histograms.size();
  return count;
}

Result<QueryAnswer> ParseAnswer(int http_status, std::string_view body) {
  dom::parser parser;
  dom::element answer;
  const bool is_json =
      parser.parse(body.data(), body.size()).get(answer) == simdjson::SUCCESS && answer.is_object();
  const std::string_view status = is_json ? TextAt(answer, "status") : std::string_view();
  const bool is_success = http_status >= 200 && http_status < kFirstRedirect;
  if (is_success && status == "success") return ParseResult(answer, body);
  if (is_success && status != "error") return Unreadable(body);
  if (!is_json) return Refusal(http_status, "", "", body);
  return Refusal(http_status, TextAt(answer, "errorType"), TextAt(answer, "error"), body);
}

}  // namespace loadcurve::prometheus
