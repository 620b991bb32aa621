#include "adapters/files/decoder.h"

#include <utility>

namespace loadcurve::files {
namespace {

constexpr std::size_t kStoredBufferBytes = 64 * 1024;

}  // namespace

Decoder::Decoder(std::unique_ptr<ByteSource> stored, std::string name, std::string format)
    : stored_(std::move(stored)),
      name_(std::move(name)),
      format_(std::move(format)),
      buffer_(kStoredBufferBytes) {}

Result<void> Decoder::Refill() {
  LC_TRY(const std::size_t got, stored_->Read(buffer_));
  waiting_ = std::span<const char>(buffer_).first(got);
  is_last_ = got == 0;
  return {};
}

tl::unexpected<Error> Decoder::Broken(const std::string& fault) const {
  return Fail(ErrorCode::kInvalidArgument,
              name_ + ": " + format_ + ": " + fault + " at byte " + std::to_string(offset_));
}

Result<std::size_t> Decoder::Read(std::span<char> into) {
  if (into.empty()) return 0;
  while (true) {
    if (waiting_.empty() && !is_last_) LC_TRY_VOID(Refill());
    const Step step = Decode(waiting_, into, is_last_);
    waiting_ = waiting_.subspan(step.consumed);
    offset_ += step.consumed;
    if (!step.fault.empty()) return Broken("corrupt (" + step.fault + ")");
    if (step.produced > 0) return step.produced;
    if (is_last_ && waiting_.empty()) {
      if (MayEnd()) return 0;
      return Broken("cut short: the file ends");
    }
    if (step.consumed == 0 && !waiting_.empty()) return Broken("corrupt (no progress)");
  }
}

}  // namespace loadcurve::files
