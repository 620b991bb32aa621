#include "adapters/plot/html_page.h"

#include "adapters/plot/svg_style.h"

namespace loadcurve::plot {
namespace {

constexpr std::string_view kStyle = R"(<meta name="viewport" content="width=device-width">
<style>
  body { font: 15px system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
  svg { max-width: 100%; height: auto }
  pre { overflow-x: auto; font-size: 13px }
  @media (prefers-color-scheme: dark) { body { background: #14181f; color: #e6edf3 } }
</style>
)";

}  // namespace

std::string HtmlPage(std::string_view title, std::string_view body) {
  const std::string text = XmlEscaped(title);
  std::string page = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<title>";
  page.append(text).append("</title>\n").append(kStyle).append("</head><body>\n<h1>");
  page.append(text).append("</h1>\n").append(body).append("</body></html>\n");
  return page;
}

}  // namespace loadcurve::plot
