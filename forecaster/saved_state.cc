#include "forecaster/saved_state.h"

namespace loadcurve {
namespace {

constexpr std::size_t kWordBytes = 8;

std::uint64_t ChecksumOf(std::string_view bytes) {
  std::uint64_t sum = 0xcbf29ce484222325;
  for (const char byte : bytes) sum = (sum ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return sum;
}

std::string InBytes(std::uint64_t word, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i)
    text += static_cast<char>(static_cast<unsigned char>(word >> (8 * i)));
  return text;
}

}  // namespace

std::string SavedState::Bytes() const {
  return kind_ + '\n' + InBytes(ChecksumOf(bytes_), kWordBytes) + bytes_;
}

Result<SavedState> SavedState::From(std::string_view kind, std::string_view bytes) {
  SavedState state(kind);
  state.is_read_ = true;
  const std::string head = state.kind_ + '\n';
  if (!bytes.starts_with(head))
    return Fail(ErrorCode::kInvalidArgument,
                "the saved state is not of the kind '" + state.kind_ + "'");
  bytes.remove_prefix(head.size());
  if (bytes.size() < kWordBytes ||
      bytes.substr(0, kWordBytes) != InBytes(ChecksumOf(bytes.substr(kWordBytes)), kWordBytes))
    return Fail(ErrorCode::kInvalidArgument,
                "the saved state is cut or changed: its checksum is another");
  state.bytes_ = bytes.substr(kWordBytes);
  return state;
}

Result<void> SavedState::Finish() const {
  if (is_refused_ || (is_read_ && next_ != bytes_.size()))
    return Fail(ErrorCode::kInvalidArgument, "the saved state is not one of this model");
  return {};
}

void SavedState::Word(std::uint64_t& word, std::size_t bytes) {
  if (!is_read_) {
    bytes_ += InBytes(word, bytes);
    return;
  }
  if (bytes_.size() - next_ < bytes) {
    word = 0;
    return Refuse();
  }
  word = 0;
  for (std::size_t i = 0; i < bytes; ++i)
    word |= std::uint64_t{static_cast<unsigned char>(bytes_[next_ + i])} << (8 * i);
  next_ += bytes;
}

std::size_t SavedState::Count(std::size_t size) {
  ExchangeOne(size);
  if (!is_read_ || size <= bytes_.size() - next_) return size;
  Refuse();
  return 0;
}

bool SavedState::Fits(Eigen::Index rows, Eigen::Index columns) const {
  const auto left = static_cast<Eigen::Index>((bytes_.size() - next_) / kWordBytes);
  return rows >= 0 && columns >= 0 && rows <= left && columns <= left && rows * columns <= left;
}

}  // namespace loadcurve
