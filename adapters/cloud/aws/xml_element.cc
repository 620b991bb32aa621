#include "adapters/cloud/aws/xml_element.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace loadcurve::aws {
namespace {

constexpr int kDeepest = 64;

// A code point below 128 by its number, or one of the five names; "" for any other, which AWS does
// not write in what is read here.
std::string Decoded(std::string_view entity) {
  constexpr std::array<std::pair<std::string_view, char>, 5> kNamed = {
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
  for (const auto& [name, c] : kNamed)
    if (entity == name) return {c};
  if (!entity.starts_with('#')) return "";
  const bool is_hex = entity.starts_with("#x");
  const std::string_view digits = entity.substr(is_hex ? 2 : 1);
  int number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, is_hex ? 16 : 10);
  const bool is_ascii =
      error == std::errc() && end == digits.data() + digits.size() && number > 0 && number < 128;
  return is_ascii ? std::string(1, static_cast<char>(number)) : "";
}

std::string WithoutEntities(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const std::size_t begin = std::min(text.find('&'), text.size());
    plain += text.substr(0, begin);
    text.remove_prefix(begin);
    if (text.empty()) break;
    const std::size_t end = text.find(';');
    if (end == std::string_view::npos) break;
    plain += Decoded(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
  }
  return plain;
}

class XmlReader {
 public:
  explicit XmlReader(std::string_view text) : rest_(text) {}

  Result<XmlElement> Whole() {
    PassOver();
    LC_TRY(XmlElement root, Element(0));
    PassOver();
    if (!rest_.empty()) return Wrong("something behind the end");
    return root;
  }

 private:
  tl::unexpected<Error> Wrong(const std::string& what) const {
    return Fail(ErrorCode::kInvalidArgument,
                "the answer is no XML: " + what + " at '" + std::string(rest_.substr(0, 40)) + "'");
  }

  // Spaces, comments and processing instructions.
  void PassOver() {
    while (true) {
      const std::size_t begin = std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size());
      rest_.remove_prefix(begin);
      if (!rest_.starts_with("<?") && !rest_.starts_with("<!--")) return;
      const std::string_view close = rest_.starts_with("<?") ? "?>" : "-->";
      const std::size_t end = rest_.find(close);
      if (end == std::string_view::npos) return;
      rest_.remove_prefix(end + close.size());
    }
  }

  Result<XmlElement> Element(int depth) {
    if (depth > kDeepest) return Wrong("nested too deep");
    const std::size_t end = rest_.find('>');
    if (!rest_.starts_with('<') || end == std::string_view::npos || end < 2 || rest_[1] == '!')
      return Wrong("no element");
    std::string_view tag = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    const bool is_empty = tag.ends_with('/');
    if (is_empty) tag.remove_suffix(1);
    XmlElement element{.name = std::string(tag.substr(0, tag.find_first_of(" \t\r\n")))};
    if (is_empty) return element;
    LC_TRY_VOID(Content(element, depth));
    return element;
  }

  Result<void> Content(XmlElement& element, int depth) {
    const std::string close = "</" + element.name + ">";
    while (true) {
      const std::size_t begin = std::min(rest_.find('<'), rest_.size());
      element.text += WithoutEntities(rest_.substr(0, begin));
      rest_.remove_prefix(begin);
      if (rest_.starts_with(close)) {
        rest_.remove_prefix(close.size());
        return {};
      }
      if (rest_.starts_with("<!--") && rest_.find("-->") != std::string_view::npos) {
        PassOver();
        continue;
      }
      if (rest_.starts_with("</") || rest_.empty()) return Wrong("no " + close);
      LC_TRY(XmlElement child, Element(depth + 1));
      element.children.push_back(std::move(child));
    }
  }

  std::string_view rest_;
};

}  // namespace

const XmlElement* XmlElement::Child(std::string_view child) const {
  const auto found = std::ranges::find(children, child, &XmlElement::name);
  return found == children.end() ? nullptr : &*found;
}

std::vector<const XmlElement*> XmlElement::All(std::initializer_list<std::string_view> path) const {
  std::vector<const XmlElement*> level = {this};
  for (const std::string_view step : path) {
    std::vector<const XmlElement*> next;
    for (const XmlElement* element : level)
      for (const XmlElement& child : element->children)
        if (child.name == step) next.push_back(&child);
    level = std::move(next);
  }
  return level;
}

std::string XmlElement::TextOf(std::string_view child) const {
  const XmlElement* found = Child(child);
  return found == nullptr ? "" : found->text;
}

Result<XmlElement> ParseXml(std::string_view text) {
  return XmlReader(text).Whole();
}

}  // namespace loadcurve::aws
