#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/http/http_server.h"
#include "adapters/logs/log_options.h"
#include "base/clock.h"
#include "base/result.h"
#include "cmd/keda_endpoint.h"
#include "cmd/serve_loop.h"
#include "cmd/source_factory.h"

namespace loadcurve {

struct ServeFilesOptions {
  std::vector<std::string> profiles{};  // files, and folders of *.yaml
  logs::LogOptions logs{};              // followed; none where it has no paths
  PrometheusAddress prometheus{};
  std::string store{};  // history, a SQLite file; empty: in memory only
  std::string keys = "loadcurve-keys";
  http::ServerOptions server{};
  std::optional<KedaEndpoint> keda{};
  Duration interval = std::chrono::seconds(15);
  ServeLoop::Options loop{};
};

// Loadcurve without a cluster: profiles are files, read again at SIGHUP, replicas are assumed to be
// what was asked for, and the keys are made on an authority of its own. Prints how to read what is
// served. Returns at the stop; kInvalidArgument where a profile, the store or an option is wrong.
[[nodiscard]] Result<void> ServeFiles(const ServeFilesOptions& options, const Clock& clock,
                                      const std::stop_token& stop);

}  // namespace loadcurve
