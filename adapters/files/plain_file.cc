#include "adapters/files/plain_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace loadcurve::files {

tl::unexpected<Error> FileError(const std::string& path, const std::string& operation,
                                int error_number) {
  ErrorCode code = ErrorCode::kUnavailable;
  if (error_number == ENOENT || error_number == ENOTDIR) code = ErrorCode::kNotFound;
  if (error_number == EACCES || error_number == EPERM || error_number == EROFS)
    code = ErrorCode::kPermissionDenied;
  if (error_number == EISDIR || error_number == ENAMETOOLONG) code = ErrorCode::kInvalidArgument;
  return Fail(
      code, path + ": cannot " + operation + ": " + std::generic_category().message(error_number));
}

PlainFile::PlainFile(std::string path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor) {}

PlainFile::PlainFile(PlainFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      is_regular_(other.is_regular_),
      is_device_(other.is_device_),
      read_of_device_(other.read_of_device_),
      size_(other.size_),
      identity_(other.identity_) {}

PlainFile& PlainFile::operator=(PlainFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(is_regular_, other.is_regular_);
  std::swap(is_device_, other.is_device_);
  std::swap(read_of_device_, other.read_of_device_);
  std::swap(size_, other.size_);
  std::swap(identity_, other.identity_);
  return *this;
}

PlainFile::~PlainFile() {
  if (descriptor_ > STDERR_FILENO) close(descriptor_);
}

Result<PlainFile> PlainFile::Open(const std::string& path) {
  const int descriptor = path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return FileError(path, "open", errno);
  PlainFile file(path == "-" ? "standard input" : path, descriptor);
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return FileError(file.path_, "look at", errno);
  if (S_ISDIR(status.st_mode))
    return Fail(ErrorCode::kInvalidArgument,
                path + ": is a directory; expected a file, or a pattern such as " + path + "/*");
  file.is_regular_ = S_ISREG(status.st_mode) && path != "-";
  file.is_device_ = S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode);
  if (file.is_regular_) file.size_ = static_cast<std::uint64_t>(status.st_size);
  file.identity_ = {status.st_dev, status.st_ino};
  return file;
}

Result<std::size_t> PlainFile::Read(std::span<char> into) {
  constexpr std::uint64_t kMostOfDevice = 64'000'000;
  if (read_of_device_ > kMostOfDevice)
    return Fail(
        ErrorCode::kInvalidArgument,
        path_ + ": is a device, which gave 64 MB and did not end; expected a file or a pipe");
  while (true) {
    const ssize_t got = read(descriptor_, into.data(), into.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError(path_, "read", errno);
    if (is_device_) read_of_device_ += static_cast<std::uint64_t>(got);
    return static_cast<std::size_t>(got);
  }
}

Result<std::size_t> PlainFile::ReadAt(std::uint64_t offset, std::span<char> into) const {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const ssize_t got = pread(descriptor_, into.data() + filled, into.size() - filled,
                              static_cast<off_t>(offset + filled));
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError(path_, "read", errno);
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

}  // namespace loadcurve::files
