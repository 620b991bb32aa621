#include "adapters/profile_codec/yaml_lines.h"

#include <algorithm>

namespace loadcurve::profile_codec {

YamlLines::YamlLines(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines_.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

std::string YamlLines::Text() const {
  std::string text;
  for (const std::string& line : lines_) text += line + "\n";
  return text;
}

// Blank, or a comment alone.
bool YamlLines::IsBare(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  return first == std::string_view::npos || line[first] == '#';
}

std::size_t YamlLines::IndentOf(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

std::optional<YamlLines::Block> YamlLines::FindWithin(std::string_view key, const Block& parent,
                                                      bool is_root) const {
  const std::size_t from = is_root ? parent.first : parent.first + 1;
  std::optional<std::size_t> indent;
  for (std::size_t i = from; i < parent.end; ++i) {
    if (IsBare(lines_[i])) continue;
    if (!indent) indent = IndentOf(lines_[i]);
    const std::string_view line = lines_[i];
    if (IndentOf(line) != *indent) continue;
    const std::string_view rest = line.substr(*indent);
    if (!rest.starts_with(key) || rest.substr(key.size(), 1) != ":") continue;
    Block block{i, i + 1, *indent};
    for (std::size_t j = i + 1; j < parent.end; ++j) {
      if (IsBare(lines_[j])) continue;
      // A list may stand as far left as its key.
      const bool is_item = lines_[j].substr(IndentOf(lines_[j]), 2) == "- ";
      const bool is_inside =
          IndentOf(lines_[j]) > *indent || (IndentOf(lines_[j]) == *indent && is_item);
      if (!is_inside) break;
      block.end = j + 1;
    }
    return block;
  }
  return std::nullopt;
}

std::optional<YamlLines::Block> YamlLines::Find(const std::vector<std::string_view>& path) const {
  Block block{0, lines_.size(), 0};
  bool is_root = true;
  for (const std::string_view key : path) {
    const auto found = FindWithin(key, block, is_root);
    if (!found) return std::nullopt;
    block = *found;
    is_root = false;
  }
  return block;
}

std::size_t YamlLines::ChildIndent(const Block& parent) const {
  for (std::size_t i = parent.first + 1; i < parent.end; ++i)
    if (!IsBare(lines_[i])) return IndentOf(lines_[i]);
  return parent.indent + 2;
}

bool YamlLines::Put(const std::vector<std::string_view>& path, const YamlLines& from) {
  const auto source = from.Find(path);
  if (!source) return true;
  const auto old = Find(path);
  std::size_t at = 0;
  std::size_t indent = 0;
  if (old) {
    at = old->first;
    indent = old->indent;
  } else if (path.size() == 1) {
    at = lines_.size();
  } else {
    const auto parent = Find({path.begin(), path.end() - 1});
    if (!parent) return Put({path.begin(), path.end() - 1}, from);
    // "key: {}" or a scalar has no lines to stand among.
    if (parent->end == parent->first + 1) return false;
    at = parent->end;
    indent = ChildIndent(*parent);
  }
  std::vector<std::string> block;
  for (std::size_t i = source->first; i < source->end; ++i)
    block.push_back(std::string(indent, ' ') +
                    from.lines_[i].substr(std::min(source->indent, from.lines_[i].size())));
  const auto place = lines_.begin() + static_cast<std::ptrdiff_t>(at);
  const auto rest =
      old ? lines_.erase(place, lines_.begin() + static_cast<std::ptrdiff_t>(old->end)) : place;
  lines_.insert(rest, block.begin(), block.end());
  return true;
}

}  // namespace loadcurve::profile_codec
