#include "adapters/logs/json_parser.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "adapters/logs/field_gatherer.h"

namespace loadcurve::logs {
namespace {

using simdjson::ondemand::value;

// Deeper keys are not looked at.
constexpr int kDeepest = 4;

// JSON knows no raw control characters in strings, and its text is UTF-8; logs of requests
// from strangers hold both.
void ReplaceForeignBytes(std::string& text) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) c = '?';
    if (byte < 0x20) c = ' ';
  }
}

std::string_view Trimmed(std::string_view token) {
  return token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
}

}  // namespace

// The keys that are looked for; clones share them.
class JsonParser::Keys {
 public:
  explicit Keys(FieldMap fields)
      : fields_(std::move(fields)), sources_(fields_.sources().begin(), fields_.sources().end()) {
    std::sort(sources_.begin(), sources_.end(),
              [](const FieldSource& a, const FieldSource& b) { return a.column < b.column; });
    for (std::size_t i = sources_.size(); i-- > 0;) {
      const std::string_view column = sources_[i].column;
      first_source_[column] = i;
      for (std::size_t dot = column.find('.'); dot != std::string_view::npos;
           dot = column.find('.', dot + 1))
        parents_.insert(column.substr(0, dot));
    }
  }
  Keys(const Keys&) = delete;

  const FieldMap& fields() const { return fields_; }

  // What the key `path` tells; empty where it tells nothing.
  std::span<const FieldSource> SourcesOf(std::string_view path) const {
    const auto found = first_source_.find(path);
    if (found == first_source_.end()) return {};
    std::size_t end = found->second;
    while (end < sources_.size() && sources_[end].column == path) ++end;
    return std::span(sources_).subspan(found->second, end - found->second);
  }

  // True where an object under the key `path` may hold a key that is looked for.
  bool IsParent(std::string_view path) const { return parents_.contains(path); }

 private:
  FieldMap fields_;
  std::vector<FieldSource> sources_;  // by column
  std::unordered_map<std::string_view, std::size_t> first_source_;
  std::unordered_set<std::string_view> parents_;
};

// The JSON library's parser and its padded copy of the line.
class JsonParser::Reading {
 public:
  Reading(std::shared_ptr<const Keys> keys, WantedFields wanted, WorkloadSource workload_source)
      : gatherer_(wanted, workload_source), keys_(std::move(keys)) {}

  BadLine Read(std::string_view line, LoggedRequest& request) {
    gatherer_.Clear();
    text_.assign(line);
    text_.reserve(line.size() + simdjson::SIMDJSON_PADDING);
    simdjson::error_code error = ReadText();
    if (error == simdjson::UTF8_ERROR || error == simdjson::UNESCAPED_CHARS) {
      gatherer_.Clear();
      ReplaceForeignBytes(text_);
      error = ReadText();
    }
    return error == simdjson::SUCCESS ? gatherer_.Finish(request) : BadLine::kShape;
  }

 private:
  simdjson::error_code ReadText() {
    simdjson::ondemand::document document;
    if (const auto error =
            parser_.iterate(text_.data(), text_.size(), text_.capacity()).get(document))
      return error;
    simdjson::ondemand::object object;
    if (const auto error = document.get_object().get(object)) return error;
    path_.clear();
    return ReadObject(object, 1);
  }

  simdjson::error_code ReadObject(simdjson::ondemand::object& object, int depth) {
    const std::size_t parent_size = path_.size();
    for (auto field : object) {
      simdjson::ondemand::raw_json_string key;
      if (const auto error = field.key().get(key)) return error;
      path_.resize(parent_size);
      path_ += KeyText(key);
      value value;
      if (const auto error = field.value().get(value)) return error;
      if (const auto error = ReadValue(value, depth)) return error;
    }
    path_.resize(parent_size);
    return simdjson::SUCCESS;
  }

  // A key with escapes is cut at the first quote: none of those looked for has any.
  std::string_view KeyText(const simdjson::ondemand::raw_json_string& key) const {
    const char* first = key.raw();
    const char* end = text_.data() + text_.size();
    const void* quote = std::memchr(first, '"', static_cast<std::size_t>(end - first));
    const char* last = quote == nullptr ? end : static_cast<const char*>(quote);
    return {first, static_cast<std::size_t>(last - first)};
  }

  simdjson::error_code ReadValue(value& value, int depth) {
    const std::string_view token = Trimmed(value.raw_json_token());
    if (token.starts_with('{')) {
      if (depth == kDeepest || !keys_->IsParent(path_)) return simdjson::SUCCESS;
      simdjson::ondemand::object object;
      if (const auto error = value.get_object().get(object)) return error;
      path_ += '.';
      return ReadObject(object, depth + 1);
    }
    if (token.starts_with('[')) return simdjson::SUCCESS;
    std::string_view text = token;
    bool is_read = !token.starts_with('"');
    for (const FieldSource& source : keys_->SourcesOf(path_)) {
      if (!gatherer_.Wants(source)) continue;
      if (!is_read) text = StringText(value, token);
      is_read = true;
      gatherer_.Take(source, text);
    }
    return simdjson::SUCCESS;
  }

  static std::string_view StringText(value& value, std::string_view token) {
    const std::string_view raw = token.substr(1, token.size() < 2 ? 0 : token.size() - 2);
    if (raw.find('\\') == std::string_view::npos) return raw;
    std::string_view text;
    return value.get_string().get(text) == simdjson::SUCCESS ? text : raw;
  }

  FieldGatherer gatherer_;
  std::shared_ptr<const Keys> keys_;
  simdjson::ondemand::parser parser_;
  std::string text_;
  std::string path_;
};

JsonParser::JsonParser(const FieldMap& fields, WantedFields wanted, WorkloadSource workload_source)
    : JsonParser(KeysOf(fields), wanted, workload_source) {}

JsonParser::JsonParser(std::shared_ptr<const Keys> keys, WantedFields wanted,
                       WorkloadSource workload_source)
    : keys_(std::move(keys)),
      wanted_(wanted),
      workload_source_(workload_source),
      reading_(std::make_unique<Reading>(keys_, wanted, workload_source)) {}

JsonParser::~JsonParser() = default;

std::shared_ptr<const JsonParser::Keys> JsonParser::WellKnownKeys() {
  static const auto kKeys = std::make_shared<const Keys>(FieldMap::WellKnown());
  return kKeys;
}

std::shared_ptr<const JsonParser::Keys> JsonParser::KeysOf(const FieldMap& fields) {
  return &fields == &FieldMap::WellKnown() ? WellKnownKeys() : std::make_shared<const Keys>(fields);
}

BadLine JsonParser::Parse(std::string_view line, LoggedRequest& request) {
  request = {};
  if (!line.starts_with('{')) return BadLine::kShape;
  return reading_->Read(line, request);
}

std::unique_ptr<LineParser> JsonParser::Clone() const {
  return std::unique_ptr<LineParser>(new JsonParser(keys_, wanted_, workload_source_));
}

std::string JsonParser::DurationSource() const {
  if (keys_ != WellKnownKeys()) return keys_->fields().DurationColumns();
  return "upstream_service_time or upstream_response_time, else duration, request_time, latency "
         "or kin";
}

}  // namespace loadcurve::logs
