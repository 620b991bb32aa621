#pragma once

#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/http/http_transport.h"
#include "adapters/prometheus/time_series.h"

namespace loadcurve::prometheus {

// A small honest Prometheus: answers `metric{...}[Nms]` from the series it was given, of
// which it reads the metric's name only; other queries by the answers that were put for
// them; and fails when told to. Keeps what it was asked.
class ScriptedPrometheus final : public http::HttpTransport {
 public:
  struct Asked {
    std::string url;
    http::Headers headers;
    std::map<std::string, std::string> form;
    Duration deadline{};
  };

  // {seconds since 1970, value}, in order of time.
  using Samples = std::vector<std::pair<double, double>>;

  void Add(const std::string& metric, Labels labels, const Samples& samples) {
    labels["__name__"] = metric;
    auto& known = series_[metric][TextOf(labels)];
    known.insert(known.end(), samples.begin(), samples.end());
  }

  // The "result" of a query, by its whole text.
  void Answer(const std::string& query, const std::string& type, const std::string& result) {
    answers_[query] =
        R"({"status":"success","data":{"resultType":")" + type + R"(","result":)" + result + "}";
  }

  // Whatever is asked from now on.
  void AnswerAll(int status, std::string body) {
    status_ = status;
    body_ = std::move(body);
  }
  void FailAll(Error error) { error_ = std::move(error); }
  void WarnAlways(const std::string& warning) {
    warnings_ = R"(,"warnings":[")" + warning + R"("])";
  }

  const std::vector<Asked>& asked() const { return asked_; }
  std::vector<std::string> Queries() const {
    std::vector<std::string> queries;
    for (const Asked& one : asked_) queries.push_back(one.form.at("query"));
    return queries;
  }

  [[nodiscard]] Result<http::HttpResponse> Send(const http::HttpRequest& request,
                                                Duration deadline) override {
    asked_.push_back({request.url, request.headers, FormOf(request.body), deadline});
    if (error_) return tl::unexpected<Error>(*error_);
    if (status_ != 0) return http::HttpResponse{.status = status_, .body = body_};
    return http::HttpResponse{.status = 200, .body = AnswerTo(asked_.back().form)};
  }

  [[nodiscard]] Result<http::HttpResponse> Stream(const http::HttpRequest&, Duration,
                                                  const std::stop_token&, const OnChunk&) override {
    return Fail(ErrorCode::kInternal, "nothing streams here");
  }

 private:
  static std::map<std::string, std::string> FormOf(const std::string& body) {
    std::map<std::string, std::string> form;
    std::string name;
    std::string text;
    for (std::size_t i = 0; i <= body.size(); ++i) {
      if (i == body.size() || body[i] == '&') {
        form[name] = text;
        text.clear();
      } else if (body[i] == '=') {
        name = std::exchange(text, "");
      } else if (body[i] == '%') {
        text += static_cast<char>(std::stoi(body.substr(i + 1, 2), nullptr, 16));
        i += 2;
      } else {
        text += body[i];
      }
    }
    return form;
  }

  static std::string TextOf(const Labels& labels) {
    std::string text;
    for (const auto& [name, value] : labels)
      text += (text.empty() ? "\"" : ",\"") + name + "\":\"" + value + "\"";
    return "{" + text + "}";
  }

  std::string AnswerTo(const std::map<std::string, std::string>& form) const {
    const std::string& query = form.at("query");
    const auto known = answers_.find(query);
    if (known != answers_.end()) return known->second + warnings_ + "}";
    const std::string name = query.substr(0, query.find_first_of("{["));
    const std::size_t range = query.rfind('[');
    const double end = form.contains("time") ? std::stod(form.at("time")) : 0;
    const double start =
        range == std::string::npos ? end : end - std::stod(query.substr(range + 1)) / 1e3;
    std::string result;
    const auto found = series_.find(name);
    if (found != series_.end()) {
      for (const auto& [labels, samples] : found->second) {
        const std::string values = Values(samples, start, end);
        if (values.empty()) continue;
        result += (result.empty() ? "" : ",") + (R"({"metric":)" + labels) + R"(,"values":[)" +
                  values + "]}";
      }
    }
    return R"({"status":"success","data":{"resultType":"matrix","result":[)" + result + "]}" +
           warnings_ + "}";
  }

  // Both ends belong to it, as in Prometheus 2.
  static std::string Values(const Samples& samples, double start, double end) {
    std::string values;
    for (const auto& [time, value] : samples) {
      if (time < start || time > end) continue;
      values += (values.empty() ? "[" : ",[") + std::to_string(time) + ",\"" +
                (std::isnan(value) ? "NaN" : std::to_string(value)) + "\"]";
    }
    return values;
  }

  std::map<std::string, std::map<std::string, Samples>> series_;
  std::map<std::string, std::string> answers_;
  std::vector<Asked> asked_;
  std::optional<Error> error_;
  int status_ = 0;
  std::string body_;
  std::string warnings_;
};

}  // namespace loadcurve::prometheus
