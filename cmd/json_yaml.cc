#include "cmd/json_yaml.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace loadcurve {
namespace {

using nlohmann::ordered_json;

// Words with only letters, and '-', '.', '/' between them; "true" and its kin are none.
bool IsPlain(const std::string& text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (text.size() < 4 || !is_letter(text.front())) return false;
  if (text == "true" || text == "True" || text == "TRUE" || text == "false" || text == "False" ||
      text == "FALSE" || text == "null" || text == "Null" || text == "NULL")
    return false;
  return std::ranges::all_of(text, [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '/';
  });
}

std::string Scalar(const ordered_json& value) {
  if (value.is_string() && IsPlain(value.get_ref<const std::string&>()))
    return value.get<std::string>();
  if (value.is_structured()) return value.is_array() ? "[]" : "{}";
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

void Write(const ordered_json& value, int depth, std::string& text);

// What stands behind "key:" or "-".
void WriteBehind(const ordered_json& value, int depth, std::string& text) {
  if (!value.is_structured() || value.empty()) {
    text += " " + Scalar(value) + "\n";
    return;
  }
  text += "\n";
  Write(value, depth, text);
}

void Write(const ordered_json& value, int depth, std::string& text) {
  const std::string indent(static_cast<std::size_t>(depth) * 2, ' ');
  if (value.is_object()) {
    for (const auto& [name, field] : value.items()) {
      text += indent + Scalar(ordered_json(name)) + ":";
      WriteBehind(field, depth + 1, text);
    }
    return;
  }
  for (const ordered_json& item : value) {
    std::string element;
    WriteBehind(item, depth + 1, element);
    // The first line of a structure stands on the line of its dash.
    if (element.starts_with("\n")) element = element.substr(indent.size() + 2);
    text += indent + "-" + element;
  }
}

}  // namespace

std::string ToYaml(const ordered_json& value) {
  if (!value.is_structured() || value.empty()) return Scalar(value) + "\n";
  std::string text;
  Write(value, 0, text);
  return text;
}

}  // namespace loadcurve
