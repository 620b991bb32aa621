#include "cmd/service_log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace loadcurve {

void LogToStderr() {
  spdlog::set_default_logger(spdlog::stderr_color_mt("loadcurve"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%SZ %l %v", spdlog::pattern_time_type::utc);
}

}  // namespace loadcurve
