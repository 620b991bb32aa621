#include "adapters/logs/line_chunk.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace loadcurve::logs {
namespace {

// Read behind a piece at first, to find the end of its last line.
constexpr std::size_t kBehind = 8 * 1024;

const char* FindBreak(const char* from, const char* to) {
  return static_cast<const char*>(std::memchr(from, '\n', static_cast<std::size_t>(to - from)));
}

const char* FindLastBreak(const char* from, const char* to) {
  return static_cast<const char*>(memrchr(from, '\n', static_cast<std::size_t>(to - from)));
}

}  // namespace

Result<void> LineChunk::Fill() {
  if (file == nullptr) return {};
  begin = end = 0;
  is_cut = false;
  // The byte before the piece tells whether a line begins with the piece.
  const std::uint64_t from = offset == 0 ? 0 : offset - 1;
  const auto own = static_cast<std::size_t>(offset + size - from);
  std::size_t wanted = own + kBehind;
  if (buffer.size() < wanted) buffer.resize(wanted);
  LC_TRY(std::size_t filled, file->ReadAt(from, std::span(buffer).first(wanted)));
  const std::size_t own_filled = std::min(filled, own);
  if (offset > 0) {
    const char* const line_break = FindBreak(buffer.data(), buffer.data() + own_filled);
    if (line_break == nullptr) return {};
    begin = static_cast<std::size_t>(line_break - buffer.data()) + 1;
  }
  end = begin;
  if (begin >= own_filled) return {};
  // The end of the line that holds the last byte of the piece.
  std::size_t searched = own_filled - 1;
  const char* const last_break = FindLastBreak(buffer.data() + begin, buffer.data() + searched);
  const std::size_t last_line =
      last_break == nullptr ? begin : static_cast<std::size_t>(last_break - buffer.data()) + 1;
  while (true) {
    const char* const line_break = FindBreak(buffer.data() + searched, buffer.data() + filled);
    if (line_break != nullptr) {
      end = static_cast<std::size_t>(line_break - buffer.data()) + 1;
      return {};
    }
    searched = filled;
    is_cut = true;
    end = filled;
    if (filled < wanted || filled - last_line > kLongestLine) return {};
    is_cut = false;
    wanted = last_line + kLongestLine + 1;
    if (buffer.size() < wanted) buffer.resize(wanted);
    LC_TRY(const std::size_t more,
           file->ReadAt(from + filled, std::span(buffer).subspan(filled, wanted - filled)));
    filled += more;
  }
}

LineChunks::LineChunks(std::vector<LogInput>& inputs, std::size_t chunk_bytes)
    : inputs_(inputs), chunk_bytes_(std::max<std::size_t>(chunk_bytes, 1)) {}

Result<void> LineChunks::Open() {
  LogInput& input = inputs_[at_input_];
  offset_ = 0;
  rest_.clear();
  is_skipping_ = false;
  is_open_ = true;
  file_ = nullptr;
  stream_ = nullptr;
  if (input.is_plain_file) {
    LC_TRY(files::PlainFile file, files::PlainFile::Open(input.path));
    input.stored_bytes = file.Size();
    file_ = std::make_shared<const files::PlainFile>(std::move(file));
    return {};
  }
  if (input.stream != nullptr) {
    stream_ = std::move(input.stream);
    is_at_start_ = true;
    return {};
  }
  LC_TRY(stream_, files::OpenBytes(input.path));
  is_at_start_ = true;
  return {};
}

Result<bool> LineChunks::Next(LineChunk& chunk) {
  while (at_input_ < inputs_.size()) {
    if (!is_open_) LC_TRY_VOID(Open());
    chunk.input = at_input_;
    if (file_ != nullptr && offset_ < inputs_[at_input_].stored_bytes) {
      NextPiece(chunk);
      return true;
    }
    if (stream_ != nullptr) {
      LC_TRY(const bool has_lines, NextOfStream(chunk));
      if (has_lines) return true;
    }
    stored_bytes_before_ += inputs_[at_input_].stored_bytes;
    is_open_ = false;
    ++at_input_;
  }
  return false;
}

void LineChunks::NextPiece(LineChunk& chunk) {
  chunk.file = file_;
  chunk.offset = offset_;
  chunk.is_first = offset_ == 0;
  chunk.size = std::min<std::uint64_t>(chunk_bytes_, inputs_[at_input_].stored_bytes - offset_);
  offset_ += chunk.size;
  chunk.stored_bytes_done = stored_bytes_before_ + offset_;
}

// Reads on to the end of the line; true where it ended, with what follows in rest_.
Result<bool> LineChunks::SkipLine() {
  constexpr std::size_t kStep = 64 * 1024;
  while (true) {
    rest_.resize(kStep);
    LC_TRY(const std::size_t got, stream_->Read(rest_));
    rest_.resize(got);
    if (got == 0) return false;
    const char* const line_break = FindBreak(rest_.data(), rest_.data() + got);
    if (line_break == nullptr) continue;
    rest_.erase(rest_.begin(), rest_.begin() + (line_break - rest_.data()) + 1);
    return true;
  }
}

Result<bool> LineChunks::NextOfStream(LineChunk& chunk) {
  if (std::exchange(is_skipping_, false)) {
    LC_TRY(const bool has_more, SkipLine());
    if (!has_more) return false;
  }
  chunk.file = nullptr;
  chunk.is_first = std::exchange(is_at_start_, false);
  chunk.begin = 0;
  chunk.is_cut = false;
  std::size_t filled = rest_.size();
  std::size_t wanted = std::max(chunk_bytes_, filled + 1);
  if (chunk.buffer.size() < wanted) chunk.buffer.resize(wanted);
  std::copy(rest_.begin(), rest_.end(), chunk.buffer.begin());
  while (true) {
    LC_TRY(const std::size_t got,
           files::ReadFully(*stream_, std::span(chunk.buffer).subspan(filled, wanted - filled)));
    filled += got;
    chunk.stored_bytes_done = stored_bytes_before_ + stream_->StoredBytesRead();
    const char* const begin = chunk.buffer.data();
    const char* const last_break = FindLastBreak(begin, begin + filled);
    const auto whole = last_break == nullptr ? 0 : static_cast<std::size_t>(last_break - begin) + 1;
    const bool is_at_end = filled < wanted;
    if (is_at_end || whole > 0) {
      chunk.is_cut = is_at_end && whole < filled;
      chunk.end = is_at_end ? filled : whole;
      rest_.assign(begin + chunk.end, begin + filled);
      return chunk.end > 0;
    }
    if (filled > kLongestLine) {
      chunk.is_cut = is_skipping_ = true;
      chunk.end = filled;
      rest_.clear();
      return true;
    }
    wanted = std::max(filled * 2, kLongestLine + 1);
    if (chunk.buffer.size() < wanted) chunk.buffer.resize(wanted);
  }
}

}  // namespace loadcurve::logs
