#include "adapters/files/whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "adapters/files/byte_source.h"
#include "adapters/files/plain_file.h"

namespace loadcurve::files {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }

 private:
  int number_;
};

// 0, or errno.
int WriteAll(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

// The mode of what is replaced, or what the umask leaves of rw-rw-rw-.
mode_t ModeFor(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) return status.st_mode & 07777;
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

Result<void> WriteInPlace(const std::string& path, std::string_view content) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.number() < 0) return FileError(path, "open for writing", errno);
  const int failed = WriteAll(file.number(), content);
  if (failed != 0) return FileError(path, "write", failed);
  return {};
}

// 0, or errno.
int FillAndSync(int descriptor, std::string_view content, mode_t mode) {
  const int failed = WriteAll(descriptor, content);
  if (failed != 0) return failed;
  if (fchmod(descriptor, mode) != 0 || fsync(descriptor) != 0) return errno;
  return 0;
}

Result<void> WriteBeside(const std::string& path, std::string_view content) {
  std::string temporary = path + ".XXXXXX";
  const Descriptor file(mkostemp(temporary.data(), O_CLOEXEC));
  if (file.number() < 0) return FileError(path, "create a file beside it", errno);
  int failed = FillAndSync(file.number(), content, ModeFor(path));
  if (failed == 0 && rename(temporary.c_str(), path.c_str()) != 0) failed = errno;
  if (failed != 0) {
    unlink(temporary.c_str());
    return FileError(path, "write", failed);
  }
  const std::string folder = std::filesystem::path(path).parent_path();
  const Descriptor above(
      open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (above.number() >= 0) fsync(above.number());
  return {};
}

}  // namespace

Result<std::string> ReadWholeFile(const std::string& path) {
  constexpr std::size_t kStep = 256 * 1024;
  LC_TRY(const auto source, OpenBytes(path));
  std::string content;
  while (true) {
    const std::size_t before = content.size();
    content.resize(before + kStep);
    LC_TRY(const std::size_t got, ReadFully(*source, std::span(content).subspan(before)));
    content.resize(before + got);
    if (got < kStep) return content;
  }
}

Result<void> WriteFileAtomically(const std::string& path, std::string_view content) {
  std::error_code error;
  const std::filesystem::path named(path);
  const auto kind = std::filesystem::status(named, error).type();
  if (kind == std::filesystem::file_type::directory)
    return Fail(ErrorCode::kInvalidArgument, path + ": is a directory; expected a file to write");
  if (kind != std::filesystem::file_type::regular && kind != std::filesystem::file_type::not_found)
    return WriteInPlace(path, content);
  const auto target = std::filesystem::canonical(named, error);
  return WriteBeside(error ? path : target.string(), content);
}

}  // namespace loadcurve::files
