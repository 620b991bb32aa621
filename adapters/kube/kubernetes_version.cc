#include "adapters/kube/kubernetes_version.h"

#include <charconv>
#include <string>

namespace loadcurve::kube {

Result<KubernetesVersion> ParseKubernetesVersion(std::string_view text) {
  const char* const end = text.data() + text.size();
  const char* const begin = text.data() + (text.starts_with('v') ? 1 : 0);
  KubernetesVersion version;
  const auto major = std::from_chars(begin, end, version.major);
  if (major.ec == std::errc() && major.ptr != end && *major.ptr == '.') {
    const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
    const bool ends_well =
        minor.ptr == end || *minor.ptr == '.' || *minor.ptr == '+' || *minor.ptr == '-';
    if (minor.ec == std::errc() && ends_well && version.major >= 1 && version.minor >= 0)
      return version;
  }
  return Fail(ErrorCode::kInvalidArgument, "'" + std::string(text) +
                                               "' is no version of Kubernetes; expected one as "
                                               "1.35");
}

}  // namespace loadcurve::kube
