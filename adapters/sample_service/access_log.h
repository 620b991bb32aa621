#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve::sample {

// The format of the sample service's access log, as nginx's log_format would have it:
// combined, then the time the request ended to the millisecond, then how long it took.
// Client, user, referrer and agent are "-", and the path has no query.
inline constexpr std::string_view kLogFormat =
    R"($remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent )"
    R"("$http_referer" "$http_user_agent" $msec $request_time)";

struct ServedRequest {
  TimePoint ended;
  Duration duration{0};
  std::string_view path;
  int status = 0;
  std::size_t body_bytes = 0;
};

// One line of kLogFormat, with its line break.
std::string LogLine(const ServedRequest& request);

// A log file, one write a line, so that a reader always finds whole lines.
class AccessLog {
 public:
  // Creates or truncates the file.
  [[nodiscard]] static Result<AccessLog> Open(const std::string& path);
  ~AccessLog();
  AccessLog(AccessLog&& other) noexcept;
  AccessLog& operator=(AccessLog&&) = delete;

  // kUnavailable where the disk is full or gone.
  [[nodiscard]] Result<void> Append(const ServedRequest& request) const;

 private:
  AccessLog(std::string path, int file);

  std::string path_;
  int file_;
};

}  // namespace loadcurve::sample
