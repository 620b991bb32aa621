#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "adapters/files/byte_source.h"

namespace loadcurve::files {

// The common part of the decompressors: feeds stored bytes to Decode and turns what it
// says into bytes, an end, or an error that names the file and the offset.
class Decoder : public ByteSource {
 public:
  Decoder(std::unique_ptr<ByteSource> stored, std::string name, std::string format);

  [[nodiscard]] Result<std::size_t> Read(std::span<char> into) final;
  std::uint64_t StoredBytesRead() const final { return stored_->StoredBytesRead(); }

 protected:
  struct Step {
    std::size_t consumed = 0;  // of the stored bytes
    std::size_t produced = 0;  // of `into`
    std::string fault;         // not empty: what is wrong with the stored bytes
  };

  // Decodes what it can. `is_last` where no stored bytes follow these.
  virtual Step Decode(std::span<const char> stored, std::span<char> into, bool is_last) = 0;

  // True where the stored bytes may end here: between two members, frames or streams.
  virtual bool MayEnd() const = 0;

 private:
  [[nodiscard]] Result<void> Refill();
  tl::unexpected<Error> Broken(const std::string& fault) const;

  std::unique_ptr<ByteSource> stored_;
  std::string name_;
  std::string format_;
  std::vector<char> buffer_;
  std::span<const char> waiting_;
  std::uint64_t offset_ = 0;  // of waiting_ in the stored bytes
  bool is_last_ = false;
};

// Members, frames and streams that follow one another are read as one, as gzip, zstd and
// xz do; zero bytes after the last are padding.
std::unique_ptr<ByteSource> DecodedGzip(std::unique_ptr<ByteSource> stored, std::string name);
std::unique_ptr<ByteSource> DecodedZstd(std::unique_ptr<ByteSource> stored, std::string name);
std::unique_ptr<ByteSource> DecodedXz(std::unique_ptr<ByteSource> stored, std::string name);

}  // namespace loadcurve::files
