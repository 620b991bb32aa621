#include <zstd.h>

#include <utility>

#include "adapters/files/decoder.h"

namespace loadcurve::files {
namespace {

// RFC 8878: frames one after the other.
class ZstdDecoder final : public Decoder {
 public:
  ZstdDecoder(std::unique_ptr<ByteSource> stored, std::string name)
      : Decoder(std::move(stored), std::move(name), "zstd"), stream_(ZSTD_createDStream()) {}
  ~ZstdDecoder() override { ZSTD_freeDStream(stream_); }
  ZstdDecoder(const ZstdDecoder&) = delete;
  ZstdDecoder& operator=(const ZstdDecoder&) = delete;

 protected:
  Step Decode(std::span<const char> stored, std::span<char> into, bool is_last) override {
    if (is_last && stored.empty() && is_between_frames_) return {};
    ZSTD_inBuffer in{stored.data(), stored.size(), 0};
    ZSTD_outBuffer out{into.data(), into.size(), 0};
    const std::size_t outcome = ZSTD_decompressStream(stream_, &out, &in);
    if (ZSTD_isError(outcome) != 0) return {in.pos, out.pos, ZSTD_getErrorName(outcome)};
    is_between_frames_ = outcome == 0;
    return {in.pos, out.pos, ""};
  }

  bool MayEnd() const override { return is_between_frames_; }

 private:
  ZSTD_DStream* stream_;
  bool is_between_frames_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> DecodedZstd(std::unique_ptr<ByteSource> stored, std::string name) {
  return std::make_unique<ZstdDecoder>(std::move(stored), std::move(name));
}

}  // namespace loadcurve::files
