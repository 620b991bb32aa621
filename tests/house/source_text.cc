#include "tests/house/source_text.h"

#include <algorithm>
#include <cctype>
#include <regex>

namespace loadcurve::house {
namespace {

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// The end, exclusive, of a literal closed by `quote`, whose body starts at `begin`.
std::size_t EndOfQuoted(std::string_view text, std::size_t begin, char quote) {
  std::size_t at = begin;
  while (at < text.size() && text[at] != quote && text[at] != '\n') at += text[at] == '\\' ? 2 : 1;
  return std::min(text.size(), at + 1);
}

// The same for R"mark(body)mark", `quote` being the place of its first quote.
std::size_t EndOfRaw(std::string_view text, std::size_t quote) {
  const std::size_t open = text.find('(', quote);
  if (open == std::string_view::npos) return text.size();
  const std::string close = ")" + std::string(text.substr(quote + 1, open - quote - 1)) + "\"";
  const std::size_t end = text.find(close, open);
  return end == std::string_view::npos ? text.size() : end + close.size();
}

enum class Layer { kCode, kComment, kLiteral };

struct Stretch {
  Layer layer = Layer::kCode;
  std::size_t end = 0;
};

// The stretch of one layer that begins at `at`.
Stretch NextStretch(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("//")) return {Layer::kComment, std::min(text.size(), text.find('\n', at))};
  if (rest.starts_with("/*")) {
    const std::size_t close = text.find("*/", at + 2);
    return {Layer::kComment, close == std::string_view::npos ? text.size() : close + 2};
  }
  if (rest.starts_with('"')) {
    const bool is_raw = at > 0 && text[at - 1] == 'R' && (at < 2 || !IsWordCharacter(text[at - 2]));
    return {Layer::kLiteral, is_raw ? EndOfRaw(text, at) : EndOfQuoted(text, at + 1, '"')};
  }
  const bool separates_digits = at > 0 && IsWordCharacter(text[at - 1]);  // 1'000
  if (rest.starts_with('\'') && !separates_digits)
    return {Layer::kLiteral, EndOfQuoted(text, at + 1, '\'')};
  return {Layer::kCode, at + 1};
}

std::string Blanked(std::string_view text) {
  std::string blank(text);
  std::replace_if(
      blank.begin(), blank.end(), [](char c) { return c != '\n'; }, ' ');
  return blank;
}

}  // namespace

SourceText::SourceText(std::string path, std::string text) : path_(std::move(path)) {
  code_ = Blanked(text);
  comments_ = code_;
  for (std::size_t at = 0; at < text.size();) {
    const Stretch stretch = NextStretch(text, at);
    if (stretch.layer == Layer::kComment) {
      comments_.replace(at, stretch.end - at, text, at, stretch.end - at);
    } else if (stretch.layer == Layer::kCode) {
      code_.replace(at, stretch.end - at, text, at, stretch.end - at);
    } else {  // the quotes stay, the inside does not
      code_[at] = text[at];
      code_[stretch.end - 1] = text[stretch.end - 1];
    }
    at = stretch.end;
  }

  static const std::regex kInclude(R"re(#[ \t]*include[ \t]*(["<])([^">\n]*))re");
  for (auto match = std::sregex_iterator(text.begin(), text.end(), kInclude);
       match != std::sregex_iterator(); ++match) {
    const auto position = static_cast<std::size_t>(match->position());
    if (code_[position] != '#') continue;  // within a comment or a literal
    includes_.push_back({LineAt(position), match->str(2), match->str(1) == "\""});
  }
}

int SourceText::LineAt(std::size_t position) const {
  const auto end = code_.begin() + static_cast<std::ptrdiff_t>(std::min(position, code_.size()));
  return static_cast<int>(std::count(code_.begin(), end, '\n')) + 1;
}

}  // namespace loadcurve::house
