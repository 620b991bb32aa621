#include <zlib.h>

#include <algorithm>
#include <utility>

#include "adapters/files/decoder.h"

namespace loadcurve::files {
namespace {

// RFC 1952: members one after the other.
class GzipDecoder final : public Decoder {
 public:
  GzipDecoder(std::unique_ptr<ByteSource> stored, std::string name)
      : Decoder(std::move(stored), std::move(name), "gzip") {
    constexpr int kGzipWindow = 16 + MAX_WBITS;
    is_ready_ = inflateInit2(&stream_, kGzipWindow) == Z_OK;
  }
  ~GzipDecoder() override { inflateEnd(&stream_); }
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;

 protected:
  Step Decode(std::span<const char> stored, std::span<char> into, bool) override {
    if (!is_ready_) return {0, 0, "no memory"};
    if (is_between_members_) {
      const auto member = std::find_if(stored.begin(), stored.end(), [](char c) { return c != 0; });
      if (member != stored.begin() || stored.empty())
        return {static_cast<std::size_t>(member - stored.begin()), 0, ""};
      inflateReset(&stream_);
      is_between_members_ = false;
    }
    // zlib's interface predates const.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(stored.data()));
    stream_.avail_in = static_cast<uInt>(stored.size());
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    const auto space = static_cast<uInt>(std::min<std::size_t>(into.size(), 1U << 30));
    stream_.avail_out = space;
    const int outcome = inflate(&stream_, Z_NO_FLUSH);
    Step step{stored.size() - stream_.avail_in, space - stream_.avail_out, ""};
    if (outcome == Z_STREAM_END) {
      is_between_members_ = true;
    } else if (outcome != Z_OK && outcome != Z_BUF_ERROR) {
      step.fault = stream_.msg != nullptr ? stream_.msg : "not gzip";
    }
    return step;
  }

  bool MayEnd() const override { return is_between_members_; }

 private:
  z_stream stream_{};
  bool is_ready_ = false;
  bool is_between_members_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> DecodedGzip(std::unique_ptr<ByteSource> stored, std::string name) {
  return std::make_unique<GzipDecoder>(std::move(stored), std::move(name));
}

}  // namespace loadcurve::files
