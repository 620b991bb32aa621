#include "adapters/store/hour_codec.h"

#include <zstd.h>

#include <memory>

#include "base/check.h"

namespace loadcurve::store {
namespace {

// The first byte, so that later forms can be told apart.
constexpr char kForm = 1;
constexpr int kCompressionLevel = 3;
// An hour of 60 minutes, 1,000 routes and 32 buckets at 20 bytes a cell.
constexpr std::uint64_t kLargestHour = 64U << 20U;

void PutVarint(std::uint64_t value, std::string& bytes) {
  while (value >= 0x80) {
    bytes += static_cast<char>(value | 0x80U);
    value >>= 7U;
  }
  bytes += static_cast<char>(value);
}

std::uint64_t ZigZag(std::int64_t value) {
  return static_cast<std::uint64_t>(value) << 1U ^ static_cast<std::uint64_t>(value >> 63U);
}

std::int64_t FromZigZag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1U ^ (~(value & 1U) + 1));
}

// Reads numbers from the left; after the first that is cut short all are zero.
class Numbers {
 public:
  explicit Numbers(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t Next() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
    is_broken_ = true;
    return 0;
  }

  bool is_broken() const { return is_broken_; }
  bool AtEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool is_broken_ = false;
};

tl::unexpected<Error> Damaged() {
  return Fail(ErrorCode::kInvalidArgument, "the bytes of an hour are damaged");
}

// The key after `last`: a step in an outer number sets the inner ones anew.
HourCellKey NextKey(const HourCellKey& last, Numbers& numbers) {
  HourCellKey key = last;
  const std::uint64_t windows = numbers.Next();
  key.window += static_cast<std::uint32_t>(windows);
  const std::uint64_t series = numbers.Next();
  key.series = static_cast<std::uint32_t>(windows == 0 ? last.series + series : series);
  const std::uint64_t buckets = numbers.Next();
  const bool is_same_series = windows == 0 && series == 0;
  key.bucket = static_cast<std::uint32_t>(is_same_series ? last.bucket + buckets : buckets);
  return key;
}

void PutKey(const HourCellKey& last, const HourCellKey& key, std::string& bytes) {
  const bool is_same_window = key.window == last.window;
  const bool is_same_series = is_same_window && key.series == last.series;
  PutVarint(key.window - last.window, bytes);
  PutVarint(is_same_window ? key.series - last.series : key.series, bytes);
  PutVarint(is_same_series ? key.bucket - last.bucket : key.bucket, bytes);
}

std::string Compressed(const std::string& plain) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                     &ZSTD_freeCCtx);
  Check(context != nullptr, "there is memory to compress an hour");
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kCompressionLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::string bytes(1 + ZSTD_compressBound(plain.size()), kForm);
  const std::size_t size =
      ZSTD_compress2(context.get(), bytes.data() + 1, bytes.size() - 1, plain.data(), plain.size());
  Check(ZSTD_isError(size) == 0, "zstd compresses into a buffer of the size it asked for");
  bytes.resize(1 + size);
  return bytes;
}

}  // namespace

std::string EncodeHour(const HourCells& cells) {
  std::string plain;
  HourCellKey last;
  for (const auto& [key, cell] : cells) {
    PutKey(last, key, plain);
    PutVarint(cell.count, plain);
    PutVarint(cell.duration_us, plain);
    PutVarint(ZigZag(cell.carried_us), plain);
    PutVarint(ZigZag(cell.carried_share), plain);
    last = key;
  }
  return Compressed(plain);
}

Result<HourCells> DecodeHour(std::string_view bytes) {
  if (bytes.empty() || bytes.front() != kForm) return Damaged();
  bytes.remove_prefix(1);
  const std::uint64_t size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > kLargestHour)
    return Damaged();
  std::string plain(size, '\0');
  const std::size_t written =
      ZSTD_decompress(plain.data(), plain.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(written) != 0 || written != size) return Damaged();

  HourCells cells;
  Numbers numbers(plain);
  HourCellKey key;
  while (!numbers.AtEnd()) {
    key = NextKey(key, numbers);
    RequestCell cell;
    cell.count = numbers.Next();
    cell.duration_us = numbers.Next();
    cell.carried_us = FromZigZag(numbers.Next());
    cell.carried_share = FromZigZag(numbers.Next());
    if (numbers.is_broken()) return Damaged();
    cells.emplace_hint(cells.end(), key, cell);
  }
  return cells;
}

}  // namespace loadcurve::store
