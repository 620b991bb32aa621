#include "adapters/sample_service/access_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace loadcurve::sample {
namespace {

// Seconds with three decimals, as nginx prints them.
std::string Milliseconds(Duration duration) {
  const auto whole = std::chrono::round<std::chrono::milliseconds>(duration).count();
  return fmt::format("{}.{:03}", whole / 1000, whole % 1000);
}

// "23/Nov/2026:15:04:30 +0000", as Apache and nginx print it.
std::string CommonLogTime(TimePoint time) {
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{:02}/{}/{}:{:02}:{:02}:{:02} +0000", static_cast<unsigned>(date.day()),
                     kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

std::string Because(int error) {
  return std::error_code(error, std::generic_category()).message();
}

}  // namespace

std::string LogLine(const ServedRequest& request) {
  return fmt::format("- - - [{}] \"GET {} HTTP/1.1\" {} {} \"-\" \"-\" {} {}\n",
                     CommonLogTime(request.ended), request.path, request.status, request.body_bytes,
                     Milliseconds(request.ended.time_since_epoch()),
                     Milliseconds(request.duration));
}

Result<AccessLog> AccessLog::Open(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0)
    return Fail(ErrorCode::kUnavailable, fmt::format("cannot write {}: {}", path, Because(errno)));
  return AccessLog(path, file);
}

AccessLog::AccessLog(std::string path, int file) : path_(std::move(path)), file_(file) {}

AccessLog::AccessLog(AccessLog&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)) {}

AccessLog::~AccessLog() {
  if (file_ >= 0) close(file_);
}

Result<void> AccessLog::Append(const ServedRequest& request) const {
  const std::string line = LogLine(request);
  const ssize_t written = write(file_, line.data(), line.size());
  if (written == static_cast<ssize_t>(line.size())) return {};
  return Fail(ErrorCode::kUnavailable, fmt::format("cannot write {}: {}", path_,
                                                   written < 0 ? Because(errno) : "disk full"));
}

}  // namespace loadcurve::sample
