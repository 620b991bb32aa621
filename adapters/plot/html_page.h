#pragma once

#include <string>
#include <string_view>

namespace loadcurve::plot {

// A page of its own, in the reader's light or dark setting. `title` is text, and its heading too;
// `body` is HTML.
std::string HtmlPage(std::string_view title, std::string_view body);

}  // namespace loadcurve::plot
