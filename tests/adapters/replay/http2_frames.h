#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace loadcurve::replay {

// A frame of HTTP/2 (RFC 9113, 4.1), made by hand so that it may be wrong.
struct Frame {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::string payload;

  bool is_last() const { return (flags & NGHTTP2_FLAG_END_STREAM) != 0; }
};

// The number in so many bytes, the highest first.
inline std::string InBytes(std::uint64_t number, int size) {
  std::string bytes;
  for (int i = size - 1; i >= 0; --i) bytes += static_cast<char>(number >> (8 * i) & 0xFF);
  return bytes;
}

inline std::string Bytes(const Frame& frame) {
  return InBytes(frame.payload.size(), 3) + static_cast<char>(frame.type) +
         static_cast<char>(frame.flags) + InBytes(frame.stream, 4) + frame.payload;
}

inline std::string Settings(const std::vector<std::pair<std::uint16_t, std::uint32_t>>& all = {}) {
  std::string payload;
  for (const auto& [name, value] : all) payload += InBytes(name, 2) + InBytes(value, 4);
  return Bytes({.type = NGHTTP2_SETTINGS, .payload = payload});
}

// ":status" as HPACK has it without compressing (RFC 7541, 6.2.2).
inline std::string StatusField(int status) {
  return std::string("\x08\x03") + std::to_string(status);
}

inline std::string HeadersFrame(std::uint32_t stream, const std::string& fields, bool is_last) {
  const int flags = NGHTTP2_FLAG_END_HEADERS | (is_last ? NGHTTP2_FLAG_END_STREAM : 0);
  return Bytes({NGHTTP2_HEADERS, static_cast<std::uint8_t>(flags), stream, fields});
}

inline std::string DataFrame(std::uint32_t stream, const std::string& body, bool is_last) {
  return Bytes({NGHTTP2_DATA, static_cast<std::uint8_t>(is_last ? 1 : 0), stream, body});
}

// A whole answer without a body.
inline std::string AnswerTo(std::uint32_t stream, int status = 200) {
  return HeadersFrame(stream, StatusField(status), true);
}

inline std::string ResetOf(std::uint32_t stream, std::uint32_t error) {
  return Bytes({NGHTTP2_RST_STREAM, 0, stream, InBytes(error, 4)});
}

inline std::string GoAway(std::uint32_t last_stream, std::uint32_t error = NGHTTP2_NO_ERROR) {
  return Bytes({NGHTTP2_GOAWAY, 0, 0, InBytes(last_stream, 4) + InBytes(error, 4)});
}

inline std::string WindowUpdate(std::uint32_t stream, std::uint32_t bytes) {
  return Bytes({NGHTTP2_WINDOW_UPDATE, 0, stream, InBytes(bytes, 4)});
}

// Takes the whole frames off the front of what a client sent, its preface apart.
inline std::vector<Frame> TakeFrames(std::string& bytes) {
  constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  if (bytes.starts_with(kPreface)) bytes.erase(0, kPreface.size());
  constexpr std::size_t kHead = 9;
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  std::vector<Frame> frames;
  while (bytes.size() >= kHead) {
    const std::size_t size = std::size_t{at(0)} << 16 | std::size_t{at(1)} << 8 | at(2);
    if (bytes.size() < kHead + size) break;
    const std::uint32_t stream =
        std::uint32_t{at(5)} << 24 | std::uint32_t{at(6)} << 16 | std::uint32_t{at(7)} << 8 | at(8);
    frames.push_back({at(3), at(4), stream, bytes.substr(kHead, size)});
    bytes.erase(0, kHead + size);
  }
  return frames;
}

// Reads the fields of requests, one connection's in their order: "name: value" each.
class FieldReader {
 public:
  FieldReader() { nghttp2_hd_inflate_new(&inflater_); }
  ~FieldReader() { nghttp2_hd_inflate_del(inflater_); }
  FieldReader(const FieldReader&) = delete;
  FieldReader& operator=(const FieldReader&) = delete;

  std::vector<std::string> Read(std::string_view block) {
    std::vector<std::string> fields;
    for (;;) {
      nghttp2_nv field{};
      int flags = 0;
      const ssize_t used = nghttp2_hd_inflate_hd2(
          inflater_, &field, &flags, reinterpret_cast<const std::uint8_t*>(block.data()),
          block.size(), 1);
      if (used < 0) return {"unreadable"};
      block.remove_prefix(static_cast<std::size_t>(used));
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0)
        fields.push_back(std::string(reinterpret_cast<const char*>(field.name), field.namelen) +
                         ": " +
                         std::string(reinterpret_cast<const char*>(field.value), field.valuelen));
      if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
    }
    nghttp2_hd_inflate_end_headers(inflater_);
    return fields;
  }

 private:
  nghttp2_hd_inflater* inflater_ = nullptr;
};

}  // namespace loadcurve::replay
