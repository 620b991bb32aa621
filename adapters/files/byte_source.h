#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace loadcurve::files {

// SEAM. Bytes in order, once. Not thread-safe.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // Fills `into` from its left and returns how many bytes; 0 is the end, fewer than asked
  // is not. Errors name the file, and for compressed ones the offset in it.
  [[nodiscard]] virtual Result<std::size_t> Read(std::span<char> into) = 0;

  // Bytes taken from the file so far, as it is stored: compressed ones where it is
  // compressed. For progress.
  virtual std::uint64_t StoredBytesRead() const = 0;
};

// How a file is stored, told by its first bytes and never by its name.
enum class Compression { kNone, kGzip, kZstd, kXz };

// At least this many bytes of the beginning decide; fewer are no compressed file.
inline constexpr std::size_t kMagicSize = 6;
Compression CompressionOf(std::string_view beginning);

// Opens `path`, "-" being standard input, and decompresses what is compressed. An absent
// file is kNotFound, a directory kInvalidArgument.
[[nodiscard]] Result<std::unique_ptr<ByteSource>> OpenBytes(const std::string& path);

// The same over any stored bytes; `name` is how errors call them.
[[nodiscard]] Result<std::unique_ptr<ByteSource>> Decompressed(std::unique_ptr<ByteSource> stored,
                                                               std::string name);

// `beginning`, then what `rest` still holds: for bytes that were looked at and cannot be
// read twice.
std::unique_ptr<ByteSource> Rejoined(std::string beginning, std::unique_ptr<ByteSource> rest);

// Reads until `into` is full or the bytes end; returns how many.
[[nodiscard]] Result<std::size_t> ReadFully(ByteSource& source, std::span<char> into);

}  // namespace loadcurve::files
