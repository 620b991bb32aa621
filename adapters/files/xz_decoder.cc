#include <lzma.h>

#include <utility>

#include "adapters/files/decoder.h"

namespace loadcurve::files {
namespace {

// The largest dictionary of `xz -9` needs 65 MiB; a file that asks for more than this is
// refused rather than allowed to take the machine.
constexpr std::uint64_t kMemoryLimitBytes = 512ULL << 20;

std::string FaultOf(lzma_ret outcome) {
  switch (outcome) {
    case LZMA_MEM_ERROR:
    case LZMA_MEMLIMIT_ERROR:
      return "it needs more than 512 MiB of memory";
    case LZMA_FORMAT_ERROR:
      return "not xz";
    case LZMA_OPTIONS_ERROR:
      return "unsupported options";
    default:
      return "the check sum or the structure is wrong";
  }
}

class XzDecoder final : public Decoder {
 public:
  XzDecoder(std::unique_ptr<ByteSource> stored, std::string name)
      : Decoder(std::move(stored), std::move(name), "xz") {
    is_ready_ = lzma_stream_decoder(&stream_, kMemoryLimitBytes, LZMA_CONCATENATED) == LZMA_OK;
  }
  ~XzDecoder() override { lzma_end(&stream_); }
  XzDecoder(const XzDecoder&) = delete;
  XzDecoder& operator=(const XzDecoder&) = delete;

 protected:
  Step Decode(std::span<const char> stored, std::span<char> into, bool is_last) override {
    if (!is_ready_) return {0, 0, "no memory"};
    if (is_done_) return {};
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(stored.data());
    stream_.avail_in = stored.size();
    stream_.next_out = reinterpret_cast<std::uint8_t*>(into.data());
    stream_.avail_out = into.size();
    const lzma_ret outcome = lzma_code(&stream_, is_last ? LZMA_FINISH : LZMA_RUN);
    Step step{stored.size() - stream_.avail_in, into.size() - stream_.avail_out, ""};
    if (outcome == LZMA_STREAM_END) {
      is_done_ = true;
    } else if (outcome != LZMA_OK && outcome != LZMA_BUF_ERROR) {
      step.fault = FaultOf(outcome);
    }
    return step;
  }

  bool MayEnd() const override { return is_done_; }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool is_ready_ = false;
  bool is_done_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> DecodedXz(std::unique_ptr<ByteSource> stored, std::string name) {
  return std::make_unique<XzDecoder>(std::move(stored), std::move(name));
}

}  // namespace loadcurve::files
