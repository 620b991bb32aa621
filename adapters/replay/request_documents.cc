#include "adapters/replay/request_documents.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "adapters/files/whole_file.h"
#include "base/time_text.h"

namespace loadcurve::replay {
namespace {

using nlohmann::json;

// Deeper than any record; what is nested without end would use up the stack.
constexpr int kDeepest = 64;

bool IsTooDeep(std::string_view text) {
  int depth = 0;
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_quoted && c == '\\') ++i;
    if (c == '"') is_quoted = !is_quoted;
    if (is_quoted) continue;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > kDeepest) return true;
  }
  return false;
}

Result<json> ParseJson(std::string_view text) {
  if (IsTooDeep(text))
    return Fail(ErrorCode::kInvalidArgument,
                "more than " + std::to_string(kDeepest) + " levels within one another");
  return json::parse(text, nullptr, false);
}

// The text under `name`; a value of another kind is an error, an absent one is empty.
Result<std::string> TextOf(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return std::string();
  if (!found->is_string())
    return Fail(ErrorCode::kInvalidArgument,
                std::string(name) + " is " + found->dump() + "; expected a text");
  return found->get<std::string>();
}

struct OwnedRequest {
  std::string method;
  std::string target;
  std::string body;
  http::Headers headers;
};

void AddOwned(const OwnedRequest& request, TimePoint ended, Duration duration,
              RequestSetBuilder& builder) {
  if (builder.is_full()) return builder.LeaveOut("beyond --max-requests");
  builder.Add({.ended = ended,
               .duration = duration,
               .method = request.method,
               .target = request.target,
               .headers = request.headers,
               .body = request.body});
}

Result<void> AddLine(std::string_view line, RequestSetBuilder& builder) {
  LC_TRY(const json object, ParseJson(line));
  if (!object.is_object())
    return Fail(ErrorCode::kInvalidArgument,
                R"(no JSON object; expected {"time":...,"method":...,"path":...})");
  for (const auto& [name, value] : object.items()) {
    if (name != "time" && name != "method" && name != "path" && name != "headers" && name != "body")
      return Fail(ErrorCode::kInvalidArgument,
                  "the field '" + name + "'; expected time, method, path, headers and body");
  }
  OwnedRequest request;
  LC_TRY(const std::string time_text, TextOf(object, "time"));
  LC_TRY(const TimePoint time, ParseTime(time_text));
  LC_TRY(request.method, TextOf(object, "method"));
  LC_TRY(request.target, TextOf(object, "path"));
  LC_TRY(request.body, TextOf(object, "body"));
  if (const auto headers = object.find("headers"); headers != object.end()) {
    if (!headers->is_object())
      return Fail(ErrorCode::kInvalidArgument,
                  "headers is " + headers->dump() + "; expected an object of texts");
    for (const auto& [name, value] : headers->items()) {
      LC_TRY(std::string text, TextOf(*headers, name.c_str()));
      request.headers.emplace_back(name, std::move(text));
    }
  }
  AddOwned(request, time, Duration(0), builder);
  return {};
}

Result<void> AddEntry(const json& entry, RequestSetBuilder& builder) {
  const json& recorded = entry.is_object() ? entry.value("request", json()) : entry;
  if (!recorded.is_object())
    return Fail(ErrorCode::kInvalidArgument, "there is no request; expected an object");
  OwnedRequest request;
  LC_TRY(const std::string time_text, TextOf(entry, "startedDateTime"));
  LC_TRY(const TimePoint time, ParseTime(time_text));
  LC_TRY(request.method, TextOf(recorded, "method"));
  LC_TRY(request.target, TextOf(recorded, "url"));
  for (const json& header : recorded.value("headers", json::array())) {
    if (!header.is_object()) continue;
    LC_TRY(std::string name, TextOf(header, "name"));
    LC_TRY(std::string value, TextOf(header, "value"));
    request.headers.emplace_back(std::move(name), std::move(value));
  }
  if (const auto data = recorded.find("postData"); data != recorded.end() && data->is_object()) {
    LC_TRY(request.body, TextOf(*data, "text"));
  }
  AddOwned(request, time, Duration(0), builder);
  return {};
}

Result<void> AddHar(const std::string& path, std::string_view text, RequestSetBuilder& builder) {
  const Result<json> document = ParseJson(text);
  if (!document) return Within(path, document.error());
  const json none;
  const json& log = document->is_object() && document->contains("log") ? (*document)["log"] : none;
  if (!log.is_object() || !log.contains("entries") || !log["entries"].is_array())
    return Fail(ErrorCode::kInvalidArgument,
                path + ": there is no list log.entries; expected a HAR file");
  std::size_t number = 0;
  for (const json& entry : log["entries"]) {
    const Result<void> added = AddEntry(entry, builder);
    if (!added)
      return Within(path + ": log.entries[" + std::to_string(number) + "]", added.error());
    ++number;
  }
  return {};
}

}  // namespace

bool IsRequestDocument(std::string_view path) {
  return path.ends_with(".har") || path.ends_with(".requests.jsonl");
}

Result<void> AddDocument(const std::string& path, RequestSetBuilder& builder) {
  LC_TRY(const std::string text, files::ReadWholeFile(path));
  return AddDocumentText(path, text, builder);
}

Result<void> AddDocumentText(const std::string& path, std::string_view text,
                             RequestSetBuilder& builder) {
  if (path.ends_with(".har")) return AddHar(path, text, builder);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty()) continue;
    const Result<void> added = AddLine(line, builder);
    if (!added) return Within(path + ":" + std::to_string(number), added.error());
  }
  return {};
}

}  // namespace loadcurve::replay
