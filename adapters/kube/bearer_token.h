#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "adapters/kube/kube_config.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve::kube {

// The token we show to the API server, thread-safe. One from a file is read anew every
// minute, well before a projected token ends, and when the server did not accept it.
class BearerToken {
 public:
  // `clock` outlives this.
  BearerToken(const KubeConfig& config, const Clock& clock);

  // Empty where there is none to show. When the file cannot be read the last token is used
  // on; where there is no last one, the error of the file.
  [[nodiscard]] Result<std::string> Read();

  // The server refused it: the next Read() reads the file. False where that cannot help.
  bool Renew();

 private:
  const std::string fixed_;
  const std::string file_;
  const Clock& clock_;
  std::mutex mutex_;
  std::string last_;
  std::optional<Duration> read_at_;  // monotonic
};

}  // namespace loadcurve::kube
