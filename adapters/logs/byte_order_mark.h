#pragma once

#include <string_view>

namespace loadcurve::logs {

// `text` without the UTF-8 byte-order mark that Windows tools write at its beginning.
inline std::string_view WithoutMark(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

}  // namespace loadcurve::logs
