#include "adapters/prometheus/query_client.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <utility>

#include "base/time_text.h"

namespace loadcurve::prometheus {
namespace {

constexpr std::string_view kInstantQuery = "/api/v1/query";
constexpr std::string_view kRangeQuery = "/api/v1/query_range";

// RFC 3986, what application/x-www-form-urlencoded takes too.
std::string FormText(std::string_view text) {
  static constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kPlain.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return encoded;
}

// RFC 4648.
std::string Base64(std::string_view text) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string encoded;
  for (std::size_t at = 0; at < text.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      encoded += at + i > text.size() ? '=' : kDigits[group >> (18 - 6 * i) & 63];
  }
  return encoded;
}

// Seconds with three decimals; times of Prometheus are whole milliseconds.
std::string SecondsText(Duration duration) {
  const std::int64_t ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%s%lld.%03lld", ms < 0 ? "-" : "",
                static_cast<long long>(std::abs(ms) / 1000),
                static_cast<long long>(std::abs(ms) % 1000));
  return text.data();
}

std::string SecondsText(TimePoint time) {
  return SecondsText(time.time_since_epoch());
}

// Puts the series of pieces together by their labels.
class Assembly {
 public:
  void Add(QueryAnswer piece) {
    for (TimeSeries& series : piece.series) {
      const auto [found, is_new] = place_of_.emplace(series.labels, whole_.series.size());
      if (is_new) {
        whole_.series.push_back(std::move(series));
        continue;
      }
      TimeSeries& known = whole_.series[found->second];
      known.points.insert(known.points.end(), series.points.begin(), series.points.end());
      std::move(series.histograms.begin(), series.histograms.end(),
                std::back_inserter(known.histograms));
    }
    for (std::string& warning : piece.warnings) {
      const bool is_known = std::find(whole_.warnings.begin(), whole_.warnings.end(), warning) !=
                            whole_.warnings.end();
      if (!is_known) whole_.warnings.push_back(std::move(warning));
    }
  }

  QueryAnswer Take() { return std::move(whole_); }

 private:
  QueryAnswer whole_;
  std::map<Labels, std::size_t> place_of_;
};

}  // namespace

QueryClient::QueryClient(http::HttpTransport& transport, QueryOptions options)
    : transport_(&transport), options_(std::move(options)) {}

Result<QueryClient> QueryClient::Make(http::HttpTransport& transport, QueryOptions options) {
  std::string& url = options.base_url;
  while (url.ends_with('/')) url.pop_back();
  const bool is_http = url.starts_with("http://") || url.starts_with("https://");
  if (!is_http || url.find_first_of("?# ") != std::string::npos)
    return Fail(ErrorCode::kInvalidArgument, "the address of Prometheus is '" + url +
                                                 "'; expected http:// or https://, without ? or #");
  if (options.bearer_token && options.basic)
    return Fail(ErrorCode::kInvalidArgument,
                "a bearer token and a password are given for " + url + "; expected one of them");
  if (options.timeout <= Duration(0) || options.most_points < 1)
    return Fail(ErrorCode::kInvalidArgument,
                "the timeout of a query is " + ToString(options.timeout) + " and it asks for " +
                    std::to_string(options.most_points) + " points a series; expected more than 0");
  return QueryClient(transport, std::move(options));
}

Result<http::HttpRequest> QueryClient::RequestFor(std::string_view endpoint,
                                                  const Form& form) const {
  http::HttpRequest request{.method = "POST", .url = options_.base_url + std::string(endpoint)};
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                     {"Accept", "application/json"}};
  if (options_.bearer_token) {
    LC_TRY(const std::string token, options_.bearer_token());
    request.headers.emplace_back("Authorization", "Bearer " + token);
  }
  if (options_.basic) {
    const std::string pair = options_.basic->user + ":" + options_.basic->password;
    request.headers.emplace_back("Authorization", "Basic " + Base64(pair));
  }
  request.headers.insert(request.headers.end(), options_.headers.begin(), options_.headers.end());
  for (const Form* fields : {&form, &options_.parameters}) {
    for (const auto& [name, value] : *fields) {
      if (!request.body.empty()) request.body += '&';
      request.body += FormText(name) + "=" + FormText(value);
    }
  }
  return request;
}

Result<QueryAnswer> QueryClient::Ask(std::string_view endpoint, std::string_view expression,
                                     Form form) const {
  Result<QueryAnswer> answered = [&]() -> Result<QueryAnswer> {
    form.emplace_back("query", expression);
    // The server gives up when we do, instead of working for nobody.
    form.emplace_back("timeout", SecondsText(options_.timeout));
    LC_TRY(const http::HttpRequest request, RequestFor(endpoint, form));
    LC_TRY(const http::HttpResponse response, transport_->Send(request, options_.timeout));
    return ParseAnswer(response.status, response.body);
  }();
  if (answered) return answered;
  return Within(options_.base_url + ", query " + std::string(expression), answered.error());
}

Result<QueryAnswer> QueryClient::At(std::string_view expression, TimePoint time) const {
  return Ask(kInstantQuery, expression, {{"time", SecondsText(time)}});
}

Result<QueryAnswer> QueryClient::Over(std::string_view expression, const QueryRange& range) const {
  const auto [start, end, step] = range;
  if (step < std::chrono::milliseconds(1) || step % std::chrono::milliseconds(1) != Duration(0) ||
      end < start)
    return Fail(ErrorCode::kInvalidArgument,
                "a range from " + ToRfc3339(start) + " to " + ToRfc3339(end) + " in steps of " +
                    ToString(step) + "; expected an end after the start, and whole milliseconds");
  Assembly assembly;
  for (TimePoint from = start; from <= end; from += step * options_.most_points) {
    const TimePoint to = std::min(end, from + step * (options_.most_points - 1));
    LC_TRY(
        QueryAnswer piece,
        Ask(kRangeQuery, expression,
            {{"start", SecondsText(from)}, {"end", SecondsText(to)}, {"step", SecondsText(step)}}));
    assembly.Add(std::move(piece));
  }
  return assembly.Take();
}

Result<QueryAnswer> QueryClient::SamplesOf(std::string_view selector, TimePoint after,
                                           TimePoint until) const {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(until - after).count();
  if (ms <= 0)
    return Fail(ErrorCode::kInvalidArgument, "samples after " + ToRfc3339(after) + " until " +
                                                 ToRfc3339(until) + "; expected a later end");
  const std::string expression = std::string(selector) + "[" + std::to_string(ms) + "ms]";
  LC_TRY(QueryAnswer answer, At(expression, until));
  // Prometheus before 3.0 and VictoriaMetrics give the sample at the left edge too.
  for (TimeSeries& series : answer.series) {
    std::erase_if(series.points, [&](const FloatPoint& point) { return point.time <= after; });
    std::erase_if(series.histograms, [&](const NativePoint& point) { return point.time <= after; });
  }
  std::erase_if(answer.series, [](const TimeSeries& series) {
    return series.points.empty() && series.histograms.empty();
  });
  return answer;
}

}  // namespace loadcurve::prometheus
