#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/files/plain_file.h"
#include "adapters/logs/log_input.h"
#include "base/result.h"

namespace loadcurve::logs {

// Longer lines are BadLine::kTooLong.
inline constexpr std::size_t kLongestLine = 1 << 20;

// Whole lines of one log, next to each other.
//
// A piece of a plain file is described first and filled later, by any thread; it holds the
// lines that begin within its bytes. What comes from a stream is filled at once.
struct LineChunk {
  std::size_t input = 0;                         // of the logs that are read
  std::shared_ptr<const files::PlainFile> file;  // of a piece yet to be filled
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t stored_bytes_done = 0;  // of all logs, when this chunk is done

  std::vector<char> buffer;
  std::size_t begin = 0;  // of the first line in the buffer
  std::size_t end = 0;    // behind the last line and its line break
  bool is_first = false;  // of its log, which may begin with a byte-order mark
  // The last line has no line break, since the log ends, or since it is too long: the
  // first kLongestLine + 1 bytes of it are here.
  bool is_cut = false;

  // Reads the lines of a piece; nothing to do for a stream's.
  [[nodiscard]] Result<void> Fill();
};

// Cuts logs into chunks, one after the other. Not thread-safe.
class LineChunks {
 public:
  // `inputs` outlive it; their streams are used up.
  LineChunks(std::vector<LogInput>& inputs, std::size_t chunk_bytes);

  // Describes or reads the next chunk into `chunk`, whose buffer is used again; false
  // behind the last.
  [[nodiscard]] Result<bool> Next(LineChunk& chunk);

 private:
  [[nodiscard]] Result<void> Open();
  void NextPiece(LineChunk& chunk);
  [[nodiscard]] Result<bool> NextOfStream(LineChunk& chunk);
  [[nodiscard]] Result<bool> SkipLine();

  std::vector<LogInput>& inputs_;
  std::size_t chunk_bytes_;
  std::size_t at_input_ = 0;
  bool is_open_ = false;
  std::uint64_t stored_bytes_before_ = 0;  // of the logs that are done

  std::shared_ptr<const files::PlainFile> file_;
  std::uint64_t offset_ = 0;

  std::unique_ptr<files::ByteSource> stream_;
  bool is_at_start_ = false;  // of the stream
  std::vector<char> rest_;    // of the stream: the beginning of the next line
  bool is_skipping_ = false;
};

}  // namespace loadcurve::logs
