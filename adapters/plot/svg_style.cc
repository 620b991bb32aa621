#include "adapters/plot/svg_style.h"

namespace loadcurve::plot {
namespace {

constexpr std::string_view kStyle = R"(<style>
  text { font: 12px system-ui, sans-serif; fill: #3d444d }
  .title { font-weight: 600; font-size: 13px; fill: #1f2328 }
  .paper { fill: #ffffff }
  .grid { stroke: #d8dee4; stroke-width: 1 }
  .divider { stroke: #818b98; stroke-width: 1; stroke-dasharray: 3 3 }
  .line { fill: none; stroke-width: 1.8; stroke-linejoin: round }
  .area { fill-opacity: .22; stroke-width: 1.4; stroke-linejoin: round }
  .band { fill-opacity: .20; stroke: none }
  .c0 { stroke: #2f6fdb; fill: #2f6fdb } .c1 { stroke: #d9730d; fill: #d9730d }
  .c2 { stroke: #2a9d5c; fill: #2a9d5c } .c3 { stroke: #a855c7; fill: #a855c7 }
  .c4 { stroke: #0e96a8; fill: #0e96a8 } .c5 { stroke: #cf3f4f; fill: #cf3f4f }
  .line { fill: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #b5bcc6 } .title { fill: #e6edf3 } .paper { fill: #14181f }
    .grid { stroke: #2f3742 } .divider { stroke: #7d8590 }
  }
</style>
)";

}  // namespace

std::string_view SvgStyle() {
  return kStyle;
}

std::string XmlEscaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&')
      escaped += "&amp;";
    else if (c == '<')
      escaped += "&lt;";
    else if (c == '>')
      escaped += "&gt;";
    else
      escaped += c;
  }
  return escaped;
}

}  // namespace loadcurve::plot
