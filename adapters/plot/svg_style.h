#pragma once

#include <string>
#include <string_view>

namespace loadcurve::plot {

// The <style> of every picture: colours c0 to c5, lines, areas, texts, in the reader's light or
// dark setting.
std::string_view SvgStyle();
inline constexpr int kSvgColorCount = 6;

// With &, < and > as XML wants them.
std::string XmlEscaped(std::string_view text);

}  // namespace loadcurve::plot
