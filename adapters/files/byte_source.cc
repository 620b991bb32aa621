#include "adapters/files/byte_source.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "adapters/files/decoder.h"
#include "adapters/files/plain_file.h"

namespace loadcurve::files {
namespace {

// Bytes of an open file or pipe, as they are.
class StoredBytes final : public ByteSource {
 public:
  explicit StoredBytes(PlainFile file) : file_(std::move(file)) {}

  Result<std::size_t> Read(std::span<char> into) override {
    LC_TRY(const std::size_t got, file_.Read(into));
    bytes_read_ += got;
    return got;
  }

  std::uint64_t StoredBytesRead() const override { return bytes_read_; }

 private:
  PlainFile file_;
  std::uint64_t bytes_read_ = 0;
};

class RejoinedBytes final : public ByteSource {
 public:
  RejoinedBytes(std::string beginning, std::unique_ptr<ByteSource> rest)
      : beginning_(std::move(beginning)), rest_(std::move(rest)) {}

  Result<std::size_t> Read(std::span<char> into) override {
    if (taken_ == beginning_.size()) return rest_->Read(into);
    const std::size_t size = std::min(into.size(), beginning_.size() - taken_);
    std::memcpy(into.data(), beginning_.data() + taken_, size);
    taken_ += size;
    return size;
  }

  std::uint64_t StoredBytesRead() const override { return rest_->StoredBytesRead(); }

 private:
  std::string beginning_;
  std::size_t taken_ = 0;
  std::unique_ptr<ByteSource> rest_;
};

}  // namespace

Compression CompressionOf(std::string_view beginning) {
  using namespace std::string_view_literals;
  if (beginning.starts_with("\x1f\x8b"sv)) return Compression::kGzip;
  if (beginning.starts_with("\x28\xb5\x2f\xfd"sv)) return Compression::kZstd;
  if (beginning.starts_with("\xfd"
                            "7zXZ\0"sv))
    return Compression::kXz;
  return Compression::kNone;
}

Result<std::unique_ptr<ByteSource>> OpenBytes(const std::string& path) {
  LC_TRY(PlainFile file, PlainFile::Open(path));
  return Decompressed(std::make_unique<StoredBytes>(std::move(file)), path);
}

Result<std::unique_ptr<ByteSource>> Decompressed(std::unique_ptr<ByteSource> stored,
                                                 std::string name) {
  std::string beginning(kMagicSize, '\0');
  LC_TRY(const std::size_t got, ReadFully(*stored, beginning));
  beginning.resize(got);
  const Compression compression = CompressionOf(beginning);
  std::unique_ptr<ByteSource> whole = Rejoined(std::move(beginning), std::move(stored));
  switch (compression) {
    case Compression::kGzip:
      return DecodedGzip(std::move(whole), std::move(name));
    case Compression::kZstd:
      return DecodedZstd(std::move(whole), std::move(name));
    case Compression::kXz:
      return DecodedXz(std::move(whole), std::move(name));
    case Compression::kNone:
      break;
  }
  return whole;
}

std::unique_ptr<ByteSource> Rejoined(std::string beginning, std::unique_ptr<ByteSource> rest) {
  return std::make_unique<RejoinedBytes>(std::move(beginning), std::move(rest));
}

Result<std::size_t> ReadFully(ByteSource& source, std::span<char> into) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    LC_TRY(const std::size_t got, source.Read(into.subspan(filled)));
    if (got == 0) break;
    filled += got;
  }
  return filled;
}

}  // namespace loadcurve::files
