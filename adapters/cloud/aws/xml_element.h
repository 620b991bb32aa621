#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace loadcurve::aws {

// An element of the XML that AWS answers in: names, texts and children; attributes, comments and
// processing instructions are passed over, and there are no document types.
struct XmlElement {
  std::string name;
  std::string text{};  // of itself, entities replaced
  std::vector<XmlElement> children{};

  // The first of that name; null where there is none.
  const XmlElement* Child(std::string_view child) const;
  // The elements under path[0]/path[1]/..., all of them.
  std::vector<const XmlElement*> All(std::initializer_list<std::string_view> path) const;
  // The text of a child; "" where there is none.
  std::string TextOf(std::string_view child) const;
};

// kInvalidArgument for what is no whole element, or nested deeper than 64.
[[nodiscard]] Result<XmlElement> ParseXml(std::string_view text);

}  // namespace loadcurve::aws
