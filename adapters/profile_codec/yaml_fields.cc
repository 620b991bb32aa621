#include "adapters/profile_codec/yaml_fields.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "adapters/profile_codec/quantity_text.h"
#include "base/time_text.h"

namespace loadcurve::profile_codec {
namespace {

int LineIn(const YAML::Node& node) {
  return node.Mark().line + 1;
}

// What a person sees in the file, cut to a readable length.
std::string Shown(const YAML::Node& node) {
  if (node.IsMap()) return "a mapping";
  if (node.IsSequence()) return "a list";
  if (!node.IsScalar()) return "empty";
  constexpr std::size_t kLongest = 60;
  const std::string& text = node.Scalar();
  return "'" + (text.size() > kLongest ? text.substr(0, kLongest) + "..." : text) + "'";
}

}  // namespace

void Reading::RefuseAt(int line, const std::string& message) {
  std::string fault = file_name_ + ":" + std::to_string(line) + ": " + message;
  if (std::ranges::find(faults_, fault) == faults_.end()) faults_.push_back(std::move(fault));
}

void Reading::Remember(const YAML::Node& node, const std::string& path) {
  line_of_path_.emplace(path, LineIn(node));
}

int Reading::LineOf(std::string_view message) const {
  std::string_view path = message.substr(0, message.find_first_of(" :"));
  while (!path.empty()) {
    if (const auto found = line_of_path_.find(path); found != line_of_path_.end())
      return found->second;
    const std::size_t dot = path.rfind('.');
    path = path.substr(0, dot == std::string_view::npos ? 0 : dot);
  }
  const auto whole = line_of_path_.find(path);
  return whole == line_of_path_.end() ? 1 : whole->second;
}

Fields::Fields(const YAML::Node& node, std::string path, Reading& reading)
    : node_(node), path_(std::move(path)), reading_(reading) {
  reading_.Remember(node_, path_);
  if (!node_.IsMap()) {
    reading_.RefuseAt(LineIn(node_), (path_.empty() ? "the document" : path_) + " is " +
                                         Shown(node_) + "; expected a mapping");
    return;
  }
  for (const auto& field : node_) {
    const YAML::Node& key = field.first;
    if (!key.IsScalar()) {
      reading_.RefuseAt(LineIn(key), (path_.empty() ? "a key" : "a key of " + path_) + " is " +
                                         Shown(key) + "; expected a field name");
      continue;
    }
    const std::string& name = key.Scalar();
    if (!fields_.emplace(name, field.second).second) {
      reading_.RefuseAt(LineIn(key), PathOf(name) + " is there twice; expected once");
      continue;
    }
    // A key on its line is what a reader looks for; its value may begin further down.
    reading_.Remember(key, PathOf(name));
  }
}

std::string Fields::PathOf(const std::string& name) const {
  return path_.empty() ? name : path_ + "." + name;
}

void Fields::Require(const std::string& name, std::string_view expected) {
  if (Has(name)) return;
  reading_.RefuseAt(LineIn(node_), PathOf(name) + " is absent; expected " + std::string(expected));
}

void Fields::Refuse(const std::string& name, std::string_view expected) {
  asked_.insert(name);
  const auto found = fields_.find(name);
  if (found == fields_.end()) return Require(name, expected);
  const YAML::Node& value = found->second;
  const std::string path = PathOf(name);
  // What is not there stands, for the YAML library, on the line after.
  const int line = value.IsNull() ? reading_.LineOf(path) : LineIn(value);
  reading_.RefuseAt(line, path + " is " + Shown(value) + "; expected " + std::string(expected));
}

std::optional<std::string> Fields::Scalar(const std::string& name, std::string_view expected,
                                          bool is_text) {
  asked_.insert(name);
  const auto found = fields_.find(name);
  if (found == fields_.end()) return std::nullopt;
  const YAML::Node& value = found->second;
  // "!" is the tag of a quoted scalar, "?" of a plain one.
  if (!value.IsScalar() || (!is_text && value.Tag() == "!")) {
    Refuse(name, is_text ? std::string(expected)
                         : std::string(expected) + (value.IsScalar() ? ", without quotes" : ""));
    return std::nullopt;
  }
  return value.Scalar();
}

void Fields::Text(const std::string& name, std::string& value) {
  if (auto text = Scalar(name, "a text", true)) value = *std::move(text);
}

void Fields::Texts(const std::string& name, std::vector<std::string>& values) {
  asked_.insert(name);
  const auto found = fields_.find(name);
  if (found == fields_.end()) return;
  if (!found->second.IsSequence()) return Refuse(name, "a list of texts");
  for (const auto& value : found->second) {
    if (!value.IsScalar()) return Refuse(name, "a list of texts");
    values.push_back(value.Scalar());
  }
}

void Fields::Flag(const std::string& name, bool& value) {
  const auto text = Scalar(name, "true or false", false);
  if (!text) return;
  if (*text != "true" && *text != "false") return Refuse(name, "true or false");
  value = *text == "true";
}

void Fields::Whole(const std::string& name, std::int64_t& value, std::string_view expected) {
  const auto text = Scalar(name, expected, false);
  if (!text) return;
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), whole);
  if (error != std::errc() || end != text->data() + text->size()) return Refuse(name, expected);
  value = whole;
}

void Fields::Number(const std::string& name, double& value) {
  const auto text = Scalar(name, "a number", false);
  if (!text) return;
  const auto number = NumberIn(*text);
  if (!number) return Refuse(name, "a number");
  value = *number;
}

void Fields::Number(const std::string& name, std::optional<double>& value) {
  double number = 0;
  Number(name, number);
  if (Has(name)) value = number;
}

void Fields::SecondsNumber(const std::string& name, Duration& value) {
  // A whole century in microseconds is below 2^53, so nothing is lost in a double.
  constexpr double kLongestSeconds = 3.2e9;
  double seconds = Seconds(value);
  Number(name, seconds);
  if (!Has(name)) return;
  if (std::abs(seconds) > kLongestSeconds) return Refuse(name, "a number of seconds");
  value = Duration(std::llround(seconds * 1e6));
}

void Fields::Span(const std::string& name, Duration& value) {
  constexpr std::string_view kExpected = "a duration with a unit, as in 60s or 1.5h";
  const auto text = Scalar(name, kExpected, true);
  if (!text) return;
  const auto duration = ParseDuration(*text);
  if (!duration) return Refuse(name, kExpected);
  value = *duration;
}

void Fields::Time(const std::string& name, TimePoint& value) {
  constexpr std::string_view kExpected = "a time, as in 2026-10-10T13:55:36Z";
  const auto text = Scalar(name, kExpected, true);
  if (!text) return;
  const auto time = ParseTime(*text);
  if (!time) return Refuse(name, kExpected);
  value = *time;
}

void Fields::Object(const std::string& name, const std::function<void(Fields&)>& read) {
  asked_.insert(name);
  const auto found = fields_.find(name);
  if (found == fields_.end()) return;
  Fields fields(found->second, PathOf(name), reading_);
  if (!fields.is_mapping()) return;
  read(fields);
  fields.Finish();
}

void Fields::Each(const std::string& name, const std::function<void(Fields&)>& read) {
  asked_.insert(name);
  const auto found = fields_.find(name);
  if (found == fields_.end()) return;
  if (!found->second.IsSequence()) return Refuse(name, "a list");
  for (std::size_t i = 0; i < found->second.size(); ++i) {
    Fields fields(found->second[i], PathOf(name) + "[" + std::to_string(i) + "]", reading_);
    if (!fields.is_mapping()) continue;
    read(fields);
    fields.Finish();
  }
}

void Fields::EachField(const std::function<void(const std::string& name)>& read) {
  for (const auto& [name, value] : fields_) read(name);
}

void Fields::Finish() {
  if (is_overlooked_) return;
  std::string known;
  for (const std::string& name : asked_) known += (known.empty() ? "" : ", ") + name;
  for (const auto& field : node_) {
    const YAML::Node& key = field.first;
    if (!key.IsScalar() || asked_.contains(key.Scalar())) continue;
    reading_.RefuseAt(LineIn(key),
                      PathOf(key.Scalar()) + " is not a known field; expected one of: " + known);
  }
}

}  // namespace loadcurve::profile_codec
