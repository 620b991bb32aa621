#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace loadcurve::kube {

// RFC 4648, section 4, as Kubernetes writes bytes in YAML and JSON; line breaks and spaces
// are passed over. Nothing where the text is none.
std::optional<std::string> DecodeBase64(std::string_view text);

std::string EncodeBase64(std::string_view bytes);

}  // namespace loadcurve::kube
