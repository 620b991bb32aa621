#include "adapters/observation/kernel_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

namespace loadcurve::observation {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;

ErrorCode CodeOf(int error) {
  if (error == ENOENT || error == ESRCH || error == ENODEV || error == ENOTDIR)
    return ErrorCode::kNotFound;
  return error == EACCES || error == EPERM ? ErrorCode::kPermissionDenied : ErrorCode::kUnavailable;
}

tl::unexpected<Error> CannotRead(const std::string& path, int error) {
  return Fail(CodeOf(error), "cannot read " + path + ": " + std::generic_category().message(error));
}

}  // namespace

Result<std::string> ReadKernelFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return CannotRead(path, errno);
  std::string text;
  ssize_t got = 0;
  do {
    constexpr std::size_t kPiece = 16 * 1024;
    const std::size_t before = text.size();
    text.resize(before + kPiece);
    got = read(file, text.data() + before, kPiece);
    text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  } while (got > 0 && text.size() < kMostBytes);
  const int error = errno;
  close(file);
  if (got < 0) return CannotRead(path, error);
  return text;
}

std::string_view ValueOf(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.starts_with(key)) continue;
    line.remove_prefix(key.size());
    const std::size_t value = line.find_first_not_of(" \t");
    if (value == 0) continue;  // another key, that begins alike
    return value == std::string_view::npos ? std::string_view() : line.substr(value);
  }
  return {};
}

std::optional<std::uint64_t> NumberAtStart(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> CountOfList(std::string_view list) {
  std::uint64_t count = 0;
  while (!list.empty() && list.back() == '\n') list.remove_suffix(1);
  while (!list.empty()) {
    const std::string_view range = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), range.size() + 1));
    const auto first = NumberAtStart(range);
    const std::size_t dash = range.find('-');
    const auto last =
        dash == std::string_view::npos ? first : NumberAtStart(range.substr(dash + 1));
    if (!first || !last || *last < *first) return std::nullopt;
    count += *last - *first + 1;
  }
  return count == 0 ? std::nullopt : std::optional(count);
}

}  // namespace loadcurve::observation
