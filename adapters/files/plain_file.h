#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"

namespace loadcurve::files {

// An open file, pipe or terminal, read as it is stored. Closed with the object.
class PlainFile {
 public:
  // "-" is standard input. Absent is kNotFound, a directory kInvalidArgument, forbidden
  // kPermissionDenied.
  [[nodiscard]] static Result<PlainFile> Open(const std::string& path);

  PlainFile(PlainFile&& other) noexcept;
  PlainFile& operator=(PlainFile&& other) noexcept;
  ~PlainFile();

  const std::string& path() const { return path_; }

  // True for a file on a disk: it has a size and can be read at any place.
  bool IsRegular() const { return is_regular_; }
  // Its size when it was opened; 0 where it is not regular.
  std::uint64_t Size() const { return size_; }
  // The same for two paths of one file.
  struct Identity {
    std::uint64_t device = 0;
    std::uint64_t number = 0;
    auto operator<=>(const Identity&) const = default;
  };
  Identity identity() const { return identity_; }

  // Reads on from where the last Read ended; 0 is the end. Of a device, which may have none, 64 MB
  // at most: more is kInvalidArgument.
  [[nodiscard]] Result<std::size_t> Read(std::span<char> into);

  // Reads from `offset`, until `into` is full or the file ends. Thread-safe. Regular
  // files only.
  [[nodiscard]] Result<std::size_t> ReadAt(std::uint64_t offset, std::span<char> into) const;

 private:
  PlainFile(std::string path, int descriptor);

  std::string path_;
  int descriptor_ = -1;
  bool is_regular_ = false;
  bool is_device_ = false;
  std::uint64_t read_of_device_ = 0;
  std::uint64_t size_ = 0;
  Identity identity_;
};

// What `error_number` (errno) of an operation on `path` means to the caller.
tl::unexpected<Error> FileError(const std::string& path, const std::string& operation,
                                int error_number);

}  // namespace loadcurve::files
