#include "adapters/http/percent_code.h"

#include <charconv>

namespace loadcurve::http {

std::optional<std::string> PercentDecoded(std::string_view text, PlusSign plus) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == PlusSign::kSpace) {
      plain += ' ';
    } else if (text[i] != '%') {
      plain += text[i];
    } else {
      const std::string_view digits = text.substr(i + 1, 2);
      unsigned int byte = 0;
      const auto [end, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
      if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2)
        return std::nullopt;
      plain += static_cast<char>(byte);
      i += 2;
    }
  }
  return plain;
}

std::string PercentEncoded(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (is_plain) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kDigits[byte / 16U];
    encoded += kDigits[byte % 16U];
  }
  return encoded;
}

}  // namespace loadcurve::http
