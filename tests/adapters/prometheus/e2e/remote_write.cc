#include "tests/adapters/prometheus/e2e/remote_write.h"

#include <algorithm>
#include <bit>

namespace loadcurve::prometheus {
namespace {

// Protocol buffers by hand, field numbers of prometheus/prompb/types.proto:
// https://protobuf.dev/programming-guides/encoding/
std::string Varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

std::string Signed(std::int64_t value) {
  return Varint(static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
}

std::string Key(int field, int wire_type) {
  return Varint(static_cast<std::uint64_t>(field << 3 | wire_type));
}

std::string Bytes(int field, const std::string& content) {
  return Key(field, 2) + Varint(content.size()) + content;
}

std::string Double(int field, double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  std::string bytes = Key(field, 1);
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(bits >> (8 * i) & 0xFF);
  return bytes;
}

// https://github.com/google/snappy/blob/main/format_description.txt, literals only.
std::string Snappy(const std::string& content) {
  std::string framed = Varint(content.size());
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t size = std::min<std::size_t>(65536, content.size() - at);
    framed += static_cast<char>(61 << 2);
    framed += static_cast<char>((size - 1) & 0xFF);
    framed += static_cast<char>((size - 1) >> 8);
    framed += content.substr(at, size);
    at += size;
  }
  return framed;
}

std::string LabelsOf(const Labels& labels) {
  std::string message;
  for (const auto& [name, value] : labels) message += Bytes(1, Bytes(1, name) + Bytes(2, value));
  return message;
}

std::string HistogramOf(const NativeSample& sample) {
  std::uint64_t all = 0;
  std::string deltas;
  std::int64_t last = 0;
  for (const std::int64_t count : sample.counts) {
    all += static_cast<std::uint64_t>(count);
    deltas += Signed(count - last);
    last = count;
  }
  const std::string span =
      Key(1, 0) + Signed(sample.first) + Key(2, 0) + Varint(sample.counts.size());
  return Key(1, 0) + Varint(all) + Double(3, sample.sum) + Key(4, 0) + Signed(sample.schema) +
         Double(5, 1e-128) + Key(6, 0) + Varint(0) + Bytes(11, span) + Bytes(12, deltas) +
         Key(15, 0) + Varint(static_cast<std::uint64_t>(sample.time_ms));
}

}  // namespace

double StalenessMarker() {
  return std::bit_cast<double>(std::uint64_t{0x7ff0000000000002});
}

std::string RemoteWriteBody(const Labels& labels,
                            const std::vector<std::pair<std::int64_t, double>>& samples) {
  std::string series = LabelsOf(labels);
  for (const auto& [time_ms, value] : samples)
    series += Bytes(2, Double(1, value) + Key(2, 0) + Varint(static_cast<std::uint64_t>(time_ms)));
  return Snappy(Bytes(1, series));
}

std::string RemoteWriteBody(const Labels& labels, const std::vector<NativeSample>& samples) {
  std::string series = LabelsOf(labels);
  for (const NativeSample& sample : samples) series += Bytes(4, HistogramOf(sample));
  return Snappy(Bytes(1, series));
}

}  // namespace loadcurve::prometheus
